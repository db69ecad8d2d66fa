"""What every outbox does: rows written with what they tell of, leased by senders, tried again.

An outbox is a table whose rows wait to be sent. A sender leases some for a while, in a transaction
of its own; one that dies leaves them to the next when the lease ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from desk.door_records import Delivery
from desk.records import Notice

LEASE = timedelta(minutes=5)  # a sender that has said nothing by then is dead
AHEAD = 2 * LEASE  # further off than any two machines' clocks: the clock has been set back since
AT_ONCE = 8  # rows that one sender takes
LONGEST_PROBLEM = 300


@dataclass(frozen=True)
class Refusal:
    """Why a row did not go: in words without personal data, and whether it may go later."""

    problem: str
    retry: bool


def any_due[Row: (Notice, Delivery)](
    session: Session, row: type[Row], *ready: ColumnElement[bool], now: datetime
) -> bool:
    """Whether a sender has anything to lease: to look first spares SQLite's one writer.

    `ready`: what else must be true of a row.
    """
    found = select(row.id).where(_due(row, now), *ready).limit(1)
    return session.scalar(found) is not None


def lease[Row: (Notice, Delivery)](
    session: Session,
    row: type[Row],
    worker: str,
    *ready: ColumnElement[bool],
    now: datetime,
    limit: int,
) -> list[Row]:
    """Up to `limit` due rows, this worker's alone until their `next_at`, longest due first."""
    due = (_due(row, now), *ready)
    # Rows that another PostgreSQL session is leasing are passed by; SQLite has one writer.
    ids = select(row.id).where(*due).order_by(row.next_at, row.id).limit(limit)
    taken = [
        row_id
        for row_id in session.scalars(ids.with_for_update(skip_locked=True)).all()
        if changed(
            session,
            update(row).where(row.id == row_id, *due).values(lease=worker, next_at=now + LEASE),
        )
    ]
    found = select(row).where(row.id.in_(taken)).order_by(row.id)
    return list(session.scalars(found, execution_options={"populate_existing": True}))


def sent[Row: (Notice, Delivery)](
    session: Session, row: type[Row], row_id: int, *, now: datetime
) -> bool:
    """The row went out and is never leased again; false where that was known already.

    Counts whosever lease it is: what has gone out has gone out.
    """
    return changed(
        session,
        update(row)
        .where(row.id == row_id, row.state == "waiting")
        .values(state="sent", sent_at=now, lease=None, problem=None),
    )


def refused[Row: (Notice, Delivery)](
    session: Session,
    row: type[Row],
    row_id: int,
    worker: str,
    refusal: Refusal,
    *,
    back_off: Sequence[timedelta],
    now: datetime,
) -> Row | None:
    """The row that did not go: it waits for its next attempt, or after the last it has failed.

    None, and nothing changes, when the lease is another's by now. `back_off`: between one attempt
    and the next.
    """
    found = session.scalars(
        select(row).where(row.id == row_id, row.lease == worker).with_for_update(),
        execution_options={"populate_existing": True},
    ).first()
    if found is None or found.state != "waiting":
        return None
    found.problem = refusal.problem[:LONGEST_PROBLEM]
    found.lease = None
    found.attempts += 1
    if refusal.retry and found.attempts <= len(back_off):
        found.next_at = now + back_off[found.attempts - 1]
    else:
        found.state = "failed"
    return found


def _due[Row: (Notice, Delivery)](row: type[Row], now: datetime) -> ColumnElement[bool]:
    """What a sender may take: its time is come, or was told by a clock that ran ahead.

    Such a clock, set right again, leaves rows leased by the dead, or written, in a time to come.
    """
    leased_ahead = and_(row.lease.is_not(None), row.next_at > now + AHEAD)
    written_ahead = and_(row.lease.is_(None), row.attempts == 0, row.written_at > now + AHEAD)
    return and_(row.state == "waiting", or_(row.next_at <= now, leased_ahead, written_ahead))


def changed(session: Session, statement: Any) -> bool:
    """Whether the statement changed exactly one row."""
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done).rowcount == 1
