"""The access log: who of the staff saw and changed what, in a chain of hashes.

It holds ids, ticket codes and times, and no word of a customer's. What is older than its clock
goes, but for one entry, the anchor: all that is gone must be older than the first that is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from desk import chain
from desk.door_records import AccessEntry
from desk.models import Person

LONGEST_WHAT = 40
LONGEST_ABOUT = 80
MOST_SHOWN = 200  # entries of one look at the log


@dataclass(frozen=True)
class Thing:
    """What was seen or changed: the task, and whose matter, or which part of the desk."""

    what: str
    about: str


@dataclass(frozen=True)
class Wanted:
    """Which entries to read: an empty field fits any."""

    about: str = ""
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def note(
    session: Session, person_id: int, act: str, things: Iterable[Thing], *, now: datetime
) -> None:
    """An entry for each of these; `act` is one of ACTS."""
    for thing in things:
        entry = AccessEntry(
            person_id=person_id,
            act=act,
            what=thing.what[:LONGEST_WHAT],
            about=thing.about[:LONGEST_ABOUT],
            at=now,
        )
        chain.append(session, entry)


def entries(session: Session, wanted: Wanted, most: int = MOST_SHOWN) -> list[AccessEntry]:
    """The newest entries of those that are wanted, the newest first."""
    which = [
        *([AccessEntry.about == wanted.about] if wanted.about else []),
        *([AccessEntry.person_id == wanted.person_id] if wanted.person_id is not None else []),
        *([AccessEntry.at >= wanted.since] if wanted.since else []),
        *([AccessEntry.at < wanted.until] if wanted.until else []),
    ]
    found = select(AccessEntry).where(*which).order_by(AccessEntry.id.desc()).limit(most)
    return list(session.scalars(found))


def readers(session: Session) -> list[Person]:
    """Everybody whom the log names, by name; who has left the desk too."""
    named = select(AccessEntry.person_id).distinct()
    return list(session.scalars(select(Person).where(Person.id.in_(named)).order_by(Person.name)))


def verify(session: Session, *, kept: timedelta, now: datetime) -> AccessEntry | None:
    """The first entry that is not as it was written, or before which some are missing; or none.

    `kept`: how long an entry stays. The first one that is left may stand without those before it
    only if it is older than that, for then so were they.
    """
    return chain.verify(session, AccessEntry, anchor=lambda first: first.at < now - kept)


def head(session: Session) -> str:
    """The hash of the last entry."""
    return chain.last(session, AccessEntry)[1]


def holds(session: Session, known: str) -> bool:
    """Whether the entry that once was the last, with this hash, is still in the chain."""
    return chain.holds(session, AccessEntry, known)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AccessEntry)) or 0


def forget(session: Session, *, kept: timedelta, now: datetime) -> int:
    """How many entries older than `kept` were removed: all but the youngest of them, the anchor."""
    old = select(AccessEntry.id).where(AccessEntry.at < now - kept)
    anchor = session.scalar(old.order_by(AccessEntry.id.desc()).limit(1))
    if anchor is None:
        return 0
    # By number: a clock that was turned back for a while must not tear a hole into the chain.
    gone = session.scalars(
        delete(AccessEntry).where(AccessEntry.id < anchor).returning(AccessEntry.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
