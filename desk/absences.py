"""Absences: announced, looked over for who really stands in, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.clock import HELSINKI
from desk.errors import AbsenceRefused
from desk.models import Absence, Member, Person, Team
from desk.roles import tasks_of

LONGEST = timedelta(days=2 * 366)  # an absence beyond this is a slip of the pen


@dataclass(frozen=True)
class Days:
    """Whole days of Finland's clock, the first and the last day away."""

    first: date
    last: date

    def span(self) -> tuple[datetime, datetime]:
        """From the first minute of the first day to the first minute back at work."""
        return _midnight(self.first), _midnight(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Planned:
    """One absence, and what is wrong with who stands in."""

    absence: Absence
    person: Person
    substitute: Person | None
    warning: str | None  # substitute_away, cycle, substitute_left; none when all is well


def announce(
    session: Session, person: Person, days: Days, substitute: Person | None, *, now: datetime
) -> Absence:
    """The person is away these days and the substitute has their work meanwhile; said again, the
    same absence is there once.

    A substitute who is away or stands in for each other with the person is no reason to refuse:
    work finds its way past them, and `planned` warns. Raises AbsenceRefused.
    """
    starts_at, ends_at = days.span()
    _check(person, substitute, starts_at, ends_at, now)
    held = session.scalars(
        select(Absence).where(
            Absence.person_id == person.id,
            Absence.starts_at == starts_at,
            Absence.ends_at == ends_at,
            Absence.substitute_id == (substitute.id if substitute else None),
        )
    ).first()
    if held is not None:
        return held
    absence = Absence(person_id=person.id, starts_at=starts_at, ends_at=ends_at)
    absence.substitute_id = substitute.id if substitute else None
    session.add(absence)
    session.flush()
    return absence


def _check(
    person: Person,
    substitute: Person | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    if ends_at <= starts_at:
        raise AbsenceRefused("ends_before_start")
    if ends_at <= now:
        raise AbsenceRefused("all_past")
    if ends_at - starts_at > LONGEST or ends_at - now > 2 * LONGEST:
        raise AbsenceRefused("too_long")
    if substitute is None:
        return
    if substitute.id == person.id:
        raise AbsenceRefused("own_substitute")
    if not substitute.active:
        raise AbsenceRefused("substitute_left")


def cancel(session: Session, absence: Absence, *, now: datetime) -> None:
    """The absence ends now, or never was where it had not begun. An ended one is left as it is."""
    if absence.ends_at <= now:
        return
    if absence.starts_at >= now:
        session.delete(absence)
    else:
        absence.ends_at = now
    session.flush()


def planned(session: Session, people: list[Person], *, now: datetime) -> list[Planned]:
    """The absences of these people that are on or to come, the soonest first, looked over."""
    if not people:
        return []
    coming = list(
        session.scalars(
            select(Absence).where(Absence.ends_at > now).order_by(Absence.starts_at, Absence.id)
        )
    )
    known = _people(session, coming)
    wanted = {person.id for person in people}
    return [
        Planned(
            absence=one,
            person=known[one.person_id],
            substitute=known.get(one.substitute_id or 0),
            warning=_warning(one, coming, known),
        )
        for one in coming
        if one.person_id in wanted
    ]


def _people(session: Session, absences: list[Absence]) -> dict[int, Person]:
    ids = {one.person_id for one in absences} | {
        one.substitute_id for one in absences if one.substitute_id is not None
    }
    return {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}


def _warning(absence: Absence, coming: list[Absence], known: Mapping[int, Person]) -> str | None:
    """What makes the substitute of this absence no sure one, the worst first."""
    if absence.substitute_id is None:
        return None
    if not known[absence.substitute_id].active:
        return "substitute_left"
    meanwhile = [
        one for one in coming if one.starts_at < absence.ends_at and one.ends_at > absence.starts_at
    ]
    if _comes_back(absence, meanwhile):
        return "cycle"
    away = {one.person_id for one in meanwhile}
    return "substitute_away" if absence.substitute_id in away else None


def _comes_back(absence: Absence, meanwhile: list[Absence]) -> bool:
    """Whether the substitutes of substitutes lead back to who is away."""
    asked: set[int] = set()
    ahead = [absence.substitute_id]
    while ahead:
        at = ahead.pop()
        if at is None or at in asked:
            continue
        if at == absence.person_id:
            return True
        asked.add(at)
        ahead += [one.substitute_id for one in meanwhile if one.person_id == at]
    return False


def managed_by(session: Session, person: Person) -> list[Person]:
    """Whose absences the person sets: their own; a lead's also the team's, an admin's everybody's.

    The person comes first, the others by name.
    """
    others = select(Person).where(Person.active, Person.id != person.id).order_by(Person.name)
    if "admin" not in person.roles:
        led = select(Member.person_id).join(Team).where(Team.lead_id == person.id)
        others = others.where(Person.id.in_(led))
    if "others_absences" not in tasks_of(person.roles):
        return [person]
    return [person, *session.scalars(others)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, HELSINKI)
