"""A customer's talk with the desk: who has the floor, what is pending, what was said."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.models import Conversation, Message, Person, Ticket


@dataclass(frozen=True)
class Pending:
    """What the desk has asked and waits for: one of the choices, a contact, or a yes."""

    choices: tuple[dict[str, Any], ...] = ()
    contact_for: int | None = None  # the ticket that a phone number or e-mail would go to
    offered: bool = False  # the desk has offered to take the matter: a yes opens a ticket
    offer: str | None = None  # the service of that offer
    event: str | None = None  # the life event whose steps the choices are
    slots: tuple[dict[str, Any], ...] = ()  # times to be rung at, as they were offered
    slots_for: int | None = None  # the ticket that they are for
    misses: int = 0  # questions in a row that did not help: after two the desk takes the matter

    def stored(self) -> dict[str, Any]:
        kept = {
            "choices": list(self.choices),
            "contact_for": self.contact_for,
            "offered": self.offered,
            "offer": self.offer,
            "event": self.event,
            "slots": list(self.slots),
            "slots_for": self.slots_for,
            "misses": self.misses,
        }
        return {key: value for key, value in kept.items() if value}


def pending(conversation: Conversation) -> Pending:
    kept = conversation.pending
    return Pending(
        choices=tuple(kept.get("choices", ())),
        contact_for=kept.get("contact_for"),
        offered=kept.get("offered", False),
        offer=kept.get("offer"),
        event=kept.get("event"),
        slots=tuple(kept.get("slots", ())),
        slots_for=kept.get("slots_for"),
        misses=kept.get("misses", 0),
    )


@dataclass(frozen=True)
class Place:
    """Where the customer is, and on which page, as far as is known."""

    municipality_id: str | None = None
    page: str | None = field(default=None)


def begin(
    session: Session,
    *,
    language: str,
    place: Place,
    now: datetime,
    customer: str = "public",
    channel: str = "web",
    conversation_id: str | None = None,
) -> Conversation:
    """A new conversation; `customer` is one of CUSTOMERS, `channel` of CHANNELS, the door that it
    began at; neither ever changes in it. `conversation_id`: a secret that the door made itself."""
    conversation = Conversation(
        id=conversation_id or secrets.token_urlsafe(18),
        language=language,
        customer=customer,
        channel=channel,
        municipality_id=place.municipality_id,
        page=place.page,
        sender=_new_sender(),
        opened_at=now,
        pending={},
        floor="bot",
    )
    session.add(conversation)
    session.flush()
    return conversation


def say(
    session: Session,
    conversation: Conversation,
    *,
    author: str,
    text: str,
    now: datetime,
    kind: str = "text",
    turn_id: int | None = None,
    ticket_id: int | None = None,
    person: Person | None = None,
    audience: str = "customer",
    language: str | None = None,
    data: dict[str, Any] | None = None,
) -> Message:
    """One more line; its id is greater than that of every earlier line of the conversation.

    `data`: of a line that tells of a change, what it was and became, as ids and instants.
    """
    message = Message(
        conversation_id=conversation.id,
        author=author,
        text=text,
        data=data or {},
        kind=kind,
        turn_id=turn_id,
        ticket_id=ticket_id,
        person_id=person.id if person else None,
        audience=audience,
        language=language or conversation.language,
        created_at=now,
    )
    session.add(message)
    session.flush()
    return message


def happened(
    session: Session,
    ticket: Ticket,
    kind: str,
    *,
    now: datetime,
    author: str = "desk",
    person: Person | None = None,
    text: str = "",
    data: dict[str, Any] | None = None,
) -> Message:
    """A line of the ticket that staff alone see; its kind and `data` tell what came about.

    Where `person` did it, its author is the staff.
    """
    return say(
        session,
        session.get_one(Conversation, ticket.conversation_id),
        author="staff" if person else author,
        kind=kind,
        text=text,
        now=now,
        ticket_id=ticket.id,
        person=person,
        audience="staff",
        data=data,
    )


def take_floor(conversation: Conversation, person: Person) -> None:
    """From now on the bot is silent and this person is given what the customer writes."""
    conversation.floor = "staff"
    conversation.floor_person_id = person.id


def give_floor_back(conversation: Conversation) -> None:
    """The bot answers again, from a clean memory of its own."""
    conversation.floor = "bot"
    conversation.floor_person_id = None
    conversation.sender = _new_sender()


def start_over(conversation: Conversation) -> None:
    """Whatever was asked, offered and talked about is over; who has the floor keeps it."""
    conversation.pending, conversation.topic_id = {}, None
    conversation.sender = _new_sender()


def lines_after(
    session: Session, conversation_id: str, after: int, *, authors: tuple[str, ...]
) -> list[Message]:
    """What was said to the customer since line `after`, oldest first."""
    return list(
        session.scalars(
            select(Message)
            .where(
                Message.conversation_id == conversation_id,
                Message.id > after,
                Message.audience == "customer",
                Message.author.in_(authors),
            )
            .order_by(Message.id)
        )
    )


def transcript(session: Session, conversation_id: str) -> list[Message]:
    return list(
        session.scalars(
            select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id)
        )
    )


def _new_sender() -> str:
    return secrets.token_hex(12)
