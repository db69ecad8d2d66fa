"""Documents left at a counter: a matter with its right owner, and a receipt of what was left.

Whoever they were meant for, the matter goes to who answers for the service: the desk is one, and a
document that came to the wrong place is moved on and not sent back (434/2003, 21 §).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Service
from desk import contacts, tickets
from desk.conversations import say
from desk.door_records import Receipt
from desk.errors import NothingLeft, ReceiverUnknown
from desk.models import Conversation, Person, Ticket
from desk.tickets import Matter

REASON = "documents"
MISDELIVERED = "misdelivered"
MOST_DOCUMENTS = 999
AGAIN_WITHIN = timedelta(seconds=10)  # a button pressed twice, not another customer


@dataclass(frozen=True)
class Left:
    """What was left, in the words of who took it; free text is masked already."""

    place: str
    description: str
    documents: int
    service_id: str | None = None  # none: nobody knows yet, and the last resort finds out
    misdelivered: bool = False  # it was meant for another counter or authority
    contact: str | None = None


def receive(
    session: Session,
    conversation: Conversation,
    left: Left,
    person: Person,
    *,
    text: str,
    now: datetime,
) -> Receipt:
    """The receipt of what was left, on a ticket that somebody owns.

    `text` tells the customer of it. Raises NothingLeft without a description or a number of
    documents, ReceiverUnknown for a service that does not exist.
    """
    _refuse(session, left)
    tags = (REASON, MISDELIVERED) if left.misdelivered else (REASON,)
    matter = Matter(left.description, REASON, left.service_id, tags=tags)
    ticket = tickets.take(session, conversation, matter, now=now).ticket
    if left.contact:
        contacts.keep(ticket, left.contact)
    receipt = _written(session, ticket, left, person, now)
    say(
        session,
        conversation,
        author="desk",
        kind="received",
        text=text,
        ticket_id=ticket.id,
        person=person,
        data={"documents": left.documents, "place": left.place, "person_id": person.id},
        now=now,
    )
    return receipt


def _written(
    session: Session, ticket: Ticket, left: Left, person: Person, now: datetime
) -> Receipt:
    receipt = Receipt(
        ticket_id=ticket.id,
        place=left.place,
        description=left.description,
        documents=left.documents,
        received_by_id=person.id,
        received_at=now,
    )
    session.add(receipt)
    session.flush()
    return receipt


def just_received(session: Session, left: Left, person: Person, *, now: datetime) -> Receipt | None:
    """The receipt that the same form gave a moment ago, where it was sent twice."""
    return session.scalars(
        select(Receipt).where(
            Receipt.received_by_id == person.id,
            Receipt.place == left.place,
            Receipt.description == left.description,
            Receipt.documents == left.documents,
            Receipt.received_at > now - AGAIN_WITHIN,
        )
    ).first()


def ticket_of(session: Session, receipt: Receipt) -> Ticket:
    return session.get_one(Ticket, receipt.ticket_id)


def latest(session: Session, person_id: int, since: datetime) -> list[Receipt]:
    """What this person has received since then, newest first."""
    return list(
        session.scalars(
            select(Receipt)
            .where(Receipt.received_by_id == person_id, Receipt.received_at >= since)
            .order_by(Receipt.id.desc())
        )
    )


def _refuse(session: Session, left: Left) -> None:
    told = left.description.strip() and left.place.strip()
    if not told or not 0 < left.documents <= MOST_DOCUMENTS:
        raise NothingLeft
    if left.service_id and session.get(Service, left.service_id) is None:
        raise ReceiverUnknown
