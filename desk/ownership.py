"""Who owns a matter: one person, always."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog.models import AreaPart, ServiceClassification
from desk.errors import NobodyToOwn
from desk.models import Member, Person, Responsibility, Team, Ticket


@dataclass(frozen=True)
class Owner:
    person: Person
    team: Team


def owner(session: Session, *, service_id: str | None, area_id: str | None, language: str) -> Owner:
    """Exactly one person for every input; the team of last resort takes what nobody else has.

    Raises NobodyToOwn when not even the team of last resort has an active member, which the
    desk checks before it opens.
    """
    for team in [*_responsible_teams(session, service_id, area_id), *_last_resort(session)]:
        person = _next_in(session, team, language)
        if person is not None:
            return Owner(person, team)
    raise NobodyToOwn


def _responsible_teams(session: Session, service_id: str | None, area_id: str | None) -> list[Team]:
    """Teams that answer for the service here, the most exact responsibility first."""
    classes = select(ServiceClassification.uri).where(
        ServiceClassification.service_id == service_id
    )
    wider = select(AreaPart.within_id).where(AreaPart.area_id == area_id)
    found = session.scalars(
        select(Responsibility).where(
            or_(Responsibility.service_id.is_(None), Responsibility.service_id == service_id),
            or_(Responsibility.class_uri.is_(None), Responsibility.class_uri.in_(classes)),
            or_(
                Responsibility.area_id.is_(None),
                Responsibility.area_id == area_id,
                Responsibility.area_id.in_(wider),
            ),
        )
    )
    return [row.team for row in sorted(found, key=_exactness)]


def _exactness(row: Responsibility) -> tuple[bool, bool, bool, int]:
    return (row.service_id is None, row.class_uri is None, row.area_id is None, row.id)


def _last_resort(session: Session) -> list[Team]:
    return list(session.scalars(select(Team).where(Team.last_resort).order_by(Team.id)))


def _next_in(session: Session, team: Team, language: str) -> Person | None:
    """The member who speaks the language and has the fewest open tickets; else any active one."""
    active = [member for member in team.members if member.person.active]
    speakers = [member for member in active if language in member.person.languages]
    candidates = speakers or active
    if not candidates:
        return None
    load = _open_tickets(session, [member.person_id for member in candidates])
    return min(candidates, key=lambda m: (load.get(m.person_id, 0), m.position)).person


def _open_tickets(session: Session, people: list[int]) -> dict[int, int]:
    rows = session.execute(
        select(Ticket.owner_id, func.count())
        .where(Ticket.owner_id.in_(people), Ticket.stage == "open")
        .group_by(Ticket.owner_id)
    )
    return dict(rows.tuples().all())


def somebody_can_own(session: Session) -> bool:
    """Whether the team of last resort has an active member: without one the desk must not open."""
    return (
        session.scalar(
            select(Person.id)
            .join(Member)
            .join(Team)
            .where(Team.last_resort, Person.active)
            .limit(1)
        )
        is not None
    )
