"""An answer promised by another time, by who owns the matter or leads its team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from desk import clock, notes, tickets
from desk.errors import DueRefused, NotAllowed, ReasonMissing
from desk.models import Conversation, Person, Ticket
from desk.ownership import on_aland

FARTHEST = timedelta(days=366)  # a promise beyond this is a slip of the pen
MOMENT = timedelta(microseconds=1)

type Tell = Callable[[Ticket, datetime, str], str]  # the customer's line: the new time and why


def may_reschedule(ticket: Ticket, person_id: int) -> bool:
    """Whether the person answers for the promise: as the matter's owner, or as its team's lead."""
    return person_id in (ticket.owner_id, ticket.team.lead_id)


def reschedule(
    session: Session,
    ticket: Ticket,
    person: Person,
    due_at: datetime,
    *,
    reason: str,
    tell: Tell,
    now: datetime,
) -> bool:
    """The customer is promised an answer by this time and reads why, in the words of `tell`.

    False where that was promised already: a second press of the button. The time is one at which
    people are at work, and no later than the law's limit, where the matter has one. Raises
    NotAllowed, ReasonMissing, DueRefused with what is wrong (`legal`, `hours`, `far`), and what
    `tickets.change_due` does.
    """
    if not may_reschedule(ticket, person.id):
        raise NotAllowed("reschedule")
    why = notes.clean(reason)
    if not why:
        raise ReasonMissing
    session.refresh(ticket, ["due_at", "legal_due_at"])
    if due_at == ticket.due_at:
        return False
    if due_at > now:
        _refuse_unfit(session, ticket, due_at, now)
    text = tell(ticket, due_at, why)
    tickets.change_due(session, ticket, due_at, text=text, person=person, now=now)
    return True


def _refuse_unfit(session: Session, ticket: Ticket, due_at: datetime, now: datetime) -> None:
    if ticket.legal_due_at is not None and due_at > ticket.legal_due_at:
        raise DueRefused("legal")
    if due_at > now + FARTHEST:
        raise DueRefused("far")
    area = session.get_one(Conversation, ticket.conversation_id).municipality_id
    # Four o'clock is the end of the day's work and may be promised.
    if not clock.is_working_time(due_at - MOMENT, aland=on_aland(session, area)):
        raise DueRefused("hours")
