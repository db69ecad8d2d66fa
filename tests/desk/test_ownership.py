"""Every matter has exactly one owner, whoever asks about whatever wherever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.database import Database
from catalog.models import Area, Classification, Service, ServiceClassification
from desk.errors import NobodyToOwn
from desk.models import Conversation, Member, Person, Responsibility, Shift, Team, Ticket
from desk.ownership import owner, somebody_can_own
from tests.databases import Databases, a_copy
from tests.foundation import WEDNESDAY_NOON, Talk, add_service, person

LAST_RESORT = "demo-last-resort"


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


@pytest.fixture(scope="module")
def shared(
    databases: Databases, stocked: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with a_copy(databases, stocked, tmp_path_factory.mktemp("shared")) as database:
        yield database


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_service_in_every_language_and_area_has_one_owner(
    shared: Database, data: st.DataObject
) -> None:
    with shared.reading() as session:
        services = [None, *session.scalars(select(Service.id).order_by(Service.id))]
        areas = [None, *session.scalars(select(Area.id).order_by(Area.id))]
        service_id = data.draw(st.sampled_from(services))
        area_id = data.draw(st.sampled_from(areas))
        language = data.draw(st.sampled_from(["fi", "sv"]))
        found = owner(
            session, service_id=service_id, area_id=area_id, language=language, now=WEDNESDAY_NOON
        )
        assert found.person.active
        assert language in found.person.languages


def test_a_matter_about_nothing_known_goes_to_the_last_resort(session: Session) -> None:
    assert (
        owner(session, service_id=None, area_id=None, language="fi", now=WEDNESDAY_NOON).team.code
        == LAST_RESORT
    )


def test_a_service_whose_classes_nobody_answers_for_goes_to_the_last_resort(
    session: Session,
) -> None:
    add_service(session, "orphan")
    assert (
        owner(
            session, service_id="orphan", area_id=None, language="sv", now=WEDNESDAY_NOON
        ).team.code
        == LAST_RESORT
    )


def test_a_service_goes_to_the_team_of_its_class(session: Session) -> None:
    add_service(session, "school")
    uri = session.scalars(select(Classification.uri).where(Classification.code == "P6")).first()
    session.add(ServiceClassification(service_id="school", uri=uri))
    found = owner(session, service_id="school", area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert found.team.code == "demo-families"
    assert found.person.login == "johan"  # on duty on Thursdays, and speaks Swedish


def test_the_more_exact_responsibility_wins(session: Session) -> None:
    add_service(session, "school")
    uri = session.scalars(select(Classification.uri).where(Classification.code == "P6")).one()
    session.add(ServiceClassification(service_id="school", uri=uri))
    work = session.scalars(select(Team).where(Team.code == "demo-work")).one()
    session.add(Responsibility(team=work, service_id="school"))
    session.flush()
    assert (
        owner(session, service_id="school", area_id=None, language="fi", now=WEDNESDAY_NOON).team
        is work
    )


def test_a_team_of_an_area_takes_what_comes_from_within_it(session: Session) -> None:
    housing = session.scalars(select(Team).where(Team.code == "demo-housing")).one()
    session.add(Responsibility(team=housing, area_id="region:01"))
    session.flush()
    helsinki = owner(
        session, service_id=None, area_id="municipality:091", language="fi", now=WEDNESDAY_NOON
    )
    turku = owner(
        session, service_id=None, area_id="municipality:853", language="fi", now=WEDNESDAY_NOON
    )
    assert helsinki.team is housing
    assert turku.team.code == LAST_RESORT


def test_the_load_spreads_over_those_who_speak_the_language(session: Session) -> None:
    conversation = Conversation(id="c" * 16, language="fi", sender="s", opened_at=WEDNESDAY_NOON)
    session.add(conversation)
    session.flush()
    session.execute(delete(Shift))
    for number in range(12):
        found = owner(session, service_id=None, area_id=None, language="fi", now=WEDNESDAY_NOON)
        session.add(
            Ticket(
                code=f"LK-{number}",
                conversation_id=conversation.id,
                subject="?",
                reason="asked",
                language="fi",
                owner_id=found.person.id,
                team_id=found.team.id,
                opened_at=WEDNESDAY_NOON,
                due_at=WEDNESDAY_NOON,
            )
        )
        session.flush()
    owners = list(session.scalars(select(Ticket.owner_id)))
    assert sorted(owners.count(one) for one in set(owners)) == [3, 3, 3, 3]


def test_whoever_has_answered_is_free_for_the_next(session: Session, house: Database) -> None:
    first = owner(session, service_id=None, area_id=None, language="fi", now=WEDNESDAY_NOON)
    conversation = Conversation(id="c" * 16, language="fi", sender="s", opened_at=WEDNESDAY_NOON)
    session.add(conversation)
    session.flush()
    ticket = Ticket(
        code="LK-1",
        conversation_id=conversation.id,
        subject="?",
        reason="asked",
        language="fi",
        owner_id=first.person.id,
        team_id=first.team.id,
        opened_at=WEDNESDAY_NOON,
        due_at=WEDNESDAY_NOON,
    )
    session.add(ticket)
    session.flush()
    second = owner(session, service_id=None, area_id=None, language="fi", now=WEDNESDAY_NOON)
    assert second.person is not first.person
    ticket.stage = "answered"
    session.flush()
    assert (
        owner(session, service_id=None, area_id=None, language="fi", now=WEDNESDAY_NOON).person
        is first.person
    )


def test_who_is_away_for_good_owns_nothing_new(session: Session) -> None:
    for login in ("eero", "maria", "antti"):
        person(session, login).active = False
    session.flush()
    found = owner(session, service_id=None, area_id=None, language="sv", now=WEDNESDAY_NOON)
    assert found.person.login == "otso"  # speaks no Swedish, but somebody must own it


def test_a_team_without_anybody_active_leaves_its_matters_to_the_last_resort(
    session: Session,
) -> None:
    add_service(session, "school")
    uri = session.scalars(select(Classification.uri).where(Classification.code == "P6")).one()
    session.add(ServiceClassification(service_id="school", uri=uri))
    for login in ("aino", "maria", "hanna", "johan", "gunilla"):
        person(session, login).active = False
    session.flush()
    assert (
        owner(
            session, service_id="school", area_id=None, language="fi", now=WEDNESDAY_NOON
        ).team.code
        == LAST_RESORT
    )


def test_when_nobody_is_active_the_desk_knows_that_it_must_not_open(session: Session) -> None:
    assert somebody_can_own(session)
    for one in session.scalars(select(Person)):
        one.active = False
    session.flush()
    assert not somebody_can_own(session)
    with pytest.raises(NobodyToOwn):
        owner(session, service_id=None, area_id=None, language="fi", now=WEDNESDAY_NOON)


def test_a_last_resort_without_members_is_nobody(session: Session) -> None:
    team = session.scalars(select(Team).where(Team.last_resort)).one()
    for member in session.scalars(select(Member).where(Member.team_id == team.id)):
        session.delete(member)
    session.flush()
    assert not somebody_can_own(session)


def test_a_ticket_in_swedish_is_owned_by_one_who_speaks_it(samtal: Talk) -> None:
    told = samtal.write("jag vill tala med en människa", "ask_person")
    assert told.ticket is not None
    assert "sv" in told.ticket.owner.languages
