"""Doors that only look: services, the state of a ticket, health."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from catalog.find import Finder
from catalog.models import OpeningHours, Promise, PromiseText
from desk import tickets
from desk.models import Ticket
from tests.foundation import (
    Clock,
    DirectBot,
    PlantedFinder,
    add_channel,
    add_service,
    doors_over,
    person,
)


def a_ticket(client: TestClient, text: str = "hukkasin passin") -> dict[str, Any]:
    message = {"message_id": uuid.uuid4().hex, "text": text}
    told: dict[str, Any] = client.post("/api/chat", json=message).json()
    return told["outcome"]["ticket"] | {"conversation_id": told["conversation_id"]}


def look(client: TestClient, code: str, secret: str) -> Any:
    return client.get(f"/api/tickets/{code}", headers={"X-Ticket-Secret": secret.encode("latin-1")})


# --- services ---


def test_services_are_found_in_the_customers_words_best_first(
    house: Database, desk: Desk, real_finder: Finder, tmp_path: Path
) -> None:
    finding = replace(desk, finder=lambda: real_finder)
    doors = doors_over(house, finding, DirectBot(finding), tmp_path)
    with TestClient(create_app(doors)) as client:
        found = client.get("/api/services", params={"q": "mistä saan ajokortin"}).json()
        swedish = client.get("/api/services", params={"q": "körkort", "language": "sv"}).json()
    assert 1 <= len(found) <= 10
    assert "ajokor" in found[0]["name"].lower()
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1.001
    assert "körkort" in swedish[0]["name"].lower()


@pytest.mark.parametrize(
    "query", ["", "?language=fi", "?q=", "?q=passi&language=en", "?q=" + "x" * 501]
)
def test_a_search_without_a_proper_question_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/api/services{query}").status_code == 422


def test_a_search_that_finds_nothing_is_an_empty_list(client: TestClient) -> None:
    assert client.get("/api/services", params={"q": "  "}).json() == []


def test_a_service_is_told_whole_in_the_language_asked_for(
    client: TestClient, house: Database
) -> None:
    with house.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi", "sv": "Pass"}, charge="Chargeable")
        add_channel(session, "s1", "c1", OpeningHours(weekday=2, opens=time(9), closes=time(16)))
        session.add(
            Promise(
                service_id="s1",
                measure="answered",
                amount=3,
                unit="working_days",
                texts=[PromiseText(language="sv", text="Svar inom tre vardagar.")],
            )
        )
    told = client.get("/api/services/s1", params={"language": "sv"}).json()
    assert (told["name"], told["language"], told["charge"]) == ("Pass", "sv", "Chargeable")
    assert told["channels"][0]["name"] == "Rådgivning"
    assert told["promises"] == ["Svar inom tre vardagar."]
    assert told["responsible"] is None  # the desk answers for it


def test_a_service_without_the_language_is_told_in_one_that_it_has(
    client: TestClient, house: Database
) -> None:
    with house.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi"})
    told = client.get("/api/services/s1", params={"language": "sv"}).json()
    assert (told["name"], told["language"]) == ("Passi", "fi")


def test_every_shipped_service_can_be_told(client: TestClient, house: Database) -> None:
    from catalog.models import Service

    with house.reading() as session:
        ids = list(session.scalars(select(Service.id).order_by(Service.id)))[::60]
    for service_id in ids:
        told = client.get(f"/api/services/{service_id}")
        assert told.status_code == 200
        assert told.json()["name"]


@pytest.mark.parametrize("service_id", ["unknown", "%00", "..", "' or 1=1 --"])
def test_an_unknown_service_is_not_found(client: TestClient, service_id: str) -> None:
    answer = client.get(f"/api/services/{service_id}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "fi", "sv"}


@pytest.mark.parametrize("municipality", ["753", "Sipoo", "Sibbo", "sipoossa"])
def test_a_service_names_who_answers_in_the_municipality_asked_for(
    client: TestClient, house: Database, municipality: str
) -> None:
    with house.writing() as session:
        add_service(session, "s1", responsible_kind="county", responsible_rule="health-2023")
    asked = {"language": "sv", "municipality": municipality}
    assert client.get("/api/services/s1", params=asked).json()["responsible"] == (
        "Östra Nylands välfärdsområde"
    )


@pytest.mark.parametrize("municipality", ["", "999", "Ei mikään", "\0", "Espoo ja Turku"])
def test_a_municipality_that_nobody_knows_is_as_none(
    client: TestClient, house: Database, municipality: str
) -> None:
    with house.writing() as session:
        add_service(session, "s1", responsible_kind="county", responsible_rule="health-2023")
    told = client.get("/api/services/s1", params={"municipality": municipality})
    assert told.status_code == 200
    assert told.json()["responsible"] == "hyvinvointialueesi"
    found = client.get("/api/services", params={"q": "koe", "municipality": municipality})
    assert found.status_code == 200


def test_a_town_s_own_service_is_found_by_its_own_people_alone(
    house: Database, desk: Desk, real_finder: Finder, tmp_path: Path
) -> None:
    finding = replace(desk, finder=lambda: real_finder)
    doors = doors_over(house, finding, DirectBot(finding), tmp_path)
    asked = {"q": "Sipoon opiston opistoblogi"}
    with TestClient(create_app(doors)) as client:
        found = {
            place: [
                one["name"]
                for one in client.get(
                    "/api/services", params=asked | {"municipality": place}
                ).json()
            ]
            for place in ("Sipoo", "091")
        }
    assert found["Sipoo"][0] == "Sipoon opiston opistoblogi"
    assert "Sipoon opiston opistoblogi" not in found["091"]


# --- tickets ---


def test_a_ticket_is_told_to_who_knows_its_secret(
    client: TestClient, house: Database, clock: Clock
) -> None:
    given = a_ticket(client)
    state = look(client, given["code"], given["secret"]).json()
    assert (state["code"], state["stage"], state["owner"]) == (
        given["code"],
        "open",
        given["owner"],
    )
    assert state["due_at"] == given["due_at"]
    assert state["subject"] == "hukkasin passin"
    assert [line["text"] for line in state["lines"]] == ["hukkasin passin"]
    with house.writing() as session:
        ticket = session.scalars(select(Ticket)).one()
        tickets.answer(session, ticket, person(session, "eero"), "Löytyi!", now=clock())
    state = look(client, given["code"].lower(), given["secret"].upper()).json()
    assert state["stage"] == "answered"
    assert state["lines"][-1]["text"] == "Löytyi!"
    assert state["lines"][-1]["name"] == "Eero Ek (demo)"


def test_a_wrong_code_and_a_wrong_secret_are_answered_alike(client: TestClient) -> None:
    given = a_ticket(client)
    answers = [
        look(client, given["code"], "wrong"),
        look(client, given["code"], ""),
        look(client, given["code"], "å" * 10),
        look(client, "LK-000-0000", given["secret"]),
        look(client, "LK-123-4567", given["secret"]),
        client.get(f"/api/tickets/{given['code']}"),
    ]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1


def test_a_ticket_tells_nothing_of_another_matter_of_the_same_talk(
    client: TestClient, house: Database, clock: Clock
) -> None:
    given = a_ticket(client)
    with house.writing() as session:
        ticket = session.scalars(select(Ticket)).one()
        tickets.close(session, ticket, ticket.owner, now=clock())
    message = {
        "message_id": uuid.uuid4().hex,
        "text": "toinen asia",
        "conversation_id": given["conversation_id"],
    }
    other = client.post("/api/chat", json=message).json()["outcome"]["ticket"]
    lines = look(client, other["code"], other["secret"]).json()["lines"]
    assert [line["text"] for line in lines] == ["toinen asia"]


def test_the_contact_and_the_secret_are_never_among_what_is_told(client: TestClient) -> None:
    given = a_ticket(client, "hukkasin passin, soittakaa 040 123 4567 kun siitä kuuluu jotain")
    told = look(client, given["code"], given["secret"]).text
    assert "1234567" not in told
    assert "123 4567" not in told
    assert given["secret"] not in told


# --- health ---


def test_messages_are_taken_before_the_bot_answers(client: TestClient) -> None:
    assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 503


def test_the_desk_is_ready_when_the_bot_answers(
    house: Database, desk: Desk, tmp_path: Path, planted: PlantedFinder
) -> None:
    doors = doors_over(house, desk, DirectBot(desk), tmp_path)
    with TestClient(create_app(doors)) as client:
        assert client.get("/ready").json()["status"] == "ok"
