"""Matters that the desk has taken: opened with an owner and a due time, answered, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.models import Service
from desk import ledger, promised, subtasks, transfers
from desk.conversations import happened, say
from desk.errors import DuePast, NothingDue, ResultUntold, TicketClosed, TicketUnknown
from desk.models import Conversation, Person, Ticket
from desk.ownership import owner
from desk.secrets import Keys, new_ticket_code, normal_ticket_code

SUBJECT_LENGTH = 120
CODE_TRIES = 20
LANGUAGE = "language:"  # begins the tag that names a language which the desk does not speak
URGENT = ("danger", "threat")  # reasons that no earlier one may hide from the owner


@dataclass(frozen=True)
class Matter:
    """What a ticket is about, as the desk knows it."""

    subject: str
    reason: str  # why it was handed over: asked, unsure, bot_down, …
    service_id: str | None = None
    tried: tuple[dict[str, Any], ...] = ()  # services considered, best first
    tags: tuple[str, ...] = ()  # what the owner should see at once: "language:ru", "callback", …
    legal_due_at: datetime | None = None  # where the caller knows the law's limit of this matter
    place: str | None = None  # of a fault, as the customer told it


@dataclass(frozen=True)
class Taken:
    ticket: Ticket
    new: bool


def take(session: Session, conversation: Conversation, matter: Matter, *, now: datetime) -> Taken:
    """The conversation's open ticket for this matter, or a new one with an owner and a due time.

    A customer who writes on before anybody has answered adds to the ticket that is already
    owned: two tickets for one need would be answered twice, or each left to the other's owner.
    """
    _one_at_a_time(session, conversation)
    owned = _open_for(session, conversation, matter)
    if owned is not None:
        if promised.COMPLAINT in matter.tags:
            promised.hasten(session, owned, now=now)
        _add_to(owned, matter)
        return Taken(owned, new=False)
    return Taken(_open(session, conversation, matter, now), new=True)


def _add_to(ticket: Ticket, matter: Matter) -> None:
    if matter.reason in URGENT:
        ticket.reason, ticket.priority = matter.reason, "urgent"
    ticket.place = ticket.place or matter.place
    ticket.tags = [*ticket.tags, *(tag for tag in matter.tags if tag not in ticket.tags)]


def _one_at_a_time(session: Session, conversation: Conversation) -> None:
    """Two turns of one conversation, decided at once, must not each open a ticket.

    `key_share`: the lines that both have written already refer to the row, which is no conflict.
    """
    session.execute(
        select(Conversation.id)
        .where(Conversation.id == conversation.id)
        .with_for_update(key_share=True)
    )


def _open_for(session: Session, conversation: Conversation, matter: Matter) -> Ticket | None:
    same = (Ticket.service_id == matter.service_id) if matter.service_id else true()
    return session.scalars(
        select(Ticket)
        .where(Ticket.conversation_id == conversation.id, Ticket.stage == "open", same)
        .order_by(Ticket.id.desc())
        .limit(1)
    ).first()


def _open(session: Session, conversation: Conversation, matter: Matter, now: datetime) -> Ticket:
    # The search may still know a service that the catalogue has lost a moment ago.
    service = matter.service_id if session.get(Service, matter.service_id or "") else None
    area = conversation.municipality_id
    due_at = promised.due(session, service_id=service, area_id=area, tags=matter.tags, now=now)
    by_law = promised.legal_due(session, service_id=service, area_id=area, now=now)
    # Two that open at the same moment would each not count the other's, and both choose one owner.
    ledger.one_at_a_time(session)
    who = owner(
        session,
        service_id=service,
        area_id=area,
        language=conversation.language,
        now=now,
        due=due_at,
    )
    ticket = Ticket(
        conversation_id=conversation.id,
        service_id=service,
        subject=matter.subject[:SUBJECT_LENGTH],
        reason=matter.reason,
        tried=list(matter.tried),
        tags=list(matter.tags),
        priority="urgent" if matter.reason in URGENT else "normal",
        language=conversation.language,
        owner_id=who.person.id,
        team_id=who.team.id,
        stage="open",
        opened_at=now,
        due_at=due_at,
        legal_due_at=matter.legal_due_at or by_law,
        place=matter.place,
    )
    _add_with_free_code(session, ticket)
    ledger.given(session, ticket, now=now)
    return ticket


def _add_with_free_code(session: Session, ticket: Ticket) -> None:
    """A code is drawn until it is free: a million of them, so a clash is rare but real."""
    for _ in range(CODE_TRIES):
        ticket.code = new_ticket_code()
        try:
            with session.begin_nested():
                session.add(ticket)
        except IntegrityError:
            taken = session.scalar(select(exists().where(Ticket.code == ticket.code)))
            if not taken:
                raise  # another rule is broken, which no other code would mend
            continue
        return
    raise RuntimeError("no free ticket code found; close and remove old tickets")


def by_code(session: Session, keys: Keys, code: str, secret: str) -> Ticket:
    """The ticket, for who knows its secret. Raises TicketUnknown alike for either being wrong."""
    normal = normal_ticket_code(code)
    fits = keys.ticket_secret_fits(normal or code, secret)
    ticket = session.scalars(select(Ticket).where(Ticket.code == normal)).first()
    if ticket is None or not fits:
        raise TicketUnknown
    return ticket


def latest_of(session: Session, conversation: Conversation) -> Ticket | None:
    return session.scalars(
        select(Ticket)
        .where(Ticket.conversation_id == conversation.id)
        .order_by(Ticket.id.desc())
        .limit(1)
    ).first()


def spoken_language(ticket: Ticket) -> str | None:
    """The language that the customer writes, where it is neither of the desk's own."""
    return spoken_in(ticket.tags)


def spoken_in(tags: Sequence[str]) -> str | None:
    """The same of a ticket whose tags alone are at hand."""
    named = [tag.removeprefix(LANGUAGE) for tag in tags if tag.startswith(LANGUAGE)]
    return named[-1] if named else None


def answer(session: Session, ticket: Ticket, person: Person, text: str, *, now: datetime) -> None:
    """The answer reaches the customer's chat, and the promise of it is kept, or broken if late.

    An owner who answers a matter that was handed to them has accepted it. Raises TicketClosed when
    the matter is closed.
    """
    _refuse_closed(session, ticket)
    transfers.accept_by_answering(session, ticket, person, now=now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    say(
        session,
        conversation,
        author="staff",
        text=text,
        now=now,
        ticket_id=ticket.id,
        person=person,
    )
    ticket.stage, ticket.answered_at = "answered", ticket.answered_at or now
    ledger.answered(session, ticket, now=now)


def add_from_customer(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """What the customer writes about an answered matter puts it back before its owner, with a new
    due time; one that waits for its answer already keeps the due time it has."""
    _refuse_closed(session, ticket)
    if ticket.stage != "open":
        owe_again(session, ticket, now=now)


def owe_again(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """The matter, answered or closed, is open before its owner, and an answer is promised anew."""
    ticket.stage, ticket.closed_at = "open", None
    promised.again(session, ticket, now=now)


def change_due(
    session: Session,
    ticket: Ticket,
    due_at: datetime,
    *,
    text: str,
    person: Person | None = None,
    now: datetime,
) -> None:
    """The customer is promised an answer by another time, and is told so in `text`.

    Raises TicketClosed; NothingDue when the customer has their answer; DuePast when the new time
    is over already.
    """
    _refuse_closed(session, ticket)
    if ticket.stage != "open":
        raise NothingDue(ticket.code)
    if due_at <= now:
        raise DuePast(ticket.code)
    promised.instead(session, ticket, due_at, text=text, person=person, now=now)


def close(session: Session, ticket: Ticket, person: Person, *, now: datetime) -> None:
    """The matter is at an end; one that was never answered counts as a broken promise.

    Raises TicketClosed, ResultUntold for a complaint whose customer waits for the result, and
    SubtasksOpen while somebody works on a part of it.
    """
    _refuse_closed(session, ticket)
    if promised.COMPLAINT in ticket.tags and ticket.stage != "answered":
        raise ResultUntold(ticket.code)
    subtasks.refuse_open(session, ticket)
    ticket.stage, ticket.closed_at = "closed", now
    happened(session, ticket, "closed", now=now, person=person)
    ledger.unanswered(session, ticket, now=now)


def _refuse_closed(session: Session, ticket: Ticket) -> None:
    """Raises TicketClosed. From here to the commit nobody else does anything with the ticket."""
    session.refresh(ticket, ["stage", "due_at"], with_for_update={"key_share": True})
    if ticket.stage == "closed":
        raise TicketClosed(ticket.code)
