"""Who owns a matter: one person, always."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog.models import AreaPart, Service, ServiceClassification
from desk import clock
from desk.attendance import Attendance
from desk.errors import NobodyToOwn
from desk.models import Member, Person, Responsibility, Shift, Team, Ticket

ALAND = "province:21"

type Fits = Callable[[Person], bool]


@dataclass(frozen=True)
class Owner:
    person: Person
    team: Team


@dataclass(frozen=True)
class _Candidate:
    """Somebody who can own it, in the place of one member of the team."""

    person: Person
    member: Member


def owner(
    session: Session,
    *,
    service_id: str | None,
    area_id: str | None,
    language: str,
    now: datetime,
) -> Owner:
    """Exactly one person for every input; the team of last resort takes what nobody else has.

    Whoever is away now or when the answer is due is passed over in favour of their substitute. One
    who speaks the language goes before one who does not, even in a team further off, and those on
    duty on the day before the others; then the fewest open matters decide.

    Raises NobodyToOwn when not even the team of last resort has an active member, which the
    desk checks before it opens.
    """
    due = due_at(session, area_id, now)
    attendance = Attendance.read(session, now, due)
    teams = teams_for(session, service_id, area_id)
    there = [(team, _present(team, attendance)) for team in teams]
    # Everybody is away and no substitute is left: the matter still has to be somebody's.
    anybody = [(team, _active(team)) for team in teams]
    for fits, staffed in ((_speaks(language), there), (_anyone, there), (_anyone, anybody)):
        for team, candidates in staffed:
            able = [one for one in candidates if fits(one.person)]
            if able:
                return Owner(_next_of(session, team, able, due), team)
    raise NobodyToOwn


def due_at(session: Session, area_id: str | None, now: datetime) -> datetime:
    """When an answer to a matter that comes now from this area is due."""
    on_aland = session.get(AreaPart, (area_id, ALAND)) is not None if area_id else False
    return clock.due(now, aland=on_aland)


def teams_for(session: Session, service_id: str | None, area_id: str | None) -> list[Team]:
    """The teams that answer for the service here, the most exact first, the last resort last."""
    responsible = _responsible_teams(session, service_id, area_id)
    last = session.scalars(select(Team).where(Team.last_resort).order_by(Team.id))
    return list(dict.fromkeys([*responsible, *last]))


def _responsible_teams(session: Session, service_id: str | None, area_id: str | None) -> list[Team]:
    service = session.get(Service, service_id) if service_id else None
    body, kind, audience = (
        (service.responsible_id, service.responsible_kind, service.audience)
        if service
        else (None, None, None)
    )
    classes = select(ServiceClassification.uri).where(
        ServiceClassification.service_id == service_id
    )
    wider = select(AreaPart.within_id).where(AreaPart.area_id == area_id)
    row = Responsibility
    found = session.scalars(
        select(row).where(
            or_(row.service_id.is_(None), row.service_id == service_id),
            or_(row.organisation_id.is_(None), row.organisation_id == body),
            or_(row.class_uri.is_(None), row.class_uri.in_(classes)),
            or_(row.responsible_kind.is_(None), row.responsible_kind == kind),
            or_(row.audience.is_(None), row.audience == audience),
            or_(row.area_id.is_(None), row.area_id == area_id, row.area_id.in_(wider)),
        )
    )
    return [one.team for one in sorted(found, key=_exactness)]


def _exactness(row: Responsibility) -> tuple[bool | int, ...]:
    """Who answers says more than what it is about: Kela's matters are Kela's team's, of any class.

    An area comes after the rest, as it always did; it only tells equals apart.
    """
    narrowing = (
        row.service_id,
        row.organisation_id,
        row.audience,
        row.class_uri,
        row.responsible_kind,
        row.area_id,
    )
    return (*(one is None for one in narrowing), row.id)


def _present(team: Team, attendance: Attendance) -> list[_Candidate]:
    """Who can be counted on in the place of each active member."""
    found = ((attendance.stand_in(one.person), one) for one in team.members if one.person.active)
    return [_Candidate(person, member) for person, member in found if person is not None]


def _active(team: Team) -> list[_Candidate]:
    return [_Candidate(one.person, one) for one in team.members if one.person.active]


def _speaks(language: str) -> Fits:
    return lambda person: language in person.languages


def _anyone(person: Person) -> bool:
    return True


def _next_of(session: Session, team: Team, able: Sequence[_Candidate], due: datetime) -> Person:
    """One on duty on the day that it is due, if any is; of equals the one with the fewest open
    matters. A substitute is on duty in the place of whom they stand in for."""
    on_duty = _on_duty(session, team, due)
    load = _open_tickets(session, {one.person.id for one in able})

    def order(one: _Candidate) -> tuple[bool, int, int]:
        duty = bool({one.person.id, one.member.person_id} & on_duty)
        return (not duty, load.get(one.person.id, 0), one.member.position)

    return min(able, key=order).person


def _on_duty(session: Session, team: Team, due: datetime) -> set[int]:
    weekday = due.astimezone(clock.HELSINKI).weekday()
    wanted = select(Shift.person_id).where(Shift.team_id == team.id, Shift.weekday == weekday)
    return set(session.scalars(wanted))


def _open_tickets(session: Session, people: Iterable[int]) -> dict[int, int]:
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
