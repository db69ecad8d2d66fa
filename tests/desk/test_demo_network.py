"""With the demo on nothing is missing; switched off, the desk forgets it and keeps its tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import cli
from api.database import Database
from api.prepare import switch_demo
from api.settings import Settings
from catalog import lint as catalogue_lint
from catalog.demo import ensure_demo
from catalog.demo_data import read_demo
from catalog.models import (
    Area,
    Channel,
    Classification,
    Organisation,
    Promise,
    Service,
    ServiceClassification,
    ServiceTask,
)
from desk import demo_network
from desk import lint as desk_lint
from desk.conversations import Pending, pending
from desk.models import Conversation, Person, Responsibility, Team, Ticket
from tests.foundation import (
    WEDNESDAY_NOON,
    Clock,
    PlantedFinder,
    Talk,
    add_service,
    person,
)

REVONTULA = "municipality:995"
INTERNAL = read_demo().services[0].id


@pytest.fixture
def network(house: Database) -> Database:
    with house.writing() as session:
        ensure_demo(session, now=WEDNESDAY_NOON)
    return house


@pytest.fixture
def session(network: Database) -> Iterator[Session]:
    with network.writing() as session:
        yield session


def broken(session: Session) -> dict[str, int]:
    """How many rows break each rule, by the promise that it is named after."""
    catalogue = catalogue_lint.findings(session, WEDNESDAY_NOON)
    found = [*catalogue, *desk_lint.findings(session)]
    return {one.rule.rpartition("(")[2].strip(")"): len(one.rows) for one in found if one.rows}


# --- what lint looks for ---


def test_with_the_demo_nothing_is_missing(session: Session) -> None:
    assert broken(session) == {}


def test_every_service_has_two_able_people_in_each_language(session: Session) -> None:
    able = desk_lint.able_people(session)
    assert set(able) == set(session.scalars(select(Service.id)))
    assert all(able[one][language] >= 2 for one in able for language in ("fi", "sv"))


def test_without_the_demo_no_service_has_a_promise(session: Session) -> None:
    services = len(session.scalars(select(Service.id)).all()) - len(read_demo().services)
    demo_network.retire(session)
    assert broken(session) == {"P16": services}


def test_a_team_that_loses_its_people_is_seen(session: Session) -> None:
    team = session.scalars(select(Team).where(Team.code == "demo-health")).one()
    for member in team.members[1:]:
        member.person.active = False
    session.flush()
    assert broken(session)["P41"] > 100


def test_a_contact_that_nobody_checks_is_seen(session: Session) -> None:
    channel = session.scalars(select(Channel)).first()
    assert channel is not None
    channel.verified_at = None
    session.flush()
    assert broken(session) == {"P14": 1}


def test_a_code_of_no_list_is_seen(session: Session) -> None:
    add_service(session, "s1")
    session.add(Classification(uri="http://codes.example/X1", scheme="life_event", code="X1"))
    session.flush()
    session.add(ServiceClassification(service_id="s1", uri="http://codes.example/X1"))
    session.flush()
    assert broken(session)["P28"] == 1


def test_a_task_of_nobody_that_has_a_name_is_seen(session: Session) -> None:
    add_service(session, "s1")
    session.add(Organisation(id="nameless", kind="other"))
    session.flush()
    task = ServiceTask(service_id="s1", position=0, organisation_id="nameless", role="Producer")
    session.add(task)
    session.flush()
    assert broken(session)["P30"] == 1


def test_a_task_of_a_partner_is_nobodys_fault(session: Session) -> None:
    add_service(session, "s1")
    session.add(ServiceTask(service_id="s1", position=0, partner="Yhdistys", role="Producer"))
    session.flush()
    assert "P30" not in broken(session)


@pytest.mark.parametrize("demo", [True, False])
def test_the_command_says_what_it_found(
    network: Database,
    demo: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with network.writing() as session:
        if demo:
            ensure_demo(session, now=datetime.now(UTC))  # the command reads the real clock
        else:
            demo_network.retire(session)
    monkeypatch.setenv("DATABASE_URL", network.url)
    assert cli.main(["lint"]) == (0 if demo else 1)
    told = capsys.readouterr().out.splitlines()
    without = next(line for line in told if "without a promise" in line)
    assert without.split()[0] == "0" if demo else int(without.split()[0]) > 1_000
    # Seven rules, and the first five rows of the broken one.
    assert len(told) == (7 if demo else 12)


# --- what the customer reads ---


def test_a_municipal_service_asks_for_the_municipality_once_and_tells_its_places(
    talk: Talk, network: Database, planted: PlantedFinder
) -> None:
    with network.writing() as session:
        add_service(session, "s1", responsible_kind="municipality")
        ensure_demo(session, now=WEDNESDAY_NOON)
    planted.plant("", ("s1", 0.95))
    said = talk.write("mistä saan venepaikan").said
    assert said.count("Jos kerrot kuntasi") == 1
    assert "Keksintökuja" not in said
    assert "Demossa: kunta vastaa" in said
    here = replace(talk, municipality_id=REVONTULA, conversation_id=None)
    said = here.write("mistä saan venepaikan").said
    assert "Jos kerrot kuntasi" not in said
    assert "Revontulan kunnan" in said
    assert "Pilvikoski" not in said


@pytest.mark.parametrize("intent", ["ask_hours", "ask_place"])
def test_a_fact_that_depends_on_the_place_says_so(
    talk: Talk, network: Database, planted: PlantedFinder, intent: str
) -> None:
    with network.writing() as session:
        add_service(session, "s1", responsible_kind="municipality")
        ensure_demo(session, now=WEDNESDAY_NOON)
    planted.plant("", ("s1", 0.95))
    assert "Jos kerrot kuntasi" in talk.write("venepaikka?", intent).said
    here = replace(talk, municipality_id=REVONTULA, conversation_id=None)
    told = here.write("venepaikka?", intent).said
    assert "Jos kerrot kuntasi" not in told
    assert "(demo)" in told


def test_where_a_form_is_sent_is_no_place_to_go_to(
    talk: Talk, network: Database, planted: PlantedFinder
) -> None:
    with network.reading() as session:
        kela = session.scalars(
            select(Service.id).where(
                Service.responsible_id == "body:kela", Service.status == "current"
            )
        ).first()
    planted.plant("", (str(kela), 0.95))
    assert "PL 1" not in talk.write("missä", "ask_place").said


# --- switched off ---


def test_who_lived_in_the_demo_lives_nowhere_known(session: Session) -> None:
    talk = Conversation(
        id="c" * 16,
        language="fi",
        sender="s",
        opened_at=WEDNESDAY_NOON,
        municipality_id=REVONTULA,
        topic_id=INTERNAL,
        pending=Pending(offered=True, offer=INTERNAL).stored(),
    )
    session.add(talk)
    session.flush()
    demo_network.retire(session)
    assert (talk.municipality_id, talk.topic_id) == (None, None)
    assert pending(talk) == Pending()
    assert session.get(Area, REVONTULA) is None


def test_a_talk_about_a_real_service_goes_on(session: Session) -> None:
    add_service(session, "s1")
    talk = Conversation(
        id="c" * 16,
        language="fi",
        sender="s",
        opened_at=WEDNESDAY_NOON,
        municipality_id="municipality:091",
        topic_id="s1",
        pending=Pending(offered=True, offer="s1").stored(),
    )
    session.add(talk)
    session.flush()
    demo_network.retire(session)
    assert (talk.municipality_id, talk.topic_id) == ("municipality:091", "s1")
    assert pending(talk).offer == "s1"


def test_a_ticket_about_the_demo_stays_with_its_service_ended(session: Session) -> None:
    talk = Conversation(id="c" * 16, language="fi", sender="s", opened_at=WEDNESDAY_NOON)
    session.add(talk)
    team = session.scalars(select(Team).where(Team.code == "demo-support")).one()
    session.flush()
    ticket = Ticket(
        code="LK-1",
        conversation_id=talk.id,
        service_id=INTERNAL,
        subject="salasana lukossa",
        reason="asked",
        language="fi",
        owner_id=person(session, "paivi").id,
        team_id=team.id,
        opened_at=WEDNESDAY_NOON,
        due_at=WEDNESDAY_NOON,
    )
    session.add(ticket)
    session.flush()
    demo_network.retire(session)
    assert session.get_one(Service, INTERNAL).status == "ended"
    assert ticket.service_id == INTERNAL
    others = session.scalars(select(Service.id).where(Service.source == "demo")).all()
    assert others == [INTERNAL]


def test_a_team_that_answered_for_a_demo_town_answers_for_it_no_more(session: Session) -> None:
    team = session.scalars(select(Team).where(Team.code == "demo-work")).one()
    session.add(Responsibility(team=team, area_id=REVONTULA))
    session.add(Responsibility(team=team, organisation_id="demo:kela"))
    session.flush()
    demo_network.retire(session)
    held = session.scalars(select(Responsibility).where(Responsibility.team == team)).all()
    assert held
    assert not [row for row in held if row.area_id or row.organisation_id]


def test_the_setting_switches_it_on_and_off(
    house: Database, clock: Clock, tmp_path: object
) -> None:
    on = Settings(data_dir=tmp_path, secret_key="k" * 32)  # type: ignore[arg-type]
    switch_demo(house, on, clock())
    with house.reading() as session:
        assert session.scalars(select(Channel)).first() is not None
        assert session.scalars(select(Person).where(Person.active)).first() is not None
    switch_demo(house, on.model_copy(update={"demo": False}), clock())
    with house.reading() as session:
        assert session.scalars(select(Channel)).first() is None
        assert session.scalars(select(Promise)).first() is None
        assert session.scalars(select(Person).where(Person.active)).first() is None
