"""How the desk stands, in numbers alone: what waits, what is late, how many promises were kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from desk.door_records import Delivery, Webhook
from desk.models import Ticket
from desk.records import LedgerEntry, Notice

WITHIN = timedelta(days=30)  # whose promises count
# A lease ends after five minutes and senders look every few seconds: nobody sends what is due for
# longer than this.
FORGOTTEN = timedelta(minutes=10)
IN_VAIN = timedelta(minutes=30)  # tried for so long, while no notice at all goes out


@dataclass(frozen=True)
class Queue:
    """One outbox: rows that wait or have failed, and for how many seconds the oldest is due."""

    waiting: int
    failed: int
    due_for: float


@dataclass(frozen=True)
class Figures:
    """Tickets without an answer, those of them that are late, answered ones not yet closed; the
    promises of the last 30 days, as the ledger has them; the outboxes."""

    open: int
    overdue: int
    answered: int
    kept: int
    broken: int
    notices: Queue
    deliveries: Queue

    @property
    def kept_ratio(self) -> float | None:
        """The part of the promises that was kept; none where none had to be yet."""
        settled = self.kept + self.broken
        return self.kept / settled if settled else None


def figures(session: Session, *, now: datetime) -> Figures:
    """The desk at this moment; it reads counts and no texts."""
    stages = _counted(
        session,
        select(Ticket.stage, func.count())
        .where(Ticket.stage.in_(("open", "answered")))
        .group_by(Ticket.stage),
    )
    late = select(func.count()).where(Ticket.stage == "open", Ticket.due_at < now)
    settled = _counted(
        session,
        select(LedgerEntry.event, func.count())
        .where(LedgerEntry.event.in_(("kept", "broken")), LedgerEntry.at >= now - WITHIN)
        .group_by(LedgerEntry.event),
    )
    return Figures(
        open=stages.get("open", 0),
        overdue=session.scalar(late) or 0,
        answered=stages.get("answered", 0),
        kept=settled.get("kept", 0),
        broken=settled.get("broken", 0),
        notices=_queue(session, Notice, true(), now),
        deliveries=_queue(session, Delivery, _wanted(), now),
    )


def outbox_stuck(session: Session, *, now: datetime) -> bool:
    """Whether what should go out does not: nobody sends what is due, or no notice at all gets
    through. A webhook's receiver that is away is the receiver's matter and does not count."""
    return (
        _forgotten(session, Notice, true(), now)
        or _forgotten(session, Delivery, _wanted(), now)
        or (_tried_in_vain(session, now) and not _any_went(session, now))
    )


def _counted(session: Session, rows: Select[tuple[str, int]]) -> dict[str, int]:
    return dict(session.execute(rows).tuples().all())


def _queue[Row: (Notice, Delivery)](
    session: Session, row: type[Row], wanted: ColumnElement[bool], now: datetime
) -> Queue:
    waits = (row.state == "waiting", wanted)
    oldest = session.scalar(select(row.next_at).where(*waits).order_by(row.next_at).limit(1))
    return Queue(
        waiting=session.scalar(select(func.count()).select_from(row).where(*waits)) or 0,
        failed=session.scalar(select(func.count()).where(row.state == "failed")) or 0,
        due_for=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
    )


def _wanted() -> ColumnElement[bool]:
    """Deliveries of a paused webhook wait until it is on again, and nobody is late with them."""
    return Delivery.webhook_id.in_(select(Webhook.id).where(Webhook.active))


def _forgotten[Row: (Notice, Delivery)](
    session: Session, row: type[Row], wanted: ColumnElement[bool], now: datetime
) -> bool:
    due = (row.state == "waiting", row.next_at < now - FORGOTTEN, wanted)
    return session.scalar(select(row.id).where(*due).limit(1)) is not None


def _tried_in_vain(session: Session, now: datetime) -> bool:
    tried = (Notice.state == "waiting", Notice.attempts > 0, Notice.written_at < now - IN_VAIN)
    return session.scalar(select(Notice.id).where(*tried).limit(1)) is not None


def _any_went(session: Session, now: datetime) -> bool:
    since = now - IN_VAIN
    # `next_at` is in the index, and of a notice that went it lies after the moment it went.
    went = (Notice.state == "sent", Notice.next_at > since, Notice.sent_at > since)
    return session.scalar(select(Notice.id).where(*went).limit(1)) is not None
