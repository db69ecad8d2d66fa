"""What a member of staff says to a customer and does with the chat, each in one transaction."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.contract import LONGEST_MESSAGE
from api.doors import Doors
from api.file_taking import Taken, with_answer
from api.page_texts import language_of, texts
from api.staff_views import ticket_by_code
from desk import conversations, floors, telling, tickets
from desk.conversations import say
from desk.customers import shown_name
from desk.errors import DeskError, TicketClosed
from desk.models import Conversation, Message, Person, Ticket


class AnswerRefused(DeskError):
    """The answer cannot be sent as it is; `reason` names the sentence that says what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def answer(
    at: Doors, code: str, person_id: int, text: str, seen: int, file: Taken | None = None
) -> None:
    """The text, and the file with it, reaches the customer's chat, once.

    Raises AnswerRefused or TicketClosed.

    `seen` is the last line that the form's page showed: the same text from the same person after
    it is a second press of the button.
    """
    with at.desk.writing() as session:
        _answer(session, at, ticket_by_code(session, code), person_id, text, seen, file)


def close(
    at: Doors, code: str, person_id: int, text: str, seen: int, file: Taken | None = None
) -> None:
    """Ends the matter, with `text` as its last answer if there is any; the bot has the floor again.

    Raises AnswerRefused when the customer still waits for an answer and none is given, and
    SubtasksOpen while a colleague works on a part of it.
    """
    with at.desk.writing() as session:
        ticket = ticket_by_code(session, code)
        if text.strip() or file:
            _answer(session, at, ticket, person_id, text, seen, file)
        if ticket.stage == "open":
            raise AnswerRefused("close_unanswered")
        now = at.desk.now()
        tickets.close(session, ticket, session.get_one(Person, person_id), now=now)
        telling.closed(session, ticket, now=now)
        # A person who has left would keep the bot silent, and nobody would hear the customer.
        if not _others_open(session, ticket):
            _hand_back(session, at, ticket, person_id)


def take_floor(at: Doors, code: str, person_id: int) -> None:
    """The person has the floor, and the customer is told so. Raises TicketClosed."""
    with at.desk.writing() as session:
        ticket, conversation = _at_hand(session, code)
        if ticket.stage == "closed":
            raise TicketClosed(code)
        if conversation.floor_person_id == person_id:
            return
        person = session.get_one(Person, person_id)
        conversations.take_floor(conversation, person)
        _happened(session, at, ticket, person, "taken")


def take_free_floor(at: Doors, code: str, person_id: int) -> None:
    """The same where nobody has the floor. Raises TakenAlready, which names who has it."""
    with at.desk.writing() as session:
        ticket, person = ticket_by_code(session, code), session.get_one(Person, person_id)
        if floors.take(session, ticket, person):
            _happened(session, at, ticket, person, "taken")


def hand_back(at: Doors, code: str, person_id: int) -> None:
    """The bot answers again, and the customer is told so; it changes nothing if it did already."""
    with at.desk.writing() as session:
        _hand_back(session, at, ticket_by_code(session, code), person_id)


def _answer(
    session: Session,
    at: Doors,
    ticket: Ticket,
    person_id: int,
    text: str,
    seen: int,
    file: Taken | None,
) -> None:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise AnswerRefused("answer_empty")
    if len(text) > LONGEST_MESSAGE:
        raise AnswerRefused("answer_too_long")
    if not _said_since(session, ticket, person_id, text, seen):
        person, now = session.get_one(Person, person_id), at.desk.now()
        tickets.answer(session, ticket, person, text, now=now)
        with_answer(session, at, ticket, person, file)
        telling.answered(session, ticket, now=now)


def _said_since(session: Session, ticket: Ticket, person_id: int, text: str, seen: int) -> bool:
    return (
        session.scalar(
            select(Message.id)
            .where(
                Message.ticket_id == ticket.id,
                Message.id > seen,
                Message.person_id == person_id,
                Message.text == text,
            )
            .limit(1)
        )
        is not None
    )


def _others_open(session: Session, ticket: Ticket) -> bool:
    return (
        session.scalar(
            select(Ticket.id)
            .where(
                Ticket.conversation_id == ticket.conversation_id,
                Ticket.id != ticket.id,
                Ticket.stage != "closed",
            )
            .limit(1)
        )
        is not None
    )


def _hand_back(session: Session, at: Doors, ticket: Ticket, person_id: int) -> None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    if conversation.floor != "staff":
        return
    conversations.give_floor_back(conversation)
    _happened(session, at, ticket, session.get_one(Person, person_id), "handed_back")


def _at_hand(session: Session, code: str) -> tuple[Ticket, Conversation]:
    ticket = ticket_by_code(session, code)
    return ticket, session.get_one(Conversation, ticket.conversation_id)


def _happened(session: Session, at: Doors, ticket: Ticket, person: Person, kind: str) -> None:
    """Says it in the conversation's own language, since every door shows the line as it is."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    language = language_of(conversation.language, "")
    name = shown_name(ticket, person, ticket.team, language)
    say(
        session,
        conversation,
        author="staff",
        kind=kind,
        text=texts("staff", language)[f"line_{kind}"].format(name=name),
        now=at.desk.now(),
        ticket_id=ticket.id,
        person=person,
    )
