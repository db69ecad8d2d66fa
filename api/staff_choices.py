"""To whom a ticket can be handed on, and of whom help can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from api.contract import Language
from catalog.card import names
from desk.models import Member, Person, Team, Ticket
from desk.roles import may


@dataclass(frozen=True)
class Choice:
    value: str
    name: str


@dataclass(frozen=True)
class Choices:
    """What the forms of a ticket offer."""

    services: list[Choice]  # that were found or considered
    teams: list[Choice]
    people: list[Choice]
    helpers: list[Choice]


def choices(
    session: Session,
    ticket: Ticket,
    language: Language,
    *,
    person_id: int,
    found: tuple[str, ...] = (),
) -> Choices:
    """Everybody but the owner to hand on to, everybody but the person themselves to ask.

    The ticket's own service is not among the services, unless it was looked for by name.
    """
    considered = [one["id"] for one in ticket.tried if one["id"] != ticket.service_id]
    ids = list(dict.fromkeys([*found, *considered]))
    named = names(session, ids, language)
    wanted = select(Team).order_by(Team.id).options(selectinload(Team.members))
    teams = list(session.scalars(wanted))
    people = _able(session)
    of_person = _first_teams(teams, language)
    return Choices(
        services=[Choice(f"service:{one}", named[one]) for one in ids if one in named],
        teams=sorted(
            (Choice(f"team:{one.id}", one.named(language)) for one in teams if one.members),
            key=lambda one: one.name,
        ),
        people=[
            Choice(f"person:{one.id}", _called(one, of_person))
            for one in people
            if one.id != ticket.owner_id
        ],
        helpers=[
            Choice(str(one.id), _called(one, of_person)) for one in people if one.id != person_id
        ],
    )


def _able(session: Session) -> list[Person]:
    active = session.scalars(select(Person).where(Person.active).order_by(Person.name))
    return [one for one in active if may(one, "answer")]


def _first_teams(teams: list[Team], language: Language) -> dict[int, str]:
    members: list[tuple[Member, Team]] = [(one, team) for team in teams for one in team.members]
    return {one.person_id: team.named(language) for one, team in reversed(members)}


def _called(person: Person, of_person: dict[int, str]) -> str:
    team = of_person.get(person.id)
    return f"{person.name}, {team}" if team else person.name
