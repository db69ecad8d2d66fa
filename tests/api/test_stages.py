"""What a matter goes through, in the service's card and on the customer's page."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.doors import Doors
from catalog.demo import ensure_demo
from desk.models import Ticket
from tests.foundation import WEDNESDAY_NOON, Talk, add_service

PLAN = "b1171fff-abc7-49bf-ba0b-f99730f45329"  # Asemakaavoitukseen vaikuttaminen


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    with botless_doors.desk.writing() as session:
        ensure_demo(session, now=WEDNESDAY_NOON)
        add_service(session, "unstaged")
    with TestClient(create_app(botless_doors)) as client:
        yield client


def matter(doors: Doors, service_id: str, language: str = "fi") -> dict[str, str]:
    told = Talk(doors.desk, language).write("Kaava-asia", "ask_person")
    assert told.ticket is not None
    with doors.desk.writing() as session:
        session.get_one(Ticket, told.ticket.id).service_id = service_id
    return {
        "code": told.ticket.code,
        "secret": doors.desk.keys.ticket_secret(told.ticket.code),
    }


def page(client: TestClient, mine: dict[str, str], language: str) -> str:
    return html.unescape(client.post(f"/ticket?lang={language}", data=mine).text)


@pytest.mark.parametrize(("language", "words"), [("fi", "30 päivää"), ("sv", "30 dagar")])
def test_the_service_card_tells_the_stages(client: TestClient, language: str, words: str) -> None:
    told = client.get(f"/api/services/{PLAN}", params={"language": language}).json()["stages"]
    assert len(told) == 5
    wait = told[2]
    assert (wait["amount"], wait["unit"], wait["duration"]) == (30, "days", words)
    assert wait["statutory"]
    assert "895/1999, 27 §" in wait["source"]
    assert client.get("/api/services/unstaged").json()["stages"] == []


def test_the_customer_reads_the_stages_and_who_knows_where_the_matter_is(
    client: TestClient, botless_doors: Doors
) -> None:
    mine = matter(botless_doors, PLAN)
    seen = page(client, mine, "fi")
    assert "Miten asia etenee" in seen
    assert "Kaavaehdotus on nähtävillä" in seen
    assert "30 päivää" in seen
    assert "Laki määrää tämän vaiheen" in seen
    assert "Demon esimerkki, tarkista lähteestä." in seen
    assert "Oman asiasi vaiheen tietää " in seen
    swedish = page(client, mine, "sv")
    assert "Planförslaget är framlagt" in swedish
    assert "I vilket skede just ditt ärende är vet " in swedish


def test_a_matter_whose_stages_nobody_has_told_shows_none(
    client: TestClient, botless_doors: Doors
) -> None:
    assert "Miten asia etenee" not in page(client, matter(botless_doors, "unstaged"), "fi")
