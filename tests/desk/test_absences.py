"""Whoever is away owns nothing new; somebody always does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.database import Database
from catalog.models import Organisation, Service
from desk import clock
from desk.attendance import Attendance
from desk.models import Absence, Member, Person, Responsibility, Shift, Team
from desk.ownership import due_at, owner
from tests.databases import Databases, a_copy
from tests.foundation import WEDNESDAY_NOON, add_service, person

DUE = clock.due(WEDNESDAY_NOON)  # Thursday noon
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    """The demo's people without their rota and absences, which a test sets itself."""
    with house.writing() as session:
        session.execute(delete(Absence))
        session.execute(delete(Shift))
        yield session


@pytest.fixture
def team(session: Session) -> Team:
    """Five people who answer for the service `s1`: aino, maria, hanna, johan, gunilla."""
    add_service(session, "s1")
    team = session.scalars(select(Team).where(Team.code == "demo-families")).one()
    session.add(Responsibility(team=team, service_id="s1"))
    session.flush()
    return team


def away(
    session: Session,
    login: str,
    substitute: str | None = None,
    *,
    start: datetime = WEDNESDAY_NOON - DAY,
    end: datetime = DUE + DAY,
) -> None:
    row = Absence(person_id=person(session, login).id, starts_at=start, ends_at=end)
    row.substitute_id = person(session, substitute).id if substitute else None
    session.add(row)
    session.flush()


def only(session: Session, team: Team, *logins: str) -> None:
    """The team is these people alone, in this order."""
    team.members = [
        Member(person=person(session, login), person_id=person(session, login).id, position=at)
        for at, login in enumerate(logins)
    ]
    session.flush()


def on_duty(session: Session, team: Team, login: str, weekday: int) -> None:
    hours = {"starts": datetime(2026, 1, 1, 8).time(), "ends": datetime(2026, 1, 1, 16).time()}
    owned = {"team_id": team.id, "person_id": person(session, login).id}
    session.add(Shift(weekday=weekday, **owned, **hours))
    session.flush()


def owned_by(session: Session, language: str = "fi", service_id: str | None = "s1") -> str:
    found = owner(
        session, service_id=service_id, area_id=None, language=language, now=WEDNESDAY_NOON
    )
    return found.person.login


def test_a_substitute_has_the_matter_before_anything_is_promised(
    session: Session, team: Team
) -> None:
    only(session, team, "aino")
    away(session, "aino", "sanna")
    assert owned_by(session) == "sanna"


def test_a_substitute_who_is_away_too_has_a_substitute_in_turn(
    session: Session, team: Team
) -> None:
    only(session, team, "aino")
    away(session, "aino", "sanna")
    away(session, "sanna", "leena")
    away(session, "leena", "otso")
    assert owned_by(session) == "otso"


def test_people_who_stand_in_for_each_other_leave_it_to_the_last_resort(
    session: Session, team: Team
) -> None:
    only(session, team, "aino", "hanna")
    away(session, "aino", "hanna")
    away(session, "hanna", "aino")
    found = owner(session, service_id="s1", area_id=None, language="fi", now=WEDNESDAY_NOON)
    assert found.team.last_resort


def test_who_stands_in_for_themselves_ends_no_desk(session: Session, team: Team) -> None:
    only(session, team, "aino")
    away(session, "aino", "aino")
    assert owned_by(session) != "aino"


def test_an_absence_that_has_begun_by_the_time_it_is_due_counts(
    session: Session, team: Team
) -> None:
    only(session, team, "aino", "hanna")
    away(session, "aino", start=DUE - HOUR, end=DUE + HOUR)
    assert owned_by(session) == "hanna"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (WEDNESDAY_NOON - DAY, WEDNESDAY_NOON),  # back this very instant
        (WEDNESDAY_NOON + HOUR, DUE),  # back when it is due
        (DUE + timedelta(seconds=1), DUE + DAY),  # leaves after it
    ],
)
def test_an_absence_that_covers_neither_now_nor_the_due_time_counts_for_nothing(
    session: Session, team: Team, start: datetime, end: datetime
) -> None:
    only(session, team, "aino", "hanna")
    away(session, "aino", start=start, end=end)
    assert owned_by(session) == "aino"


def test_a_day_away_is_a_day_of_finland_and_not_of_utc(session: Session, team: Team) -> None:
    only(session, team, "aino", "hanna")
    midnight = datetime.combine(WEDNESDAY_NOON.date(), datetime.min.time(), clock.HELSINKI)
    away(session, "aino", start=midnight, end=midnight + DAY)
    for at, login in ((midnight, "hanna"), (midnight + DAY, "aino")):
        found = owner(session, service_id="s1", area_id=None, language="fi", now=at)
        assert found.person.login == login


def test_who_has_left_stands_in_for_nobody(session: Session, team: Team) -> None:
    only(session, team, "aino", "hanna")
    away(session, "aino", "sanna")
    person(session, "sanna").active = False
    session.flush()
    assert owned_by(session) == "hanna"


def test_of_two_absences_either_may_name_who_stands_in(session: Session, team: Team) -> None:
    only(session, team, "aino")
    away(session, "aino", start=WEDNESDAY_NOON - DAY, end=WEDNESDAY_NOON + HOUR)
    away(session, "aino", "sanna", start=WEDNESDAY_NOON + HOUR, end=DUE + DAY)
    assert owned_by(session) == "sanna"


def test_when_everybody_is_away_the_matter_is_still_somebodys(session: Session) -> None:
    for one in session.scalars(select(Person)).all():
        away(session, one.login)
    found = owner(session, service_id=None, area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert found.person.active


def test_on_duty_when_it_is_due_goes_before_the_others(session: Session, team: Team) -> None:
    only(session, team, "aino", "hanna")
    on_duty(session, team, "aino", WEDNESDAY_NOON.weekday())
    on_duty(session, team, "hanna", DUE.weekday())
    assert owned_by(session) == "hanna"


def test_a_substitute_is_on_duty_for_whom_they_stand_in(session: Session, team: Team) -> None:
    only(session, team, "aino", "hanna")
    on_duty(session, team, "hanna", DUE.weekday())
    away(session, "hanna", "sanna")
    assert owned_by(session) == "sanna"


def test_who_speaks_the_language_goes_before_who_is_on_duty(session: Session, team: Team) -> None:
    only(session, team, "aino", "johan")
    on_duty(session, team, "aino", DUE.weekday())
    assert owned_by(session, "sv") == "johan"


def test_the_language_goes_before_the_team(session: Session, team: Team) -> None:
    only(session, team, "aino")
    found = owner(session, service_id="s1", area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert "sv" in found.person.languages
    assert found.team.last_resort


def test_a_team_answers_for_a_body(session: Session) -> None:
    session.merge(Organisation(id="body:koe", kind="state"))
    add_service(session, "s1", responsible_kind="organisation", responsible_id="body:koe")
    work = session.scalars(select(Team).where(Team.code == "demo-work")).one()
    found = owner(session, service_id="s1", area_id=None, language="fi", now=WEDNESDAY_NOON)
    assert found.team.code == "demo-state"  # of the kind of body
    session.add(Responsibility(team=work, organisation_id="body:koe"))
    session.flush()
    found = owner(session, service_id="s1", area_id=None, language="fi", now=WEDNESDAY_NOON)
    assert found.team is work


@pytest.mark.parametrize(
    ("kind", "team"),
    [
        ("municipality", "demo-municipality"),
        ("county", "demo-health"),
        ("employment", "demo-work"),
        ("desk", "demo-last-resort"),
    ],
)
def test_a_team_answers_for_a_kind_of_body(session: Session, kind: str, team: str) -> None:
    add_service(session, "s1", responsible_kind=kind)
    found = owner(session, service_id="s1", area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert found.team.code == team


def test_internal_services_have_a_team_of_their_own(session: Session) -> None:
    add_service(session, "s1")
    session.get_one(Service, "s1").audience = "internal"
    found = owner(session, service_id="s1", area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert found.team.code == "demo-support"


def test_on_aland_the_due_day_is_alands(session: Session) -> None:
    eve = datetime(2026, 6, 8, 9, 0, tzinfo=clock.HELSINKI)  # self-government day is the ninth
    assert due_at(session, "municipality:478", eve) == clock.due(eve, aland=True)
    assert due_at(session, "municipality:091", eve) == clock.due(eve)
    assert due_at(session, None, eve) == clock.due(eve)


# --- whatever the absences ---


@pytest.fixture(scope="module")
def shared(
    databases: Databases, stocked: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with a_copy(databases, stocked, tmp_path_factory.mktemp("shared")) as database:
        yield database


HOURS = st.integers(-72, 120)
SOMEBODY = st.integers(0, 27)


@st.composite
def absence(draw: st.DrawFn) -> tuple[int, int, int, int | None]:
    """Who, from which hour, for how many, and who stands in; hours from now."""
    return (draw(SOMEBODY), draw(HOURS), draw(st.integers(1, 200)), draw(st.none() | SOMEBODY))


class _TakenBack(Exception):
    """What an example wrote is not kept for the next."""


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    absences=st.lists(absence(), max_size=40),
    left=st.sets(SOMEBODY),
    stays=st.integers(0, 3),
    language=st.sampled_from(["fi", "sv"]),
    data=st.data(),
)
def test_any_absences_leave_exactly_one_active_owner(
    shared: Database,
    absences: list[tuple[int, int, int, int | None]],
    left: set[int],
    stays: int,
    language: str,
    data: st.DataObject,
) -> None:
    """As long as the last resort has one active member, and one who is there where anybody is."""
    try:
        with shared.writing() as session:
            session.execute(delete(Absence))
            people = list(session.scalars(select(Person).order_by(Person.id)))
            last = session.scalars(select(Team).where(Team.last_resort)).one()
            kept = last.members[stays].person
            for at in left:
                people[at].active = people[at] is kept
            for who, start, hours, substitute in absences:
                first = WEDNESDAY_NOON + start * HOUR
                named = people[substitute].id if substitute is not None else None
                session.add(
                    Absence(
                        person_id=people[who].id,
                        starts_at=first,
                        ends_at=first + hours * HOUR,
                        substitute_id=named,
                    )
                )
            session.flush()
            ids = list(session.scalars(select(Service.id).order_by(Service.id)))
            service_id = data.draw(st.none() | st.sampled_from(ids))
            found = owner(
                session, service_id=service_id, area_id=None, language=language, now=WEDNESDAY_NOON
            )
            assert found.person.active
            attendance = Attendance.read(session, WEDNESDAY_NOON, DUE)
            reachable = [
                one.person
                for one in last.members
                if one.person.active and attendance.stand_in(one.person)
            ]
            assert attendance.present(found.person) or not reachable
            raise _TakenBack
    except _TakenBack:
        pass
