"""Who works at the desk: their roles, and who looks after the others' matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.errors import RolesRefused
from desk.models import ROLES, Person, Team, Ticket
from desk.roles import tasks_of


def set_roles(
    session: Session, person: Person, roles: Iterable[str], *, protected: bool, by: Person
) -> None:
    """The person has these roles from now on, in a session that is open too; customers are told
    the team instead of the name of one who is protected.

    Raises RolesRefused: `none` where no role is left, `own_admin` where an admin would lock
    themselves out, `has_matters` where one who owns open matters could no longer answer them.
    """
    wanted = [role for role in ROLES if role in set(roles)]
    if not wanted:
        raise RolesRefused("none")
    if person.id == by.id and "roles" not in tasks_of(wanted):
        raise RolesRefused("own_admin")
    if "answer" not in tasks_of(wanted) and _owns_any(session, person):
        raise RolesRefused("has_matters")
    person.roles, person.protected = wanted, protected
    session.flush()


def _owns_any(session: Session, person: Person) -> bool:
    unclosed = select(func.count()).where(Ticket.owner_id == person.id, Ticket.stage != "closed")
    return bool(session.scalar(unclosed))


def lead_of(session: Session, team: Team) -> Iterator[Person]:
    """The team's lead, where it has one."""
    if team.lead_id is not None:
        yield session.get_one(Person, team.lead_id)


def last_resorts(session: Session) -> Iterator[Person]:
    """Everybody of the team of last resort, its lead first."""
    teams = session.scalars(select(Team).where(Team.last_resort).order_by(Team.id)).all()
    for team in teams:
        yield from lead_of(session, team)
    for team in teams:
        yield from (member.person for member in team.members)
