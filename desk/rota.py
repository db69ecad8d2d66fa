"""Who is on duty in a team, day by day: shifts kept, gaps shown, and who is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from desk import clock
from desk.attendance import Attendance
from desk.errors import NotAllowed, RotaRefused
from desk.models import Absence, Member, Person, Shift, Team
from desk.roles import may

DAYS = 7
NOON = time(12)

type Span = tuple[time, time]


@dataclass(frozen=True)
class OnDuty:
    """One shift of one day, and who is really there."""

    shift: Shift
    person: Person
    there: Person | None  # the person, or who stands in; none: nobody


@dataclass(frozen=True)
class Day:
    date: date
    working: bool  # no weekend and no holiday
    shifts: tuple[OnDuty, ...]
    gaps: tuple[Span, ...]  # of working hours, in which nobody of the team is on duty


@dataclass(frozen=True)
class Away:
    person: Person
    first: date
    last: date
    substitute: Person | None


@dataclass(frozen=True)
class Week:
    days: tuple[Day, ...]
    away: tuple[Away, ...]
    members: tuple[Person, ...]  # who can be given a shift


def teams_set_by(session: Session, person: Person) -> list[Team]:
    """The teams whose rota the person sets: the ones that they lead; an admin's are all."""
    teams = select(Team).options(selectinload(Team.members).joinedload(Member.person))
    if "admin" not in person.roles:
        teams = teams.where(Team.lead_id == person.id)
    return list(session.scalars(teams.order_by(Team.last_resort, Team.id)))


def set_by(session: Session, person: Person, team_id: int) -> Team:
    """The team, for one who sets its rota. Raises NotAllowed."""
    for team in teams_set_by(session, person):
        if team.id == team_id:
            return team
    raise NotAllowed("rota")


def week(session: Session, team: Team, monday: date) -> Week:
    """The team's seven days from this Monday on, as the rota and the absences make them."""
    shifts = list(session.scalars(select(Shift).where(Shift.team_id == team.id)))
    ids = {one.person_id for one in shifts}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    days = [_day(session, monday + timedelta(days=at), shifts, people) for at in range(DAYS)]
    active = [one.person for one in team.members if one.person.active]
    return Week(
        days=tuple(days),
        away=tuple(_away(session, active, monday)),
        members=tuple(one for one in active if may(one, "answer")),
    )


def add(
    session: Session, team: Team, person: Person, weekday: int, starts: time, ends: time
) -> Shift:
    """The person is on duty every week at this time; the same shift again is there once.

    Raises RotaRefused: `member` for one who is not of the team or cannot answer, `day`, `times`
    where it would end before it begins, `overlap` with another shift of theirs in the team.
    """
    if person.id not in {one.person_id for one in team.members} or not may(person, "answer"):
        raise RotaRefused("member")
    if not 0 <= weekday < DAYS:
        raise RotaRefused("day")
    if starts >= ends:
        raise RotaRefused("times")
    held = select(Shift).where(
        Shift.team_id == team.id, Shift.person_id == person.id, Shift.weekday == weekday
    )
    for one in session.scalars(held):
        if (one.starts, one.ends) == (starts, ends):
            return one
        if one.starts < ends and starts < one.ends:
            raise RotaRefused("overlap")
    shift = Shift(team_id=team.id, person_id=person.id, weekday=weekday, starts=starts, ends=ends)
    session.add(shift)
    session.flush()
    return shift


def remove(session: Session, team: Team, shift_id: int) -> None:
    """The shift is no more; one that is gone already, or is another team's, is left as it is."""
    shift = session.get(Shift, shift_id)
    if shift is not None and shift.team_id == team.id:
        session.delete(shift)
        session.flush()


def _day(session: Session, day: date, shifts: list[Shift], people: dict[int, Person]) -> Day:
    noon = datetime.combine(day, NOON, clock.HELSINKI)
    attendance = Attendance.read(session, noon, noon)
    due = sorted(
        (one for one in shifts if one.weekday == day.weekday()),
        key=lambda one: (one.starts, one.ends, people[one.person_id].name),
    )
    on_duty = tuple(
        OnDuty(one, people[one.person_id], _there(attendance, people[one.person_id])) for one in due
    )
    working = clock.is_working_day(day)
    staffed = [(one.shift.starts, one.shift.ends) for one in on_duty if one.there]
    return Day(day, working, on_duty, tuple(_gaps(staffed)) if working else ())


def _there(attendance: Attendance, person: Person) -> Person | None:
    found = attendance.stand_in(person)
    return found if found is not None and may(found, "answer") else None


def _gaps(staffed: Iterable[Span]) -> Iterable[Span]:
    """The parts of the working day that none of these covers."""
    until = clock.OPENS
    for starts, ends in sorted(staffed):
        if starts > until:
            yield until, min(starts, clock.CLOSES)
        until = max(until, ends)
        if until >= clock.CLOSES:
            return
    yield until, clock.CLOSES


def _away(session: Session, members: list[Person], monday: date) -> Iterable[Away]:
    begins = datetime.combine(monday, time.min, clock.HELSINKI)
    ends = datetime.combine(monday + timedelta(days=DAYS), time.min, clock.HELSINKI)
    by_id = {one.id: one for one in members}
    absences = session.scalars(
        select(Absence)
        .where(Absence.person_id.in_(by_id), Absence.starts_at < ends, Absence.ends_at > begins)
        .order_by(Absence.starts_at, Absence.id)
    )
    for one in absences:
        last = one.ends_at.astimezone(clock.HELSINKI) - timedelta(microseconds=1)
        yield Away(
            person=by_id[one.person_id],
            first=one.starts_at.astimezone(clock.HELSINKI).date(),
            last=last.date(),
            substitute=session.get(Person, one.substitute_id) if one.substitute_id else None,
        )
