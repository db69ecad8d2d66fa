"""What a customer does with a matter of theirs: writes on, opens it again; and whom they see."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.personal_data import contact, mask
from desk import contacts, ownership, promised, tickets
from desk.attendance import Attendance
from desk.conversations import say
from desk.errors import ReopenTooLate
from desk.models import Conversation, Message, Person, Team, Ticket
from desk.roles import may

REOPEN_WITHIN = timedelta(days=60)
WORDS_BESIDE_CONTACT = 6  # "numeroni on muuttunut, uusi on …" is about the contact
HIDES = "threat"  # the tag, and the reason, of a matter whose handlers are not named


def shown_name(ticket: Ticket, person: Person, team: Team, language: str) -> str:
    """The person's name as the ticket's customer may know it, else the team's in this language."""
    if not _hidden(ticket, person):
        return person.name
    return team.named(language)


def shown_owner(ticket: Ticket, language: str) -> str:
    """Who has the matter: the owner's name, or the team's where the owner must be protected."""
    return shown_name(ticket, ticket.owner, ticket.team, language)


def shown_writer(session: Session, line: Message) -> str | None:
    """The name under a line as the customer may know it; none where nobody is named."""
    person = session.get(Person, line.person_id) if line.person_id else None
    ticket = session.get(Ticket, line.ticket_id) if line.ticket_id else None
    return None if person is None or _hidden(ticket, person) else person.name


def _hidden(ticket: Ticket | None, person: Person) -> bool:
    threatened = ticket is not None and (HIDES in ticket.tags or ticket.reason == HIDES)
    return person.protected or threatened


def add(
    session: Session,
    ticket: Ticket,
    text: str,
    *,
    now: datetime,
    seen: int | None = None,
    danger: bool = False,
) -> Message:
    """The customer's words are before the owner; the promise given before stays.

    An answered matter is open again, with a new promise. What identifies a person is masked, and a
    way back is kept as the ticket's contact. `seen` is the last line that the customer had before
    them: the same text after it is a second press of the button, and is kept once. `danger`: the
    words tell of danger to life, which the owner sees at once.

    Raises TicketClosed when the matter is closed.
    """
    _one_at_a_time(session, ticket)
    said = _said_since(session, ticket, mask(text).text, seen)
    if said is not None:
        return said
    tickets.add_from_customer(session, ticket, now=now)
    return _write(session, ticket, text, "text", now, danger)


def reopen(
    session: Session,
    ticket: Ticket,
    text: str,
    *,
    now: datetime,
    seen: int | None = None,
    danger: bool = False,
) -> Message:
    """A closed matter is open again with a new promise, and `text` says why.

    The same owner has it if they are there, else their substitute, else whoever would own it now.
    A matter that is not closed takes the words as `add` does. `seen` and `danger` as in `add`.

    Raises ReopenTooLate after REOPEN_WITHIN.
    """
    _one_at_a_time(session, ticket)
    if ticket.stage != "closed":
        return add(session, ticket, text, now=now, seen=seen, danger=danger)
    if now > reopen_until(ticket):
        raise ReopenTooLate(ticket.code)
    before = ticket.owner_id
    _find_owner(session, ticket, now)
    tickets.owe_again(session, ticket, now=now)
    data = {"owner_was": before, "owner_id": ticket.owner_id}
    return _write(session, ticket, text, "reopened", now, danger, data)


def reopen_until(ticket: Ticket) -> datetime:
    """The last instant at which a closed matter can be opened again."""
    return (ticket.closed_at or ticket.opened_at) + REOPEN_WITHIN


def last_answer(session: Session, ticket: Ticket) -> Message | None:
    """What a person of the staff has last answered the customer; none before the first answer."""
    return session.scalars(
        select(Message)
        .where(
            Message.ticket_id == ticket.id,
            Message.author == "staff",
            Message.kind == "text",
            Message.audience == "customer",
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()


def _one_at_a_time(session: Session, ticket: Ticket) -> None:
    """A form sent twice at once is kept once: until the commit nobody else writes to the ticket."""
    session.flush()
    session.refresh(ticket, with_for_update={"key_share": True})


def _find_owner(session: Session, ticket: Ticket, now: datetime) -> None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    due = promised.due(
        session,
        service_id=ticket.service_id,
        area_id=conversation.municipality_id,
        tags=ticket.tags,
        now=now,
    )
    attendance = Attendance.read(session, now, due)
    if attendance.present(ticket.owner) and may(ticket.owner, "answer"):
        return
    ticket.handed_by = None
    stand_in = attendance.stand_in(ticket.owner)
    if stand_in is not None and may(stand_in, "answer"):
        ticket.owner = stand_in
        return
    found = ownership.owner(
        session,
        service_id=ticket.service_id,
        area_id=conversation.municipality_id,
        language=conversation.language,
        now=now,
    )
    ticket.owner, ticket.team = found.person, found.team


def _write(
    session: Session,
    ticket: Ticket,
    text: str,
    kind: str,
    now: datetime,
    danger: bool,
    data: dict[str, int] | None = None,
) -> Message:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    line = say(
        session,
        conversation,
        author="customer",
        kind=kind,
        text=mask(text).text,
        now=now,
        ticket_id=ticket.id,
        language=tickets.spoken_language(ticket),
        data=data,
    )
    if danger:
        ticket.reason, ticket.priority = "danger", "urgent"
        ticket.tags = [*ticket.tags, *({"danger"} - set(ticket.tags))]
    _keep_contact(session, ticket, text, now)
    return line


def _keep_contact(session: Session, ticket: Ticket, text: str, now: datetime) -> None:
    """A way back stays on the ticket alone; the thread only tells the staff that one was given."""
    found = contact(text)
    if found is None or not (ticket.contact is None or _is_all(text)):
        return
    contacts.take(session, ticket, found.value, now=now)


def _is_all(text: str) -> bool:
    """Whether the text is little else than a contact: then it replaces one given before."""
    masked = mask(text)
    return len(masked.text.split()) - len(masked.found) <= WORDS_BESIDE_CONTACT


def _said_since(session: Session, ticket: Ticket, text: str, seen: int | None) -> Message | None:
    if seen is None:
        return None
    return session.scalars(
        select(Message)
        .where(
            Message.ticket_id == ticket.id,
            Message.id > seen,
            Message.author == "customer",
            Message.kind.in_(("text", "reopened")),
            Message.text == text,
        )
        .limit(1)
    ).first()
