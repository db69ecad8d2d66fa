"""What befell tickets, read from what a session writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PassiveFlag

from desk.models import Message, Team, Ticket

EventName = Literal[
    "ticket.opened",
    "ticket.message_added",
    "ticket.owner_changed",
    "ticket.due_changed",
    "ticket.answered",
    "ticket.closed",
    "ticket.reopened",
]
EVENTS: tuple[EventName, ...] = get_args(EventName)
ADDED = ("customer", "staff")  # whose lines are told of; the bot's own words are no news
KINDS = ("text", "reopened", "file")  # of lines that somebody has written or sent


@dataclass(frozen=True)
class Event:
    """One event, and what a line of it was: never a word of what was written."""

    name: EventName
    ticket_id: int
    more: dict[str, Any] = field(default_factory=dict)


def flushed(session: Session) -> list[Event]:
    """The events of what the session has just written, those of tickets before those of lines.

    For `after_flush`, where the session still knows what was new and what each value was before.
    """
    rows = (*session.new, *session.dirty)
    of_tickets = [_of_ticket(session, one) for one in rows if isinstance(one, Ticket)]
    of_lines = [_of_line(session, one) for one in rows if isinstance(one, Message)]
    return [event for events in (*of_tickets, *of_lines) for event in events]


def facts(session: Session, ticket_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What is told of each ticket as it is now: no name, no contact, no word of anybody's.

    Past the session: within its flush it must not load what it is about to know itself.
    """
    found = session.connection().execute(
        select(
            Ticket.id,
            Ticket.code,
            Ticket.stage,
            Ticket.priority,
            Ticket.service_id,
            Ticket.owner_id,
            Team.code.label("team"),
            Ticket.opened_at,
            Ticket.due_at,
            Ticket.legal_due_at,
        )
        .join(Team, Team.id == Ticket.team_id)
        .where(Ticket.id.in_(set(ticket_ids)))
    )
    return {row["id"]: {name: _plain(row[name]) for name in row} for row in found.mappings()}


def instant(at: datetime) -> str:
    """ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat()


def _of_ticket(session: Session, ticket: Ticket) -> Iterator[Event]:
    if ticket in session.new:
        yield Event("ticket.opened", ticket.id)
        return
    yield from (Event(name, ticket.id) for name in _changes(ticket))


def _changes(ticket: Ticket) -> list[EventName]:
    stage = ticket.stage if _changed(ticket, "stage") else None
    happened: dict[EventName, bool] = {
        "ticket.reopened": stage == "open" and _before(ticket, "stage") == "closed",
        "ticket.owner_changed": _changed(ticket, "owner_id") or _changed(ticket, "team_id"),
        "ticket.due_changed": _changed(ticket, "due_at"),
        "ticket.answered": stage == "answered",
        "ticket.closed": stage == "closed",
    }
    return [name for name, did in happened.items() if did]


def _of_line(session: Session, line: Message) -> Iterator[Event]:
    if line.ticket_id is None or line.author not in ADDED or line.kind not in KINDS:
        return
    added = line in session.new or _changed(line, "ticket_id")
    if added and line.audience == "customer":
        message = {"id": line.id, "author": line.author, "kind": line.kind}
        yield Event("ticket.message_added", line.ticket_id, {"message": message})


def _changed(row: Ticket | Message, name: str) -> bool:
    history = get_history(row, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
    return bool(history.added) and history.added != history.deleted


def _before(ticket: Ticket, name: str) -> Any:
    """What the value was before this flush; none where that is not known."""
    history = get_history(ticket, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
    return next(iter(history.deleted or ()), None)


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
