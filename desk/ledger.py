"""The ledger of promises: what was promised, changed, kept and broken, in a chain of hashes.

Nothing in it is ever edited. An entry's hash covers its columns and the hash before, so whoever
changes or removes one must write every later one anew, and then the last hash is another: keep
that one elsewhere (`luukku ledger` prints it) and even this is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk import chain
from desk.models import Ticket
from desk.records import LedgerEntry

BEGINNING = chain.BEGINNING  # the hash before the first entry
OPEN_PROMISES = ("given", "changed")


@dataclass(frozen=True)
class Counts:
    """How many promises the desk has given and changed, and how many of them it kept and broke."""

    given: int
    changed: int
    kept: int
    broken: int


def one_at_a_time(session: Session) -> None:
    """Until the commit nobody else promises anything: what is read now is true when it is kept."""
    chain.one_at_a_time(session, LedgerEntry)


def given(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """The ticket's due time is a promise from now on."""
    _append(session, ticket.code, "given", ticket.due_at, now)


def changed(session: Session, ticket: Ticket, due_at: datetime, *, now: datetime) -> None:
    """Another due time takes the place of the ticket's; one that has passed already stays broken.

    Call it before the ticket's own due time is changed.
    """
    if now > ticket.due_at:
        _settle(session, ticket, "broken", now)
    _append(session, ticket.code, "changed", due_at, now)


def answered(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """The promise that is open is kept or broken now; where none is open, nothing happens."""
    _settle(session, ticket, "kept" if now <= ticket.due_at else "broken", now)


def unanswered(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """The matter ends: a promise that is still open was not kept."""
    _settle(session, ticket, "broken", now)


def verify(session: Session) -> LedgerEntry | None:
    """The first entry that is not as it was written or does not follow the one before, or none."""
    return chain.verify(session, LedgerEntry)


def silently_changed(session: Session) -> list[str]:
    """Codes of tickets whose due time is not the one that the ledger says was promised last.

    A ticket from before the ledger began has no entry and is not compared.
    """
    last = (
        select(func.max(LedgerEntry.id))
        .where(LedgerEntry.event.in_(OPEN_PROMISES))
        .group_by(LedgerEntry.ticket_code)
    )
    rows = (
        select(Ticket.code)
        .join(LedgerEntry, LedgerEntry.ticket_code == Ticket.code)
        .where(LedgerEntry.id.in_(last), LedgerEntry.due_at != Ticket.due_at)
        .order_by(Ticket.id)
    )
    return list(session.scalars(rows))


def counts(session: Session) -> Counts:
    """How many entries there are of each event, over all time."""
    rows = session.execute(select(LedgerEntry.event, func.count()).group_by(LedgerEntry.event))
    found = dict(rows.tuples().all())
    return Counts(*(found.get(event, 0) for event in ("given", "changed", "kept", "broken")))


def head(session: Session) -> str:
    """The hash of the last entry."""
    return chain.last(session, LedgerEntry)[1]


def holds(session: Session, known: str) -> bool:
    """Whether the entry that once was the last, with this hash, is still in the chain."""
    return chain.holds(session, LedgerEntry, known)


def _settle(session: Session, ticket: Ticket, event: str, now: datetime) -> None:
    one_at_a_time(session)
    latest = session.scalars(
        select(LedgerEntry.event)
        .where(LedgerEntry.ticket_code == ticket.code)
        .order_by(LedgerEntry.id.desc())
        .limit(1)
    ).first()
    if latest in OPEN_PROMISES:
        _append(session, ticket.code, event, ticket.due_at, now)


def _append(session: Session, code: str, event: str, due_at: datetime, now: datetime) -> None:
    chain.append(session, LedgerEntry(ticket_code=code, event=event, due_at=due_at, at=now))
