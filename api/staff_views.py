"""What the staff's pages show: the queue, and one ticket with everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel import Locale, UnknownLocaleError
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.contract import Language
from api.page_texts import texts
from catalog.card import names
from desk import turns
from desk.conversations import transcript
from desk.errors import TicketUnknown
from desk.models import Conversation, Message, Person, Ticket
from desk.secrets import SECRET_PLACE
from desk.tickets import LANGUAGE, spoken_language

MOST_SHOWN = 200
URGENT_FIRST = case((Ticket.priority == "urgent", 0), else_=1)
HIDDEN = "•" * 6


@dataclass(frozen=True)
class Entry:
    """One ticket in the queue."""

    code: str
    subject: str
    spoken: str  # the language that the subject is in
    service: str | None
    language: str
    owner: str
    due_at: datetime
    overdue: bool
    urgent: bool
    tags: list[str]
    floor: str | None  # who of the staff is in the chat


@dataclass(frozen=True)
class Queue:
    """Those who wait, the most urgent first, and those answered but not closed."""

    open: list[Entry]
    answered: list[Entry]
    waiting: int  # in all, shown or not
    late: int


@dataclass(frozen=True)
class Tried:
    name: str
    percent: int


@dataclass(frozen=True)
class Line:
    author: str
    kind: str
    name: str | None
    text: str
    language: str
    at: datetime
    turn: int | None  # of a customer's message: which of them it is, where the desk answered it


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
    team: str
    reason: str
    contact: str | None
    opened_at: datetime
    due_at: datetime
    overdue: bool
    floor: str | None
    floor_is_mine: bool
    tried: list[Tried]
    lines: list[Line]
    last_line: int


def queue(session: Session, language: Language, *, owner_id: int | None, now: datetime) -> Queue:
    """One person's tickets, or everybody's where no owner is named."""
    mine = (Ticket.owner_id == owner_id,) if owner_id is not None else ()
    counted = select(func.count()).select_from(Ticket).where(Ticket.stage == "open", *mine)
    found = {
        stage: list(
            session.scalars(
                select(Ticket)
                .where(Ticket.stage == stage, *mine)
                .order_by(URGENT_FIRST, Ticket.due_at, Ticket.id)
                .limit(MOST_SHOWN)
            )
        )
        for stage in ("open", "answered")
    }
    return Queue(
        open=_entries(session, found["open"], language, now),
        answered=_entries(session, found["answered"], language, now),
        waiting=session.scalar(counted) or 0,
        late=session.scalar(counted.where(Ticket.due_at < now)) or 0,
    )


def _entries(
    session: Session, tickets: list[Ticket], language: Language, now: datetime
) -> list[Entry]:
    named = names(session, [one.service_id for one in tickets if one.service_id], language)
    return [
        Entry(
            code=one.code,
            subject=one.subject,
            spoken=spoken_language(one) or one.language,
            service=named.get(one.service_id or ""),
            language=one.language,
            owner=one.owner.name,
            due_at=one.due_at,
            overdue=_overdue(one, now),
            urgent=one.priority == "urgent",
            tags=_tags(one, language),
            floor=_floor(session, one),
        )
        for one in tickets
    ]


def _tags(ticket: Ticket, language: Language) -> list[str]:
    """What the owner should see at once, in words; a tag without words as it is."""
    t = texts("staff", language)
    return [_tag(tag, t, language) for tag in ticket.tags]


def _tag(tag: str, t: dict[str, str], language: Language) -> str:
    if not tag.startswith(LANGUAGE):
        return t.get(f"tag_{tag}", tag)
    code = tag.removeprefix(LANGUAGE)
    name = _language_name(code, language)
    return t["tag_language"].format(language=f"{name} ({code})" if name else code)


def _language_name(code: str, language: Language) -> str | None:
    try:
        return Locale.parse(code).get_display_name(language)
    except (UnknownLocaleError, ValueError):
        return None


def ticket_by_code(session: Session, code: str) -> Ticket:
    """Raises TicketUnknown."""
    ticket = session.scalars(select(Ticket).where(Ticket.code == code)).first()
    if ticket is None:
        raise TicketUnknown(code)
    return ticket


def ticket_view(
    session: Session, code: str, language: Language, *, person_id: int, now: datetime
) -> TicketView:
    """Everything about one ticket but its secret, which is the customer's. Raises TicketUnknown."""
    ticket = ticket_by_code(session, code)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    said = transcript(session, ticket.conversation_id)
    numbers = turns.numbers(session, ticket.conversation_id)
    spoken = spoken_language(ticket) or ticket.language
    ids = [one["id"] for one in ticket.tried]
    named = names(session, [*ids, *([ticket.service_id] if ticket.service_id else [])], language)
    return TicketView(
        code=ticket.code,
        subject=ticket.subject,
        spoken=spoken,
        stage=ticket.stage,
        customers_language=_language_name(spoken, language) or spoken,
        urgent=ticket.priority == "urgent",
        tags=_tags(ticket, language),
        service=named.get(ticket.service_id or ""),
        owner=ticket.owner.name,
        team=ticket.team.name_sv if language == "sv" else ticket.team.name_fi,
        reason=ticket.reason,
        contact=ticket.contact,
        opened_at=ticket.opened_at,
        due_at=ticket.due_at,
        overdue=_overdue(ticket, now),
        floor=_floor(session, ticket),
        floor_is_mine=conversation.floor_person_id == person_id,
        tried=[
            Tried(named[one["id"]], round(100 * one["score"]))
            for one in ticket.tried
            if one["id"] in named
        ],
        lines=[_line(session, one, numbers) for one in said],
        last_line=said[-1].id if said else 0,
    )


def _overdue(ticket: Ticket, now: datetime) -> bool:
    return ticket.stage == "open" and ticket.due_at < now


def _floor(session: Session, ticket: Ticket) -> str | None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    if conversation.floor != "staff" or conversation.floor_person_id is None:
        return None
    return session.get_one(Person, conversation.floor_person_id).name


def _line(session: Session, one: Message, numbers: dict[int, int]) -> Line:
    person = session.get(Person, one.person_id) if one.person_id else None
    return Line(
        author=one.author,
        kind=one.kind,
        name=person.name if person else None,
        text=one.text.replace(SECRET_PLACE, HIDDEN),
        language=one.language,
        at=one.created_at,
        turn=numbers.get(one.turn_id or 0) if one.author == "customer" else None,
    )
