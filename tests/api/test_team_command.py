"""`luukku team`: an operator makes a team that gets the matters which it answers for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api import cli
from api.database import Database
from catalog.models import Classification, Service, ServiceClassification
from desk.models import Member, Person, Team
from desk.ownership import owner
from tests.foundation import WEDNESDAY_NOON, add_service

LAST_RESORT = "demo-last-resort"
NEW = ("families", "--fi", "Perheet", "--sv", "Familjer")

type Told = tuple[int, str, str]
type Run = Callable[..., Told]


@pytest.fixture
def run(
    house: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command on the test's own desk: its exit code, what it told, what went wrong."""
    monkeypatch.setenv("DATABASE_URL", house.url)

    def command(*arguments: str) -> Told:
        capsys.readouterr()
        code = cli.main(["team", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def school(house: Database) -> str:
    """A service of PTV's class P6.1, of which nobody but P6's team knows."""
    with house.writing() as session:
        add_service(session, "school")
        wanted = select(Classification.uri).where(Classification.code == "P6.1")
        uri = session.scalars(wanted).one()
        session.add(ServiceClassification(service_id="school", uri=uri))
        body = update(Service).where(Service.id == "school")
        session.execute(body.values(responsible_id="body:kela"))
    return "school"


def owning(house: Database, service: str | None, area: str | None = None) -> str:
    with house.reading() as session:
        found = owner(session, service_id=service, area_id=area, language="fi", now=WEDNESDAY_NOON)
        return found.team.code


def logins(session: Session, code: str) -> list[str]:
    people = select(Person.login).join(Member).join(Team).where(Team.code == code)
    return list(session.scalars(people.order_by(Member.position)))


@pytest.mark.parametrize("what", ["service=school", "body=kela", "body=body:kela", "class=P6.1"])
def test_a_new_team_owns_what_it_answers_for(
    run: Run, house: Database, school: str, what: str
) -> None:
    # Of two teams that answer for the same, the older has it: the demo's teams give theirs up.
    assert run("demo-families", "--no-answers", "class=P6")[0] == 0
    assert run(owning(house, school), "--no-answers", "body=kela")[0] == 0
    assert owning(house, school) == LAST_RESORT
    code, told, _ = run(*NEW, "--member", "leena", "--lead", "aino", "--answers", what)
    assert code == 0
    assert "families: Perheet / Familjer" in told
    assert "lead: Aino Aalto (demo) (aino)" in told
    assert "member: Leena Lehto (demo) (leena)" in told
    assert owning(house, school) == "families"


def test_what_is_told_can_be_taken_back_as_it_was_shown(
    run: Run, house: Database, school: str
) -> None:
    before = owning(house, school)
    _, told, _ = run(*NEW, "--member", "leena", "--answers", "service=school,area=region:01")
    (shown,) = [line.split(": ")[1] for line in told.splitlines() if "answers for:" in line]
    assert owning(house, school, "municipality:091") == "families"
    assert owning(house, school, "municipality:853") == before
    code, told, _ = run("families", "--no-answers", shown)
    assert code == 0
    assert "answers for" not in told
    assert owning(house, school, "municipality:091") == before


def test_a_class_is_answered_for_with_all_under_it_and_nothing_twice(run: Run) -> None:
    _, once, _ = run(*NEW, "--answers", "class=P6")
    assert "class=P6\n" in once
    assert "class=P6.1" in once
    assert run("families", "--answers", "class=P6", "--answers", "class=P6.1")[1] == once


def test_a_team_is_renamed_and_its_people_come_and_go(run: Run, house: Database) -> None:
    run(*NEW, "--member", "leena", "--member", "eero", "--member", "leena")
    code, told, _ = run("families", "--sv", "Barnfamiljer", "--no-member", "leena")
    assert code == 0
    assert "families: Perheet / Barnfamiljer" in told
    run("families", "--member", "aino", "--member", "LEENA ")
    with house.reading() as session:
        assert logins(session, "families") == ["eero", "aino", "leena"]


def test_without_a_code_every_team_is_shown(run: Run) -> None:
    run(*NEW)
    code, told, _ = run()
    assert code == 0
    assert "families: " in told
    (last,) = [line for line in told.splitlines() if line.startswith(f"{LAST_RESORT}: ")]
    assert "whatever nobody else does" in last


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("families",), "needs --fi and --sv"),
        (("families", "--fi", "Perheet"), "needs --fi and --sv"),
        (("Perheet!", "--fi", "Perheet", "--sv", "Familjer"), "1 to 40 of a-z"),
        (("families", "--fi", " ", "--sv", "Familjer"), "1 to 120 characters"),
        (("families", "--fi", "P" * 121, "--sv", "Familjer"), "1 to 120 characters"),
        ((*NEW, "--member", "nobody"), "nobody who works here has the login nobody"),
        ((*NEW, "--lead", "nobody"), "nobody who works here has the login nobody"),
        ((*NEW, "--answers", "service=there-is-none"), "not hold service=there-is-none"),
        ((*NEW, "--answers", "body=there-is-none"), "not hold body=there-is-none"),
        ((*NEW, "--answers", "class=P6,area=mars"), "not hold area=mars"),
        ((*NEW, "--answers", "kind=church"), "not hold kind=church"),
        ((*NEW, "--answers", "colour=red"), "service, body, class"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_changed(
    run: Run, house: Database, arguments: tuple[str, ...], problem: str
) -> None:
    code, told, said = run(*arguments)
    assert code == 1
    assert told == ""
    assert said.startswith("luukku: ")
    assert problem in said
    with house.reading() as session:
        assert session.scalars(select(Team).where(Team.code == "families")).first() is None


@pytest.mark.parametrize("what", ["", "service", "service=", "=school", "service=a,,"])
def test_what_is_no_pair_ends_the_command_with_a_sentence(
    run: Run, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(*NEW, "--answers", what)
    assert "KEY=VALUE" in capsys.readouterr().err


def test_the_last_one_who_can_own_a_matter_stays(run: Run, house: Database) -> None:
    with house.reading() as session:
        everybody = logins(session, LAST_RESORT)
    asked = [part for login in everybody for part in ("--no-member", login)]
    code, _, said = run(LAST_RESORT, *asked)
    assert code == 1
    assert "is the last one" in said
    with house.reading() as session:
        assert logins(session, LAST_RESORT) == everybody
