"""What customers think of the answers: one rating for each answering, seen by owner and lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from catalog.personal_data import mask
from desk import people
from desk.attendance import Attendance
from desk.conversations import happened
from desk.customers import last_answer
from desk.errors import NothingToRate, RatingFixed
from desk.models import Message, Person, Ticket
from desk.roles import may

CHANGES_WITHIN = timedelta(days=14)
LOW = 2  # stars; so few, and the team's lead sees it too


@dataclass(frozen=True)
class Rating:
    """What the customer gave last, and until when they may still change it."""

    stars: int
    text: str
    changeable_until: datetime


def rate(session: Session, ticket: Ticket, stars: int, text: str, *, now: datetime) -> Message:
    """The rating is before the ticket's owner, and a low one before the team's lead too.

    `stars` is 1 to 5; the words are optional and masked. The same again changes nothing, another
    within CHANGES_WITHIN of the first replaces it, and a matter opened again is rated anew.

    Raises NothingToRate before the first answer of a person and RatingFixed after that time.
    """
    if not can_rate(session, ticket):
        raise NothingToRate(ticket.code)
    given, words = _given(session, ticket), mask(text).text.strip()
    if given and now > given[0].created_at + CHANGES_WITHIN:
        raise RatingFixed(ticket.code)
    if given and (given[-1].data["stars"], given[-1].text) == (stars, words):
        return given[-1]
    ticket.rating = stars
    data: dict[str, int] = {"stars": stars}
    lead = _lead(session, ticket, now) if stars <= LOW else None
    if lead is not None:
        data["lead_id"] = lead.id
    return happened(session, ticket, "rated", now=now, author="customer", text=words, data=data)


def can_rate(session: Session, ticket: Ticket) -> bool:
    """Whether there is anything to rate: a person has answered, or the matter has been closed."""
    answer = last_answer(session, ticket)
    opened = session.scalar(select(_last_opened(ticket))) or 0
    return ticket.stage == "closed" or (answer is not None and answer.id > opened)


def rating(session: Session, ticket: Ticket) -> Rating | None:
    """The customer's rating since the matter was last opened; none where none is given."""
    given = _given(session, ticket)
    if not given:
        return None
    last, until = given[-1], given[0].created_at + CHANGES_WITHIN
    return Rating(last.data["stars"], last.text, until)


def low_ratings(session: Session, person_id: int, most: int = 20) -> list[Message]:
    """Low ratings before this lead, newest first, until the lead writes something in the matter;
    `most` of them.

    Only the last rating of a matter counts: a customer who has changed it to a better one is heard.
    """
    later = aliased(Message)
    answered = (
        select(later.id)
        .where(
            later.ticket_id == Message.ticket_id,
            later.id > Message.id,
            (later.person_id == person_id) | (later.kind == "rated"),
        )
        .exists()
    )
    return list(
        session.scalars(
            select(Message)
            .join(Ticket, Ticket.id == Message.ticket_id)
            .where(
                Ticket.rating <= LOW,
                Message.kind == "rated",
                Message.data["lead_id"].as_integer() == person_id,
                ~answered,
            )
            .order_by(Message.id.desc())
            .limit(most)
        )
    )


def _given(session: Session, ticket: Ticket) -> list[Message]:
    """The ratings since the matter was last opened, oldest first."""
    since = Message.id > _last_opened(ticket)
    return list(
        session.scalars(
            select(Message)
            .where(Message.ticket_id == ticket.id, Message.kind == "rated", since)
            .order_by(Message.id)
        )
    )


def _last_opened(ticket: Ticket) -> ScalarSelect[int]:
    """The line by which the matter was last opened again; 0 where it never was."""
    return (
        select(func.coalesce(func.max(Message.id), 0))
        .where(Message.ticket_id == ticket.id, Message.kind == "reopened")
        .scalar_subquery()
    )


def _lead(session: Session, ticket: Ticket, now: datetime) -> Person | None:
    """Who looks after the owner: the team's lead, else one of the last resort; never the owner."""
    attendance = Attendance.read(session, now, now)
    ladder = (*people.lead_of(session, ticket.team), *people.last_resorts(session))
    asked = [one for one in ladder if one.active and one.id != ticket.owner_id]
    there = (one for one in map(attendance.stand_in, asked) if one and may(one, "read"))
    present = (one for one in there if one.id != ticket.owner_id)
    return next(present, asked[0] if asked else None)
