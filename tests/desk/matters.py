"""What the tests of who has a matter stand on: people without a rota, matters, what was said."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from desk import conversations, tickets
from desk.conversations import Place
from desk.models import Absence, Member, Message, Person, Responsibility, Shift, Team, Ticket
from tests.foundation import WEDNESDAY_NOON, add_service, person

DAY = timedelta(days=1)
SERVICE = "s1"


def everybody_is_there(session: Session) -> None:
    session.execute(delete(Absence))
    session.execute(delete(Shift))


def families(session: Session) -> Team:
    """Aino, Maria, Hanna, Johan and Gunilla, who answer for the service `s1`."""
    add_service(session, SERVICE)
    found = team(session, "demo-families")
    session.add(Responsibility(team=found, service_id=SERVICE))
    session.flush()
    return found


def team(session: Session, code: str) -> Team:
    return session.scalars(select(Team).where(Team.code == code)).one()


def only(session: Session, of: Team, *logins: str) -> None:
    """The team is these people alone, in this order."""
    people = [person(session, login) for login in logins]
    of.members = [
        Member(person=one, person_id=one.id, position=at) for at, one in enumerate(people)
    ]
    session.flush()


def away(
    session: Session,
    login: str,
    substitute: str | None = None,
    *,
    start: datetime = WEDNESDAY_NOON - DAY,
    end: datetime = WEDNESDAY_NOON + 5 * DAY,
) -> Absence:
    absence = Absence(person_id=person(session, login).id, starts_at=start, ends_at=end)
    absence.substitute_id = person(session, substitute).id if substitute else None
    session.add(absence)
    session.flush()
    return absence


def a_matter(
    session: Session,
    owner: str = "aino",
    *,
    service_id: str | None = SERVICE,
    language: str = "fi",
    now: datetime = WEDNESDAY_NOON,
) -> Ticket:
    """A matter taken by the desk as any is, and then this person's."""
    conversation = conversations.begin(session, language=language, place=Place(), now=now)
    matter = tickets.Matter("Päivähoitopaikka", "asked", service_id)
    ticket = tickets.take(session, conversation, matter, now=now).ticket
    ticket.owner = person(session, owner)
    session.flush()
    return ticket


def tell(who: Person, of: Team) -> str:
    return f"now: {who.name}, {of.name_fi}"


def tell_of(ticket: Ticket, who: Person, of: Team) -> str:
    return f"{ticket.language}: {who.name}, {of.name_fi}"


def said(session: Session, ticket: Ticket, kind: str) -> list[Message]:
    lines = select(Message).where(Message.ticket_id == ticket.id, Message.kind == kind)
    return list(session.scalars(lines.order_by(Message.id)))
