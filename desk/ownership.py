"""Who owns a matter: one person, always."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from catalog.models import AreaPart, Service, ServiceClassification
from desk import clock
from desk.attendance import Attendance
from desk.errors import NobodyToOwn
from desk.models import Member, Person, Responsibility, Shift, Team, Ticket
from desk.roles import may

ALAND = "province:21"

NOBODY: Set[int] = frozenset()

type Fits = Callable[[Person], bool]
type _Staffed = tuple[Team, list[_Candidate]]


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
    due: datetime | None = None,
    but: Set[int] = NOBODY,
) -> Owner:
    """Exactly one person for every input; the team of last resort takes what nobody else has.

    Whoever is away now or when the answer is due is passed over in favour of their substitute, and
    whoever has no role that answers, as long as anybody has. One who speaks the language goes
    before one who does not, even in a team further off, and those on duty on the day before the
    others; then the fewest open matters decide.

    `due`: what has been promised already, where it has. `but`: the people who have it only when
    nobody else is there. Raises NobodyToOwn when not even the team of last resort has an active
    member, which the desk checks before it opens.
    """
    due = due or due_at(session, area_id, now)
    attendance = Attendance.read(session, now, due)
    teams = teams_for(session, service_id, area_id)
    there = [(team, _present(team, attendance)) for team in teams]
    # Everybody is away and no substitute is left: the matter still has to be somebody's.
    able = [(team, [one for one in _active(team) if may(one.person, "answer")]) for team in teams]
    anybody = [(team, _active(team)) for team in teams]
    found = (
        _best_of(session, there, language, due, but)
        or _best_of(session, able, None, due)
        or _best_of(session, anybody, None, due)
    )
    if found is None:
        raise NobodyToOwn
    return found


def in_team(
    session: Session,
    team: Team,
    *,
    language: str,
    now: datetime,
    due: datetime,
    but: Set[int] = NOBODY,
) -> Owner | None:
    """Who of the team, or in the place of one of them, takes a matter; none, if nobody is there."""
    there = [(team, _present(team, Attendance.read(session, now, due)))]
    found = _best_of(session, there, language, due, but)
    return found if found and found.person.id not in but else None


def _best_of(
    session: Session,
    staffed: Sequence[_Staffed],
    language: str | None,
    due: datetime,
    but: Set[int] = NOBODY,
) -> Owner | None:
    """Of others first one who speaks the language, then any; at last any at all."""
    others = _others(but)
    speaks = _speaks(language) if language else _anyone
    for fits in (lambda one: speaks(one) and others(one), others, _anyone):
        for team, candidates in staffed:
            able = [one for one in candidates if fits(one.person)]
            if able:
                return Owner(_next_of(session, team, able, due), team)
    return None


def due_at(session: Session, area_id: str | None, now: datetime) -> datetime:
    """When an answer to a matter that comes now from this area is due."""
    return clock.due(now, aland=on_aland(session, area_id))


def on_aland(session: Session, area_id: str | None) -> bool:
    """Whether the area keeps Åland's holidays."""
    return area_id is not None and session.get(AreaPart, (area_id, ALAND)) is not None


def teams_for(session: Session, service_id: str | None, area_id: str | None) -> list[Team]:
    """The teams that answer for the service here, the most exact first, the last resort last."""
    responsible = _responsible_teams(session, service_id, area_id)
    people = selectinload(Team.members).joinedload(Member.person)
    last = session.scalars(select(Team).where(Team.last_resort).order_by(Team.id).options(people))
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
    # With their people at once: one by one they would be fifty questions to the database.
    people = selectinload(row.team).selectinload(Team.members).joinedload(Member.person)
    found = session.scalars(
        select(row)
        .options(people)
        .where(
            or_(row.service_id.is_(None), row.service_id == service_id),
            or_(row.organisation_id.is_(None), row.organisation_id == body),
            or_(row.class_uri.is_(None), row.class_uri.in_(classes)),
            or_(row.responsible_kind.is_(None), row.responsible_kind == kind),
            or_(row.audience.is_(None), row.audience == audience),
            or_(row.area_id.is_(None), row.area_id == area_id, row.area_id.in_(wider)),
        )
    )
    return [one.team for one in sorted(found, key=exactness)]


def exactness(row: Responsibility) -> tuple[bool | int, ...]:
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
    """Who can be counted on to answer in the place of each active member."""
    found = ((attendance.stand_in(one.person), one) for one in team.members if one.person.active)
    return [_Candidate(person, one) for person, one in found if person and may(person, "answer")]


def _active(team: Team) -> list[_Candidate]:
    return [_Candidate(one.person, one) for one in team.members if one.person.active]


def _speaks(language: str) -> Fits:
    return lambda person: language in person.languages


def _others(but: Set[int]) -> Fits:
    return lambda person: person.id not in but


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
