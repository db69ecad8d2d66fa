"""Who gets a matter that is handed on to a service, a team or a person."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Service
from desk import ownership
from desk.attendance import Attendance
from desk.errors import (
    HandedOnAlready,
    NobodyElse,
    ReceiverUnclear,
    ReceiverUnfit,
    ReceiverUnknown,
    TakenAlready,
)
from desk.models import Conversation, Member, Message, Person, Team, Ticket
from desk.ownership import Owner
from desk.roles import may


@dataclass(frozen=True)
class Receiver:
    """Where a matter goes: to whoever answers for a service, to a team, or to a person.

    Raises ReceiverUnclear unless exactly one is named.
    """

    service_id: str | None = None
    team_id: int | None = None
    person_id: int | None = None

    def __post_init__(self) -> None:
        named = (self.service_id, self.team_id, self.person_id)
        if sum(one is not None for one in named) != 1:
            raise ReceiverUnclear


def next_at(
    session: Session, ticket: Ticket, by: Person, receiver: Receiver, *, now: datetime
) -> Owner:
    """Who is there at the receiver to have the matter that `by` hands on: never its owner, `by` or
    anybody who has handed it on unaccepted.

    Raises TakenAlready, ReceiverUnknown, ReceiverUnfit, HandedOnAlready, NobodyElse.
    """
    but = {by.id, ticket.owner_id} | passed_on(session, ticket)
    if receiver.person_id is not None:
        to = _for_person(session, ticket, receiver.person_id, but, now)
    elif receiver.team_id is not None:
        to = _for_team(session, ticket, _known(session.get(Team, receiver.team_id)), but, now)
    else:
        service = _known(session.get(Service, receiver.service_id))
        to = next_owner(session, ticket, service_id=service.id, now=now, but=but)
    there = Attendance.read(session, now, due(ticket, now)).present(to.person)
    if to.person.id in but or not there:
        raise NobodyElse
    return to


def _for_person(
    session: Session, ticket: Ticket, person_id: int, but: Set[int], now: datetime
) -> Owner:
    """The person, or who stands in; where nobody does, one of their team."""
    person = _known(session.get(Person, person_id))
    if person.id == ticket.owner_id:
        raise TakenAlready(person.name)
    refuse_unfit(person)
    if person.id in but:
        raise HandedOnAlready(person.name)
    team = team_of(session, ticket, person)
    attendance = Attendance.read(session, now, due(ticket, now))
    stand_in = attendance.stand_in(person)
    if stand_in is not None and stand_in.id not in but and may(stand_in, "answer"):
        return Owner(stand_in, team)
    return _for_team(session, ticket, team, but, now)


def _for_team(session: Session, ticket: Ticket, team: Team, but: Set[int], now: datetime) -> Owner:
    """One of the team; where nobody is there, one of those who answer for the matter anyway."""
    found = ownership.in_team(
        session, team, language=ticket.language, now=now, due=due(ticket, now), but=but
    )
    return found or next_owner(session, ticket, service_id=ticket.service_id, now=now, but=but)


def next_owner(
    session: Session,
    ticket: Ticket,
    *,
    service_id: str | None,
    now: datetime,
    but: Set[int] = ownership.NOBODY,
) -> Owner:
    """Who would own the matter if it came now, with the promise that it has."""
    return ownership.owner(
        session,
        service_id=service_id,
        area_id=session.get_one(Conversation, ticket.conversation_id).municipality_id,
        language=ticket.language,
        now=now,
        due=due(ticket, now),
        but=but,
    )


def passed_on(session: Session, ticket: Ticket) -> set[int]:
    """Who has handed the matter on since anybody last accepted it."""
    if ticket.handed_by_id is None:
        return set()
    of_ticket = Message.ticket_id == ticket.id
    accepted = select(func.coalesce(func.max(Message.id), 0)).where(
        of_ticket, Message.kind == "accepted"
    )
    handed = select(Message.person_id).where(
        of_ticket,
        Message.kind == "transferred",
        Message.person_id.is_not(None),
        Message.id > accepted.scalar_subquery(),
    )
    return {one for one in session.scalars(handed) if one is not None}


def team_of(session: Session, ticket: Ticket, person: Person) -> Team:
    """In which of their teams the person has the matter: where it is, where it belongs, else the
    first; one in no team has it for the team where it is."""
    area = session.get_one(Conversation, ticket.conversation_id).municipality_id
    theirs = list(
        session.scalars(
            select(Team).join(Member).where(Member.person_id == person.id).order_by(Team.id)
        )
    )
    right = [ticket.team, *ownership.teams_for(session, ticket.service_id, area), *theirs]
    return next((team for team in right if team in theirs), ticket.team)


def due(ticket: Ticket, now: datetime) -> datetime:
    """By when somebody has to be there for it: what is late is for whoever is there now."""
    return max(ticket.due_at, now)


def _known[Named](found: Named | None) -> Named:
    if found is None:
        raise ReceiverUnknown
    return found


def refuse_unfit(person: Person) -> None:
    """Raises ReceiverUnfit for one who has left, or has no role that answers."""
    if not may(person, "answer"):
        raise ReceiverUnfit(person.name)
