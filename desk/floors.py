"""Who has the floor of a chat: taken by one at a time, and never left with one who has gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from desk import conversations
from desk.conversations import say
from desk.errors import TakenAlready, TicketClosed
from desk.models import Conversation, Message, Person, Ticket
from desk.tickets import latest_of

SILENCE = timedelta(minutes=5)  # after a customer's line: then nobody is taken to be there

# What the customer reads, in the conversation's language, when the person does not answer.
type TellSilent = Callable[[Ticket, Person], str]


def take(session: Session, ticket: Ticket, person: Person) -> bool:
    """The person has the floor of the ticket's chat; false where they had it already.

    Raises TicketClosed, and TakenAlready, which names who has it: of two at once one does.
    """
    if ticket.stage == "closed":
        raise TicketClosed(ticket.code)
    conversation = _held(session, ticket.conversation_id)
    if conversation.floor == "staff" and conversation.floor_person_id == person.id:
        return False
    if conversation.floor == "staff" and conversation.floor_person_id is not None:
        raise TakenAlready(session.get_one(Person, conversation.floor_person_id).name)
    conversations.take_floor(conversation, person)
    return True


def give_back_forsaken(session: Session, *, tell: TellSilent, now: datetime) -> list[Ticket]:
    """The chats in which a customer has waited SILENCE for the person who has the floor are the
    bot's again, and the customer is told who answers and by when: the matter has an owner and a
    due time, which stay. The tickets of those chats come back.
    """
    return [
        ticket
        for conversation_id in _forsaken(session, now)
        if (ticket := _give_back(session, conversation_id, tell, now)) is not None
    ]


def _forsaken(session: Session, now: datetime) -> list[str]:
    """Conversations with a person who has not answered nor done anything else for so long."""
    by_staff = (Message.conversation_id == Conversation.id, Message.author == "staff")
    words = select(func.coalesce(func.max(Message.id), 0)).where(*by_staff, Message.kind == "text")
    answered = words.correlate(Conversation).scalar_subquery()
    # Whatever they do there, a note too, shows that they are at it.
    deeds = select(func.max(Message.created_at)).where(*by_staff)
    active = deeds.correlate(Conversation).scalar_subquery()
    waiting = (
        select(func.min(Message.created_at))
        .where(
            Message.conversation_id == Conversation.id,
            Message.author == "customer",
            Message.audience == "customer",
            Message.id > answered,
        )
        .correlate(Conversation)
        .scalar_subquery()
    )
    wanted = select(Conversation.id).where(
        Conversation.floor == "staff",
        waiting <= now - SILENCE,
        or_(active.is_(None), active <= now - SILENCE),
    )
    return list(session.scalars(wanted.order_by(Conversation.id)))


def _give_back(
    session: Session, conversation_id: str, tell: TellSilent, now: datetime
) -> Ticket | None:
    conversation = _held(session, conversation_id)
    ticket = latest_of(session, conversation)
    if conversation.floor != "staff" or conversation.floor_person_id is None or ticket is None:
        return None
    person = session.get_one(Person, conversation.floor_person_id)
    conversations.give_floor_back(conversation)
    say(
        session,
        conversation,
        author="staff",
        kind="handed_back",
        text=tell(ticket, person),
        now=now,
        ticket_id=ticket.id,
        person=person,
    )
    return ticket


def _held(session: Session, conversation_id: str) -> Conversation:
    """The conversation, its floor held until this transaction ends."""
    return session.scalars(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update(of=Conversation, key_share=True),
        execution_options={"populate_existing": True},
    ).one()
