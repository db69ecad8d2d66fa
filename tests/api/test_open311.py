"""Open311 GeoReport v2, as its clients meet it and as its specification writes it."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests as web
import uvicorn
import xmltodict
from fastapi.testclient import TestClient
from georeport import GeoReport
from sqlalchemy import select

from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.open311_place import FaultPlace
from catalog.faults import fault_services
from catalog.models import Service
from desk import tickets
from desk.models import Conversation, Message, Ticket, Turn
from tests.api.conftest import free_port
from tests.api.test_postgresql import cluster, loaded, pg, pg_desk  # noqa: F401  (fixtures)
from tests.foundation import Clock, DirectBot, PlantedFinder, doors_over, person

STREETS = "635054a2-1cfc-45b2-9f6c-aebba696666c"
ROADS = "2ddff976-0a28-4e66-ad91-9f7aefbc1afc"
REPORT = {
    "service_code": STREETS,
    "address_string": "Kauppakatu 5, 33100 Tampere",
    "lat": "61.4981",
    "long": "23.7608",
    "description": "Iso kuoppa suojatien kohdalla.",
}
W3 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def reported(client: TestClient, **more: str) -> dict[str, Any]:
    given = {name: value for name, value in (REPORT | more).items() if value}
    answer = client.post("/open311/v2/requests.json", data=given)
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()
    return dict(told)


def shown(client: TestClient, code: str, **query: str) -> dict[str, Any]:
    (one,) = client.get(f"/open311/v2/requests/{code}.json", params=query).json()
    return dict(one)


def listed(client: TestClient, **query: str) -> list[str]:
    found = client.get("/open311/v2/requests.json", params=query).json()
    return [one["service_request_id"] for one in found]


def ticket_of(house: Database, code: str) -> Ticket:
    with house.reading() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == code)).one()
        assert ticket.owner.active
        return ticket


# --- a public client, unmodified ---


@pytest.fixture
def address(botless_doors: Doors) -> Iterator[str]:
    port = free_port()
    config = uvicorn.Config(create_app(botless_doors), port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/open311/v2"
    botless_doors.listeners.close()
    server.should_exit = True
    thread.join(20)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_public_client_lists_services_and_follows_requests(address: str, form: str) -> None:
    for words in ("Kuoppa.", "Lamppu pimeänä."):
        posted = web.post(
            f"{address}/requests.json", data=REPORT | {"description": words}, timeout=10
        )
        assert posted.status_code == 200
    code = posted.json()[0]["service_request_id"]
    told = GeoReport(address, jurisdiction="Tampere", output_format=form)
    named = {one["service_code"]: one["service_name"] for one in told.get_service_list()}
    assert named[STREETS] == "Katujen ja yleisten alueiden kunnossapito"
    assert told.get_service_definition(STREETS)["service_code"] == STREETS
    one = told.get_service_request(code)
    assert one["service_request_id"] == code
    assert one["status"] == "open"
    assert one["description"] == "Lamppu pimeänä."
    assert one["address"] == "Kauppakatu 5, 33100 Tampere"
    assert float(one["lat"]) == 61.4981
    found = told.get_service_requests(service_code=STREETS, status="open")
    assert {one["description"] for one in found} == {"Kuoppa.", "Lamppu pimeänä."}
    again = told.get_service_requests(service_request_id=code, start_date="2010-01-01T00:00:00Z")
    assert code in str(again)


def test_the_public_client_meets_an_error_as_its_status(address: str) -> None:
    with pytest.raises(web.HTTPError, match="404"):
        GeoReport(address).get_service_request("LK-000-0000")


# --- what the specification says of each method ---


def test_discovery_tells_where_the_doors_are_in_both_formats(client: TestClient) -> None:
    found = client.get("/open311/v2/discovery.json").json()
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"] == "http://testserver/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    written = client.get("/open311/v2/discovery.xml")
    parsed = xmltodict.parse(written.content)["discovery"]
    assert parsed["endpoints"]["endpoint"]["formats"]["format"] == endpoint["formats"]
    assert written.headers["content-type"] == "text/xml; charset=utf-8"
    assert written.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<discovery>')


def test_both_formats_tell_the_same(client: TestClient) -> None:
    code = reported(client)["service_request_id"]
    for path, whole, item in (
        ("services", "services", "service"),
        (f"requests/{code}", "service_requests", "request"),
        (f"tokens/{code}", "service_requests", "request"),
    ):
        as_json = client.get(f"/open311/v2/{path}.json")
        assert as_json.headers["content-type"] == "application/json; charset=utf-8"
        parsed = xmltodict.parse(client.get(f"/open311/v2/{path}.xml").content, force_list=(item,))
        assert parsed[whole][item] == [
            {name: as_xml(value) for name, value in one.items()} for one in as_json.json()
        ]


def as_xml(value: Any) -> str | None:
    return None if value is None else str(value).lower() if value in (True, False) else str(value)


def test_services_have_the_fields_of_the_specification(client: TestClient) -> None:
    found = client.get("/open311/v2/services.json").json()
    assert [one["service_code"] for one in found] == list(fault_services())
    for one in found:
        assert set(one) == {
            "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
        }  # fmt: skip
        assert one["metadata"] is False
        assert one["type"] == "realtime"
        assert all(one[name] for name in ("service_name", "description", "keywords", "group"))


def test_services_are_named_in_the_language_asked_for(client: TestClient) -> None:
    swedish = [
        client.get("/open311/v2/services.json?lang=sv").json(),
        client.get("/open311/v2/services.json", headers={"Accept-Language": "sv-FI"}).json(),
    ]
    for found in swedish:
        assert found[0]["service_name"] == "Underhåll av gator och allmänna områden"
        assert found[0]["group"] == "Gator och parker"


def test_a_report_becomes_a_ticket_with_one_owner_and_a_due_time(
    client: TestClient, house: Database
) -> None:
    told = reported(client)
    ticket = ticket_of(house, told["service_request_id"])
    assert ticket.service_id == STREETS
    assert ticket.place == "Kauppakatu 5, 33100 Tampere (61.4981,23.7608)"
    assert "open311" in ticket.tags
    assert ticket.owner.name in told["service_notice"]
    assert ticket.code in told["service_notice"]
    assert told["expected_datetime"] == ticket.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    with house.reading() as session:
        talk = session.get_one(Conversation, ticket.conversation_id)
        assert talk.municipality_id == "municipality:837"
        (turn,) = session.scalars(select(Turn).where(Turn.conversation_id == talk.id))
        assert (turn.kind, turn.ticket_id) == ("handover", ticket.id)


def test_the_secret_that_is_told_opens_the_ticket(client: TestClient) -> None:
    told = reported(client)
    secret = re.search(r"salasana (\w+)", told["service_notice"])
    assert secret is not None
    headers = {"X-Ticket-Secret": secret[1]}
    state = client.get(f"/api/tickets/{told['service_request_id']}", headers=headers)
    assert state.status_code == 200


def test_a_request_is_shown_with_the_fields_of_the_specification(client: TestClient) -> None:
    one = shown(client, reported(client)["service_request_id"])
    assert list(one) == [
        "service_request_id", "status", "status_notes", "service_name", "service_code",
        "description", "agency_responsible", "service_notice", "requested_datetime",
        "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long",
        "media_url",
    ]  # fmt: skip
    assert "Tampere" in one["agency_responsible"]
    assert one["zipcode"] == "33100"
    assert (one["lat"], one["long"]) == (61.4981, 23.7608)
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert W3.fullmatch(one[name])


def test_a_report_that_is_closed_says_when(
    client: TestClient, house: Database, clock: Clock
) -> None:
    code = reported(client)["service_request_id"]
    clock.forward(hours=5)
    with house.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == code)).one()
        tickets.answer(session, ticket, person(session, "eero"), "Korjattu.", now=clock())
        tickets.close(session, ticket, person(session, "eero"), now=clock())
    one = shown(client, code)
    assert one["status"] == "closed"
    updated = datetime.fromisoformat(one["updated_datetime"])
    assert updated == clock().replace(microsecond=0)
    assert "Korjattu" not in str(one)
    assert listed(client, status="closed") == [code]
    assert listed(client, status="open") == []


def test_a_swedish_report_is_answered_in_swedish(client: TestClient, house: Database) -> None:
    told = reported(client, description="Det är ett stort hål i gatan vid skolan.")
    assert "Jag tar hand om det här" in told["service_notice"]
    assert ticket_of(house, told["service_request_id"]).language == "sv"


# --- which requests ---


def test_requests_are_filtered_by_code_service_status_and_time(
    client: TestClient, clock: Clock
) -> None:
    first = reported(client, description="Vanha kuoppa")["service_request_id"]
    clock.forward(days=40)
    second = reported(client, description="Uusi", service_code=ROADS)["service_request_id"]
    assert listed(client) == [second, first]
    assert listed(client, service_code=ROADS) == [second]
    assert listed(client, service_code=f"{ROADS},{STREETS}") == [second, first]
    assert listed(client, service_request_id=f"{first},LK-000-0000", status="closed") == [first]
    assert listed(client, end_date="2026-03-20T00:00:00Z") == [first]
    assert listed(client, start_date="2026-03-20T00:00:00+02:00") == [second]
    assert listed(client, status="open,closed", page_size="1") == [second]
    assert listed(client, page_size="1", page="2") == [first]
    clock.forward(days=60)
    assert listed(client) == [second]
    assert listed(client, start_date="2026-03-01T00:00:00Z") == [second, first]


def test_a_span_of_more_than_90_days_is_cut_to_its_last_90(
    client: TestClient, clock: Clock
) -> None:
    reported(client)
    clock.forward(days=100)
    span = {"start_date": "2020-01-01T00:00:00Z", "end_date": clock().isoformat()}
    assert listed(client, **span) == []


def test_a_place_that_is_asked_for_shows_its_own_requests(client: TestClient) -> None:
    code = reported(client)["service_request_id"]
    assert listed(client, jurisdiction_id="tampere.fi") == [code]
    assert listed(client, jurisdiction_id="091") == []
    named = reported(client, jurisdiction_id="Helsinki", address_string="Hämeentie 3")
    assert listed(client, jurisdiction_id="Helsingfors") == [named["service_request_id"]]


# --- what is public and what is not ---


def test_a_ticket_of_the_chat_is_never_shown(client: TestClient) -> None:
    message = {"message_id": uuid.uuid4().hex, "text": "kuoppa Kauppakadulla"}
    ticket = client.post("/api/chat", json=message).json()["outcome"]["ticket"]
    assert listed(client) == []
    assert listed(client, service_request_id=ticket["code"]) == []
    for path in ("requests", "tokens"):
        assert client.get(f"/open311/v2/{path}/{ticket['code']}.json").status_code == 404


def test_contacts_and_identity_codes_are_never_shown(client: TestClient, house: Database) -> None:
    private = {
        "description": "Kuoppa. Terv. 131052-308T, soita 040 123 4567",
        "address_string": "Kauppakatu 5, puh. 050 765 4321",
        "email": "Matti.M@example.org",
        "phone": "+358 40 123 4567",
        "first_name": "Matti",
        "last_name": "Meikäläinen",
        "media_url": "https://pictures.example.org/1.jpg",
    }
    told = reported(client, **private)
    ticket = ticket_of(house, told["service_request_id"])
    assert set((ticket.contact or "").split()) == {"matti.m@example.org", "+358401234567"}
    everything = client.get("/open311/v2/requests.xml").text
    for secret in ("131052", "123 4567", "1234567", "765", "matti", "Meikäl", "pictures"):
        assert secret.lower() not in everything.lower()
    assert "Kuoppa. Terv. [ID]" in everything
    with house.reading() as session:
        said = session.scalars(select(Message.text).where(Message.ticket_id == ticket.id)).all()
        assert "https://pictures.example.org/1.jpg" in said
        assert not [one for one in said if "Meikäläinen" in one or "131052" in one]


def test_a_report_of_danger_names_112_and_its_text_is_not_shown(
    client: TestClient, house: Database
) -> None:
    told = reported(client, description="mies ei hengitä bussipysäkillä")
    assert "112" in told["service_notice"]
    ticket = ticket_of(house, told["service_request_id"])
    assert ticket.priority == "urgent"
    assert shown(client, ticket.code)["description"] is None


# --- reports that come again ---


def test_the_same_report_within_minutes_is_the_same_request(
    client: TestClient, clock: Clock
) -> None:
    first = reported(client)
    clock.forward(minutes=8)
    again = reported(client)
    assert again["service_request_id"] == first["service_request_id"]
    assert "salasana" not in again["service_notice"]
    clock.forward(minutes=11)
    assert reported(client)["service_request_id"] != first["service_request_id"]


@pytest.mark.parametrize(
    "other",
    [
        {"description": "Toinen kuoppa."},
        {"address_string": "Kauppakatu 7, Tampere"},
        {"lat": "61.5"},
        {"email": "toinen@example.org"},
        {"service_code": ROADS},
    ],
)
def test_another_report_is_another_request(client: TestClient, other: dict[str, str]) -> None:
    assert (
        reported(client, **other)["service_request_id"] != (reported(client)["service_request_id"])
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_same_report_at_the_same_moment_is_one_ticket(
    database: str, request: pytest.FixtureRequest, tmp_path: Any
) -> None:
    names = {"sqlite": ("house", "desk"), "postgresql": ("pg", "pg_desk")}[database]
    kept, desk = (request.getfixturevalue(name) for name in names)
    app = create_app(doors_over(kept, desk, DirectBot(desk), tmp_path))
    with TestClient(app) as client, ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: reported(client), range(6)))
        assert len({one["service_request_id"] for one in told}) == 1
        assert len(listed(client)) == 1


# --- errors ---


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": str(uuid.uuid4())}, 404, "service_code"),
        ({"address_string": "", "lat": "", "long": ""}, 400, "address_string"),
        ({"address_string": "", "long": ""}, 400, "address_string"),
        ({"lat": "91"}, 400, "lat"),
        ({"long": "itä"}, 400, "long"),
        ({"lat": "nan"}, 400, "lat"),
        ({"description": "a" * 4001}, 400, "description"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ({"media_url": "javascript:1"}, 400, "media_url"),
    ],
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_wrong_report_is_refused_by_a_list_of_errors(
    client: TestClient, given: dict[str, str], status: int, says: str, form: str
) -> None:
    data = {name: value for name, value in (REPORT | given).items() if value}
    answer = client.post(f"/open311/v2/requests.{form}", data=data)
    assert answer.status_code == status
    if form == "xml":
        error = xmltodict.parse(answer.content)["errors"]["error"]
    else:
        (error,) = answer.json()
    assert error["code"] in (status, str(status))
    assert says in error["description"]
    assert listed(client) == []


def test_several_errors_are_told_together_in_the_language_asked_for(client: TestClient) -> None:
    answer = client.post("/open311/v2/requests.json?lang=sv", data={"lat": "x", "long": "y"})
    assert [one["description"] for one in answer.json()] == [
        "Fältet service_code saknas.",
        "Värdet i fältet lat duger inte.",
        "Värdet i fältet long duger inte.",
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/none.json", 404),
        (f"services/{STREETS}.csv", 404),
        ("services.json?jurisdiction_id=nowhere", 404),
        ("requests/LK-000-0000.xml", 404),
        ("tokens/none.xml", 404),
        ("requests.json?status=lost", 400),
        ("requests.json?start_date=yesterday", 400),
        ("requests.json?page=0", 400),
        ("nothing.xml", 404),
    ],
)
def test_what_is_not_there_is_told_so(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/open311/v2/{path}")
    assert answer.status_code == status
    if path.endswith(".xml"):
        assert xmltodict.parse(answer.content)["errors"]["error"]["code"] == str(status)
    else:
        assert answer.json()[0]["code"] == status


def test_a_body_over_the_limit_is_refused_by_a_list_of_errors(client: TestClient) -> None:
    answer = client.post("/open311/v2/requests.json", data=REPORT | {"more": "a" * 300_000})
    assert answer.status_code == 413
    assert answer.json()[0]["code"] == 413


def test_what_no_xml_can_hold_leaves_the_xml_whole(client: TestClient) -> None:
    reported(client, description="Kuoppa \x00\x08\ufffe <b>&amp; ]]> \U0001f573")
    parsed = xmltodict.parse(client.get("/open311/v2/requests.xml").content)
    assert "<b>&amp; ]]> \U0001f573" in parsed["service_requests"]["request"]["description"]


# --- the place ---


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        (FaultPlace("Kauppakatu 5", None), "Kauppakatu 5"),
        (FaultPlace(None, (60.1699, 24.9384)), "60.1699,24.9384"),
        (FaultPlace("Kauppakatu 5", (-1.0, 0.000001)), "Kauppakatu 5 (-1.0,0.000001)"),
        (FaultPlace(None, None), ""),
    ],
)
def test_a_place_is_read_as_it_was_kept(place: FaultPlace, kept: str) -> None:
    assert place.kept == kept
    assert FaultPlace.read(kept) == place


# --- the chat ---


def test_a_fault_told_in_the_chat_keeps_its_place_on_the_ticket(
    botless_doors: Doors, house: Database, planted: PlantedFinder
) -> None:
    planted.plant("kuoppa", (STREETS, 0.9))
    with TestClient(create_app(botless_doors)) as client:
        message = {"message_id": uuid.uuid4().hex, "text": "Iso kuoppa Kauppakadulla 5:n edessä"}
        ticket = client.post("/api/chat", json=message).json()["outcome"]["ticket"]
    assert ticket_of(house, ticket["code"]).place == "Kauppakatu 5"


def test_every_fault_service_is_in_the_catalogue(house: Database) -> None:
    with house.reading() as session:
        wanted = select(Service.id).where(Service.id.in_(fault_services()))
        assert set(session.scalars(wanted)) == set(fault_services())
