"""Who is on duty: shifts, the hours without anybody, who is away, and who sets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from catalog.models import Service
from desk import rota
from desk.covering import covered, services_of_teams
from desk.errors import NotAllowed, RotaRefused
from desk.models import Shift, Team
from desk.ownership import teams_for
from desk.rota import Week
from tests.desk.matters import away, everybody_is_there, families, only, team
from tests.foundation import person

MONDAY = date(2026, 3, 9)  # of the week in which WEDNESDAY_NOON is
EIGHT, NOON, ONE, FOUR = time(8), time(12), time(13), time(16)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        yield session


@pytest.fixture
def ours(session: Session) -> Team:
    return families(session)


def gaps(week: Week, day: int) -> list[tuple[time, time]]:
    return list(week.days[day].gaps)


def test_hours_without_anybody_on_duty_are_gaps(session: Session, ours: Team) -> None:
    rota.add(session, ours, person(session, "aino"), 0, EIGHT, NOON)
    rota.add(session, ours, person(session, "maria"), 0, ONE, FOUR)
    week = rota.week(session, ours, MONDAY)
    assert gaps(week, 0) == [(NOON, ONE)]
    assert gaps(week, 1) == [(EIGHT, FOUR)]
    assert gaps(week, 5) == gaps(week, 6) == []
    rota.add(session, ours, person(session, "hanna"), 0, time(11), time(14))
    assert gaps(rota.week(session, ours, MONDAY), 0) == []


def test_a_shift_that_goes_beyond_working_hours_leaves_no_gap(session: Session, ours: Team) -> None:
    rota.add(session, ours, person(session, "aino"), 0, time(7), time(17))
    assert gaps(rota.week(session, ours, MONDAY), 0) == []


def test_on_a_holiday_nobody_is_missed(session: Session, ours: Team) -> None:
    week = rota.week(session, ours, date(2026, 3, 30))  # the week of Good Friday
    assert [one.working for one in week.days] == [True] * 4 + [False] * 3
    assert gaps(week, 4) == []


def test_who_is_away_is_not_on_duty_unless_somebody_stands_in(session: Session, ours: Team) -> None:
    rota.add(session, ours, person(session, "aino"), 2, EIGHT, FOUR)
    absence = away(session, "aino")
    week = rota.week(session, ours, MONDAY)
    assert [one.person.login for one in week.away] == ["aino"]
    assert week.days[2].shifts[0].there is None
    assert gaps(week, 2) == [(EIGHT, FOUR)]
    absence.substitute_id = person(session, "maria").id
    session.flush()
    week = rota.week(session, ours, MONDAY)
    assert week.days[2].shifts[0].there == person(session, "maria")
    assert gaps(week, 2) == []


def test_the_absences_of_another_week_are_not_shown(session: Session, ours: Team) -> None:
    away(session, "aino")
    assert rota.week(session, ours, date(2026, 4, 13)).away == ()


def test_the_same_shift_twice_is_there_once(session: Session, ours: Team) -> None:
    aino = person(session, "aino")
    first = rota.add(session, ours, aino, 0, EIGHT, FOUR)
    assert rota.add(session, ours, aino, 0, EIGHT, FOUR).id == first.id
    assert len(session.scalars(select(Shift)).all()) == 1


@pytest.mark.parametrize(
    ("login", "day", "starts", "ends", "reason"),
    [
        ("eero", 0, EIGHT, FOUR, "member"),
        ("aino", 7, EIGHT, FOUR, "day"),
        ("aino", 0, FOUR, EIGHT, "times"),
        ("aino", 0, EIGHT, EIGHT, "times"),
        ("aino", 3, time(15), time(17), "overlap"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(
    session: Session, ours: Team, login: str, day: int, starts: time, ends: time, reason: str
) -> None:
    rota.add(session, ours, person(session, "aino"), 3, EIGHT, FOUR)
    with pytest.raises(RotaRefused) as refused:
        rota.add(session, ours, person(session, login), day, starts, ends)
    assert refused.value.reason == reason


def test_one_who_cannot_answer_is_given_no_shift(session: Session, ours: Team) -> None:
    person(session, "hanna").roles = ["keeper"]
    with pytest.raises(RotaRefused):
        rota.add(session, ours, person(session, "hanna"), 0, EIGHT, FOUR)
    names = [one.login for one in rota.week(session, ours, MONDAY).members]
    assert "hanna" not in names


def test_a_lead_sets_their_own_team_and_an_admin_all(session: Session, ours: Team) -> None:
    aino, eero = person(session, "aino"), person(session, "eero")
    assert [one.code for one in rota.teams_set_by(session, aino)] == ["demo-families"]
    assert len(rota.teams_set_by(session, eero)) == len(session.scalars(select(Team)).all())
    with pytest.raises(NotAllowed):
        rota.set_by(session, aino, team(session, "demo-health").id)


def test_a_shift_of_another_team_is_not_removed(session: Session, ours: Team) -> None:
    shift = rota.add(session, ours, person(session, "aino"), 0, EIGHT, FOUR)
    rota.remove(session, team(session, "demo-health"), shift.id)
    assert session.get(Shift, shift.id) is not None
    rota.remove(session, ours, shift.id)
    rota.remove(session, ours, shift.id)
    assert session.get(Shift, shift.id) is None


def test_knowledge_that_is_one_persons_alone_is_warned_of(session: Session, ours: Team) -> None:
    only(session, ours, "aino", "johan")  # one speaks Finnish alone, one both
    spoken = covered(session, ours, 1)
    person(session, "johan").active = False
    alone = covered(session, ours, 1)
    assert spoken.able["fi"] > alone.able["fi"]
    assert set(alone.thin) == {"fi", "sv"}


def test_each_service_is_counted_for_the_team_that_owns_its_matters(session: Session) -> None:
    services = session.scalars(select(Service.id).order_by(Service.id)).all()
    owned = Counter(teams_for(session, one, None)[0].id for one in services)
    assert services_of_teams(session) == owned
    assert owned.total() == len(services)
