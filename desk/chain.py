"""Books that nobody can rewrite unseen: each entry's hash covers the entry and the hash before.

Whoever changes or removes an entry must write every later one anew, and then the last hash is
another: keep that one elsewhere and even this is seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from desk.door_records import AccessEntry
from desk.records import LedgerEntry

BEGINNING = "0" * 64  # the hash before the first entry
ROWS_AT_ONCE = 1_000
# PostgreSQL's locks by number that who appends holds until the commit: "luukku" and on.
APPENDING: dict[type, int] = {LedgerEntry: 0x6C75756B6B75, AccessEntry: 0x6C75756B6B76}


def append[Row: (LedgerEntry, AccessEntry)](session: Session, entry: Row) -> None:
    """The entry, with everything of its own filled in, follows the last one."""
    kind = type(entry)
    one_at_a_time(session, kind)
    # The number is given here and not by the database, so that a removed entry leaves a gap.
    number, entry.previous = last(session, kind)
    entry.id = number + 1
    entry.hash = hash_of(entry)
    session.add(entry)
    session.flush()


def verify[Row: (LedgerEntry, AccessEntry)](
    session: Session, kind: type[Row], anchor: Callable[[Row], bool] | None = None
) -> Row | None:
    """The first entry that is not as it was written or does not follow the one before, or none.

    `anchor`: whether the first entry that is left may stand without those that were before it.
    """
    previous, number = BEGINNING, 1
    rows = select(kind).order_by(kind.id).execution_options(yield_per=ROWS_AT_ONCE)
    for place, entry in enumerate(session.scalars(rows)):
        if place == 0 and anchor is not None and anchor(entry):
            previous, number = entry.previous, entry.id
        if (entry.id, entry.previous, entry.hash) != (number, previous, hash_of(entry)):
            return entry
        previous, number = entry.hash, number + 1
    return None


def last[Row: (LedgerEntry, AccessEntry)](session: Session, kind: type[Row]) -> tuple[int, str]:
    """The number and the hash of the last entry; 0 and BEGINNING where there is none."""
    columns = select(kind.id, kind.hash).order_by(kind.id.desc()).limit(1)
    row = session.execute(columns).first()
    return (row[0], row[1]) if row is not None else (0, BEGINNING)


def holds[Row: (LedgerEntry, AccessEntry)](session: Session, kind: type[Row], known: str) -> bool:
    """Whether the entry that once was the last, with this hash, is still in the chain."""
    return session.scalar(select(kind.id).where(kind.hash == known)) is not None


def one_at_a_time(session: Session, kind: type) -> None:
    """Who appends waits for whoever did and has not committed; SQLite has one writer anyway.

    The flush comes first: who waits here must hold every row that it writes already, or two that
    wait for each other would both fail.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": APPENDING[kind]})


def hash_of(entry: LedgerEntry | AccessEntry) -> str:
    """SHA-256 over the entry's columns, in the table's order and without its own hash, as JSON."""
    columns = [one.key for one in type(entry).__table__.columns if one.key != "hash"]
    told = [_written(getattr(entry, name)) for name in columns]
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
