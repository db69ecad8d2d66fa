"""The people of the desk: who can sign in, and what the demo's people answer for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.base import Base
from desk.demo_staff import ensure_demo, retire_demo
from desk.lint import ENOUGH, LANGUAGES
from desk.models import (
    Absence,
    Member,
    Person,
    Responsibility,
    Shift,
    StaffSession,
    Team,
)
from desk.ownership import owner, somebody_can_own
from desk.staff import add_person, check_password, join
from tests.databases import Databases, a_copy, opened
from tests.foundation import WEDNESDAY_NOON

PASSWORD = "kuusi palaa takassa"


@pytest.fixture
def session(databases: Databases, coded: str, tmp_path: Path) -> Iterator[Session]:
    with a_copy(databases, coded, tmp_path) as database, database.writing() as session:
        yield session


def counts(session: Session) -> list[int]:
    tables = (Person, Team, Member, Responsibility, Shift, Absence)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_person_signs_in_with_their_own_password_however_the_login_is_written(
    session: Session,
) -> None:
    person = add_person(session, " Liisa ", "Liisa", ["fi"], PASSWORD)
    assert check_password(session, "LIISA", PASSWORD) is person


@pytest.mark.parametrize("password", ["", "väärä", PASSWORD + " ", PASSWORD.upper()])
def test_a_wrong_password_opens_nothing(session: Session, password: str) -> None:
    add_person(session, "liisa", "Liisa", ["fi"], PASSWORD)
    assert check_password(session, "liisa", password) is None


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_an_unknown_login_opens_nothing(session: Session, password: str) -> None:
    assert check_password(session, "ei-ketään", password) is None


def test_who_has_left_cannot_sign_in(session: Session) -> None:
    add_person(session, "liisa", "Liisa", ["fi"], PASSWORD).active = False
    assert check_password(session, "liisa", PASSWORD) is None


def test_a_person_without_a_password_cannot_sign_in(session: Session) -> None:
    session.add(Person(login="liisa", name="Liisa", languages=["fi"]))
    session.flush()
    assert check_password(session, "liisa", "") is None


def test_a_login_belongs_to_one_person(session: Session) -> None:
    add_person(session, "liisa", "Liisa", ["fi"], PASSWORD)
    with pytest.raises(IntegrityError):
        add_person(session, "Liisa", "Toinen Liisa", ["sv"], PASSWORD)


def test_the_password_itself_is_not_kept(session: Session) -> None:
    kept = add_person(session, "liisa", "Liisa", ["fi"], PASSWORD).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_seeding_the_demo_again_adds_nothing(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    before = counts(session)
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    assert counts(session) == before
    assert before[0] == 28


def test_a_new_demo_password_replaces_the_old_one(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    ensure_demo(session, "uusi", now=WEDNESDAY_NOON)
    assert check_password(session, "aino", PASSWORD) is None
    assert check_password(session, "aino", "uusi") is not None


def test_every_demo_name_says_that_it_is_a_demo(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    people = session.scalars(select(Person)).all()
    assert all(person.demo and "(demo)" in person.name for person in people)


def test_every_demo_team_has_two_people_for_each_language(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    for team in session.scalars(select(Team)):
        spoken = [language for member in team.members for language in member.person.languages]
        assert all(spoken.count(language) >= ENOUGH for language in LANGUAGES), team.code


def test_on_every_working_day_somebody_on_duty_speaks_each_language(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    for team in session.scalars(select(Team)):
        for weekday in range(5):
            duty = select(Person).join(Shift, Shift.person_id == Person.id)
            people = session.scalars(
                duty.where(Shift.team_id == team.id, Shift.weekday == weekday)
            ).all()
            assert {one for person in people for one in person.languages} == set(LANGUAGES)
            assert {person.id for person in people} <= {one.person_id for one in team.members}


def test_absences_stand_as_of_the_day_of_loading(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    first = starts(session)
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON + timedelta(hours=5))
    assert starts(session) == first
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON + timedelta(days=7))
    assert starts(session) == [start + timedelta(days=7) for start in first]


def starts(session: Session) -> list[datetime]:
    return list(session.scalars(select(Absence.starts_at).order_by(Absence.starts_at)))


def test_the_demo_has_a_chain_of_substitutes_and_a_circle(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    now = select(Absence.person_id, Absence.substitute_id).where(
        Absence.starts_at <= WEDNESDAY_NOON, Absence.ends_at > WEDNESDAY_NOON
    )
    away = dict(session.execute(now).tuples().all())
    next_but_one = {one: away.get(substitute) for one, substitute in away.items() if substitute}
    assert any(one == second for one, second in next_but_one.items())
    assert any(second not in (None, one) for one, second in next_but_one.items())


def test_a_real_person_in_a_team_of_the_demo_stays_in_it(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    own = add_person(session, "liisa", "Liisa", ["fi"], PASSWORD)
    team = join(session, own, None)
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    assert own.id in {member.person_id for member in team.members}


def test_the_demo_answers_for_whatever_nobody_else_has(session: Session) -> None:
    assert not somebody_can_own(session)
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    assert somebody_can_own(session)
    found = owner(session, service_id=None, area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert found.team.last_resort
    assert "sv" in found.person.languages


def test_a_demo_team_answers_for_a_class_and_all_under_it(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    uris = session.scalars(
        select(Responsibility.class_uri).join(Team).where(Team.code == "demo-families")
    ).all()
    codes = {str(uri).rsplit("/", 1)[1] for uri in uris}
    assert {"P3", "P3.4", "P6", "P6.2", "P6.15", "P28.7"} <= codes
    assert not codes & {"P30", "P60", "P4", "P5.1"}


def test_without_the_code_lists_the_demo_still_has_an_owner(
    databases: Databases, tmp_path: Path
) -> None:
    with opened(databases, databases.empty(tmp_path)) as database:
        Base.metadata.create_all(database.engine)
        with database.writing() as session:
            ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
            assert somebody_can_own(session)
            held = session.scalars(select(Responsibility)).all()
            assert not [row for row in held if row.class_uri or row.organisation_id]


def test_a_retired_demo_lets_nobody_in(session: Session) -> None:
    ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    person = check_password(session, "aino", PASSWORD)
    assert person is not None
    session.add(
        StaffSession(
            token_hash="0" * 64,
            person_id=person.id,
            form_token="token",
            expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        )
    )
    own = add_person(session, "liisa", "Liisa", ["fi"], PASSWORD)
    retire_demo(session)
    assert check_password(session, "aino", PASSWORD) is None
    assert check_password(session, "liisa", PASSWORD) is own
    for table in (StaffSession, Shift, Absence):
        assert session.scalars(select(table)).all() == []
