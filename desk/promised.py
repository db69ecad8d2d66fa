"""What a customer may expect: by when a matter is answered, and by when the law decides it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Promise
from desk import clock, ledger
from desk.conversations import say
from desk.models import Conversation, Person, Ticket
from desk.ownership import on_aland

FIRST_ANSWER = "first_answer"  # the catalogue's measure of a first answer by a person
LEGAL_DEADLINE = "legal_deadline"  # and of the time within which the law wants a decision
COMPLAINT = "complaint"  # the tag of a matter whose customer was treated badly (P23)
COMPLAINT_ANSWERED_IN = timedelta(hours=4)  # of working time


def stands(ticket: Ticket, now: datetime) -> bool:
    """Whether the customer waits for an answer whose time has not passed: it may be promised on."""
    return ticket.stage == "open" and ticket.due_at > now


def is_late(ticket: Ticket, now: datetime) -> bool:
    """Whether the customer waits for an answer whose time has passed."""
    return ticket.stage == "open" and not stands(ticket, now)


def due(
    session: Session,
    *,
    service_id: str | None,
    area_id: str | None,
    tags: Collection[str] = (),
    now: datetime,
) -> datetime:
    """When an answer to a matter that comes now is due: by the strictest promise that there is.

    The desk's own is the same local time on the next working day. A service may promise more, and
    a complaint is answered sooner. On Åland its own holidays count.
    """
    aland = on_aland(session, area_id)
    promised = [clock.due(now, aland=aland)]
    promised += _terms(session, service_id, FIRST_ANSWER, now, aland)
    if COMPLAINT in tags:
        promised.append(clock.hours_later(now, COMPLAINT_ANSWERED_IN, aland=aland))
    return min(promised)


def legal_due(
    session: Session, *, service_id: str | None, area_id: str | None, now: datetime
) -> datetime | None:
    """By when the law wants the matter decided, where the service's row in the catalogue says."""
    aland = on_aland(session, area_id)
    return min(_terms(session, service_id, LEGAL_DEADLINE, now, aland), default=None)


def again(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """An answer is promised anew, by the rules of a matter that comes now."""
    ticket.due_at = _due_of(session, ticket, ticket.tags, now)
    ledger.given(session, ticket, now=now)


def hasten(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """An open matter that has become a complaint is due as one that comes now, if that is sooner.

    The reply to the complaint tells the customer the new time.
    """
    if COMPLAINT in ticket.tags:
        return
    owed = _due_of(session, ticket, (*ticket.tags, COMPLAINT), now)
    if owed < ticket.due_at:
        instead(session, ticket, owed, audience="staff", now=now)


def instead(
    session: Session,
    ticket: Ticket,
    due_at: datetime,
    *,
    text: str = "",
    person: Person | None = None,
    audience: str = "customer",
    now: datetime,
) -> None:
    """Another due time is promised: a new entry of the ledger and a line in the thread."""
    before = ticket.due_at
    ledger.changed(session, ticket, due_at, now=now)
    ticket.due_at = due_at
    say(
        session,
        session.get_one(Conversation, ticket.conversation_id),
        author="staff" if person else "desk",
        kind="promised",
        text=text,
        now=now,
        ticket_id=ticket.id,
        person=person,
        audience=audience,
        data={"from": before.isoformat(), "to": due_at.isoformat()},
    )


def _due_of(session: Session, ticket: Ticket, tags: Collection[str], now: datetime) -> datetime:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    area = conversation.municipality_id
    return due(session, service_id=ticket.service_id, area_id=area, tags=tags, now=now)


def _terms(
    session: Session, service_id: str | None, measure: str, now: datetime, aland: bool
) -> Iterator[datetime]:
    if service_id is None:
        return
    rows = select(Promise).where(Promise.service_id == service_id, Promise.measure == measure)
    for promise in session.scalars(rows):
        yield end_of(promise, now, aland=aland)


def end_of(promise: Promise, now: datetime, *, aland: bool) -> datetime:
    """When a term that begins now is over. Hours are working hours; the others keep the time of
    day, and one that would end on a day off ends on the next working day."""
    match promise.unit:
        case "hours":
            return clock.hours_later(now, timedelta(hours=promise.amount), aland=aland)
        case "working_days":
            return clock.working_days_later(now, promise.amount, aland=aland)
        case "weeks":
            return clock.calendar_days_later(now, 7 * promise.amount, aland=aland)
        case "months":
            return clock.months_later(now, promise.amount, aland=aland)
        case _:
            return clock.calendar_days_later(now, promise.amount, aland=aland)
