"""Who of the staff saw and changed what is in a log that nobody can rewrite unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from api import deeds
from api.database import Database
from api.page_texts import LANGUAGES, texts
from desk import access
from desk.door_records import AccessEntry
from desk.models import Ticket
from tests.api.privacy_doors import (
    MARKER,
    Own,
    form,
    house,
    log_in,
    matter,
)
from tests.api.test_roles import ASKS
from tests.foundation import Clock, person

__all__ = ["house"]  # a fixture

YEARS = timedelta(days=1825)

type Told = tuple[str, str, str, str]


@pytest.fixture
def eero(client: TestClient) -> TestClient:
    return log_in(client, "eero")


def told(house: Database) -> list[Told]:
    """The log as (login, act, what, about), oldest first."""
    with house.reading() as session:
        people = {person(session, login).id: login for login in ("eero", "aino")}
        rows = session.scalars(select(AccessEntry).order_by(AccessEntry.id))
        return [(people[one.person_id], one.act, one.what, one.about) for one in rows]


def test_opening_a_matter_a_search_and_an_answer_are_each_an_entry(
    client: TestClient, eero: TestClient, house: Database
) -> None:
    own = matter(client, f"Missä neuvola on? {MARKER}")
    eero.get(f"/staff/tickets/{own.code}")
    eero.get(f"/staff?find={MARKER}")
    form(eero, f"/staff/tickets/{own.code}/answer", text="Keskuskadulla.")
    assert told(house) == [
        ("eero", "saw", "ticket", own.code),
        ("eero", "saw", "search", "search"),
        ("eero", "changed", "answer", own.code),
    ]
    with house.reading() as session:
        assert access.verify(session, kept=YEARS, now=client.app.state.doors.desk.now()) is None


def test_the_same_page_again_within_minutes_is_one_entry_and_later_another(
    client: TestClient, eero: TestClient, house: Database, clock: Clock
) -> None:
    own = matter(client, "Missä neuvola on?")
    for _ in range(3):
        eero.get(f"/staff/tickets/{own.code}")
        eero.get(f"/staff/live/thread/{own.code}")
    assert len(told(house)) == 1
    clock.forward(minutes=11)
    eero.get(f"/staff/tickets/{own.code}")
    assert len(told(house)) == 2


def test_a_refused_page_and_a_form_that_changes_nothing_are_no_entries(
    client: TestClient, eero: TestClient, house: Database
) -> None:
    own = matter(client, "Missä neuvola on?")
    assert eero.get("/staff/tickets/LK-000-0000").status_code == 404
    assert eero.get("/staff/ledger").status_code == 403
    assert form(eero, f"/staff/tickets/{own.code}/answer", text=" ").status_code == 422
    assert told(house) == [("eero", "saw", "ticket", own.code)]  # the page of the refused form


def test_an_entry_is_committed_with_the_change_or_neither_is(
    client: TestClient, eero: TestClient, house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = matter(client, "Missä neuvola on?")

    def away(*_: object, **__: object) -> None:
        raise OperationalError("insert into access_entry", {}, Exception("disk full"))

    monkeypatch.setattr(access.chain, "append", away)
    assert form(eero, f"/staff/tickets/{own.code}/answer", text="Keskus.").status_code == 503
    assert eero.get(f"/staff/tickets/{own.code}").status_code == 503  # unseen, since not noted
    monkeypatch.undo()
    assert told(house) == []
    with house.reading() as session:
        assert session.scalars(select(Ticket.stage).where(Ticket.code == own.code)).one() == "open"


def test_a_customers_other_matter_that_the_page_shows_is_seen_too(
    client: TestClient, eero: TestClient, house: Database
) -> None:
    first = matter(client, "Missä neuvola on?")
    form(eero, f"/staff/tickets/{first.code}/answer", text="Keskuskadulla.")
    form(eero, f"/staff/tickets/{first.code}/close")
    again = client.post(
        "/api/chat",
        json={
            "message_id": "toinen-viesti",
            "text": "Entä päiväkoti?",
            "conversation_id": first.conversation_id,
        },
    ).json()["outcome"]["ticket"]["code"]
    assert again != first.code
    eero.get(f"/staff/tickets/{again}")
    assert ("eero", "saw", "history", first.code) in told(house)


def test_a_change_of_roles_names_the_person_and_not_the_form(
    client: TestClient, house: Database
) -> None:
    aino = log_in(client, "aino")
    with house.writing() as session:
        eero, boss = person(session, "eero"), person(session, "aino")
        boss.roles = [*boss.roles, "admin"]
        number = str(eero.id)
    answer = form(aino, "/staff/people/roles", person=number, role="lead")
    assert answer.status_code == 303
    assert ("aino", "changed", "roles", "eero") in told(house)


def test_every_task_of_the_staff_has_a_name_in_both_languages() -> None:
    names = {deeds.name_of(path.removeprefix("/staff").strip("/")) for _, path in ASKS}
    # Nobody is signed in yet, or the address only leads on; "why" is a page of the ticket.
    named = names - {"login", "oidc", "tickets", "why"}
    assert {"ticket", "answer", "roles", "search", "queue"} <= named
    for language in LANGUAGES:
        kept = texts("privacy", language)
        assert {one for one in named if f"what_{one}" not in kept} == set()


# --- the chain ---


@pytest.fixture
def long_log(house: Database, clock: Clock) -> list[int]:
    """Ten entries, the first half of them six years before the rest."""
    with house.writing() as session:
        who = person(session, "eero").id
        for number in range(10):
            at = clock() - (timedelta(days=2_190) if number < 5 else timedelta(0))
            access.note(session, who, "saw", [access.Thing("ticket", f"LK-{number}")], now=at)
        return list(session.scalars(select(AccessEntry.id).order_by(AccessEntry.id)))


def broken_at(house: Database, clock: Clock) -> int | None:
    with house.reading() as session:
        found = access.verify(session, kept=YEARS, now=clock())
        return found.id if found else None


def test_who_changes_or_removes_an_entry_breaks_the_chain_there(
    house: Database, clock: Clock, long_log: list[int]
) -> None:
    assert broken_at(house, clock) is None
    with house.writing() as session:
        session.execute(update(AccessEntry).where(AccessEntry.id == 7).values(about="LK-0"))
    assert broken_at(house, clock) == 7
    with house.writing() as session:
        session.execute(delete(AccessEntry).where(AccessEntry.id == 7))
    assert broken_at(house, clock) == 8


def test_old_entries_go_and_the_rest_stays_verifiable(
    house: Database, clock: Clock, long_log: list[int]
) -> None:
    with house.writing() as session:
        assert access.forget(session, kept=YEARS, now=clock()) == 4
        assert access.forget(session, kept=YEARS, now=clock()) == 0
        who = person(session, "aino").id
        access.note(session, who, "saw", [access.Thing("ticket", "LK-new")], now=clock())
    assert broken_at(house, clock) is None
    with house.reading() as session:
        assert session.scalars(select(func.min(AccessEntry.id))).one() == 5


def test_who_cuts_away_entries_that_are_not_old_is_found_out(
    house: Database, clock: Clock, long_log: list[int]
) -> None:
    with house.writing() as session:
        session.execute(delete(AccessEntry).where(AccessEntry.id < 8))
    assert broken_at(house, clock) == 8


# --- the page ---


@pytest.fixture
def auditor(client: TestClient, house: Database) -> TestClient:
    with house.writing() as session:
        person(session, "aino").roles = ["auditor"]
    return log_in(client, "aino")


@pytest.fixture
def seen(client: TestClient, eero: TestClient) -> Own:
    own = matter(client, "Missä neuvola on?")
    eero.get(f"/staff/tickets/{own.code}")
    return own


def test_the_page_finds_entries_by_code_person_and_day(
    auditor: TestClient, seen: Own, house: Database, clock: Clock
) -> None:
    row = f"about={seen.code}"
    with house.reading() as session:
        eero, aino = person(session, "eero").id, person(session, "aino").id
    today = clock().date().isoformat()
    for query, found in (
        ("", True),
        (f"?about={seen.code.replace('-', ' ')}", True),
        ("?about=aino", False),
        (f"?person={eero}", True),
        (f"?person={aino}", False),
        (f"?day={today}", True),
        ("?day=2020-01-01", False),
    ):
        page = auditor.get(f"/staff/access{query}")
        assert page.status_code == 200
        assert (row in page.text) is found, query
    assert auditor.get("/staff/access?about=LK-111-1111").status_code == 422
    assert auditor.get("/staff/access?day=eilen").status_code == 422
    assert auditor.get("/staff/access?day=9999-12-31").status_code == 422


def test_who_reads_the_log_is_in_it(auditor: TestClient, house: Database) -> None:
    auditor.get("/staff/access")
    assert ("aino", "saw", "access", "access") in told(house)


def test_the_button_tells_whether_the_log_is_whole(
    auditor: TestClient, seen: Own, house: Database
) -> None:
    assert "Loki on eheä" in form(auditor, "/staff/access?lang=fi").text
    with house.writing() as session:
        session.execute(update(AccessEntry).where(AccessEntry.id == 1).values(about="LK-0"))
    assert "Merkintä 1 ei ole" in form(auditor, "/staff/access?lang=fi").text
