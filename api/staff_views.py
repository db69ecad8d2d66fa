"""What the page of one ticket shows: the ticket and everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.contract import Language
from api.staff_lines import Line, thread
from api.staff_words import language_name, tags_in_words
from catalog.card import names
from desk import presence, subtasks
from desk.errors import TicketUnknown
from desk.models import Conversation, Person, Ticket
from desk.promised import is_late
from desk.rescheduling import may_reschedule
from desk.roles import Task
from desk.tickets import spoken_language

# What the person who looks at the ticket would best do next.
Step = Literal["accept", "help", "answer", "help_waits", "others", "close", "answered", "closed"]


@dataclass(frozen=True)
class Tried:
    name: str
    percent: int


@dataclass(frozen=True)
class Help:
    """Help that was asked for, and its result when it is there."""

    id: int
    goal: str
    done_when: str
    helper: str
    commissioner: str
    due_at: datetime
    overdue: bool
    result: str | None
    is_mine: bool  # asked of who looks


@dataclass(frozen=True)
class TicketView:
    code: str
    subject: str
    spoken: str  # the language that the subject is in
    stage: str
    customers_language: str  # its name
    urgent: bool
    tags: list[str]
    service: str | None
    owner: str
    owner_id: int
    owner_is_mine: bool
    owner_hidden: bool  # customers are told the team instead
    team: str
    handed_by: str | None  # who answers for it until the owner accepts it
    reason: str
    contact: str | None
    place: str | None
    rating: int | None
    opened_at: datetime
    due_at: datetime
    legal_due_at: datetime | None
    may_change_due: bool
    overdue: bool
    floor: str | None
    floor_is_mine: bool
    here: bool  # the customer can read an answer as it comes
    tried: list[Tried]
    lines: list[Line]
    last_line: int
    helps: list[Help]
    step: Step


def ticket_by_code(session: Session, code: str) -> Ticket:
    """Raises TicketUnknown."""
    ticket = session.scalars(select(Ticket).where(Ticket.code == code)).first()
    if ticket is None:
        raise TicketUnknown(code)
    return ticket


def ticket_view(
    session: Session,
    code: str,
    language: Language,
    *,
    person_id: int,
    tasks: frozenset[Task],
    now: datetime,
) -> TicketView:
    """Everything about one ticket but its secret, which is the customer's. Raises TicketUnknown."""
    ticket = ticket_by_code(session, code)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    lines = thread(session, ticket, language)
    spoken = spoken_language(ticket) or ticket.language
    ids = [one["id"] for one in ticket.tried]
    named = names(session, [*ids, *([ticket.service_id] if ticket.service_id else [])], language)
    helps = _helps(session, ticket, person_id, now)
    return TicketView(
        code=ticket.code,
        subject=ticket.subject,
        spoken=spoken,
        stage=ticket.stage,
        customers_language=language_name(spoken, language) or spoken,
        urgent=ticket.priority == "urgent",
        tags=tags_in_words(ticket.tags, language),
        service=named.get(ticket.service_id or ""),
        owner=ticket.owner.name,
        owner_id=ticket.owner_id,
        owner_is_mine=ticket.owner_id == person_id,
        owner_hidden=ticket.owner.protected,
        team=ticket.team.named(language),
        handed_by=ticket.handed_by.name if ticket.handed_by else None,
        reason=ticket.reason,
        contact=ticket.contact,
        place=ticket.place,
        rating=ticket.rating,
        opened_at=ticket.opened_at,
        due_at=ticket.due_at,
        legal_due_at=ticket.legal_due_at,
        may_change_due=ticket.stage == "open"
        and "answer" in tasks
        and may_reschedule(ticket, person_id),
        overdue=is_late(ticket, now),
        floor=_floor(session, conversation),
        here=presence.here(conversation, now),
        floor_is_mine=conversation.floor == "staff" and conversation.floor_person_id == person_id,
        tried=[
            Tried(named[one["id"]], round(100 * one["score"]))
            for one in ticket.tried
            if one["id"] in named
        ],
        lines=lines,
        last_line=lines[-1].id if lines else 0,
        helps=helps,
        step=_step(ticket, helps, person_id, tasks),
    )


def _floor(session: Session, conversation: Conversation) -> str | None:
    if conversation.floor != "staff" or conversation.floor_person_id is None:
        return None
    return session.get_one(Person, conversation.floor_person_id).name


def _helps(session: Session, ticket: Ticket, person_id: int, now: datetime) -> list[Help]:
    return [
        Help(
            id=one.id,
            goal=one.goal,
            done_when=one.done_when,
            helper=one.helper.name,
            commissioner=one.commissioner.name,
            due_at=one.due_at,
            overdue=one.done_at is None and one.due_at < now,
            result=one.result,
            is_mine=one.helper_id == person_id,
        )
        for one in subtasks.on(session, ticket)
    ]


def _step(ticket: Ticket, helps: list[Help], person_id: int, tasks: frozenset[Task]) -> Step:
    """The one thing to do next, first what others wait for."""
    if ticket.stage == "closed":
        return "closed"
    if "answer" not in tasks:
        return "others" if ticket.stage == "open" else "answered"
    if any(one.is_mine and one.result is None for one in helps):
        return "help"
    if ticket.owner_id != person_id:
        return "others" if ticket.stage == "open" else "answered"
    if ticket.handed_by_id is not None:
        return "accept"
    return _owners_step(ticket, helps)


def _owners_step(ticket: Ticket, helps: list[Help]) -> Step:
    waits = any(one.result is None for one in helps)
    if ticket.stage == "open":
        return "answer"
    return "help_waits" if waits else "close"
