"""Letters of other languages come through every door as they were written, and staff see whose."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.database import Database
from api.doors import Doors
from desk.models import Conversation, Ticket
from tests.api.conftest import DEMO_PASSWORD
from tests.foundation import PlantedFinder, add_service

SAMI = [
    "Mun dárbbašan veahki go lean fárren Ohcejohkii, áčđŋšŧž",
    "Mun lam anarâš já halijdâm palvâlus anarâškielân",
    "Mon taarbšam veäʹǩǩ sääʹmǩiõʹlle: âõǥǧǩʒǯ",
]
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture
def customer(doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(doors)) as client:
        yield client


@pytest.fixture
def staff(customer: TestClient) -> TestClient:
    return signed_in(customer, DEMO_PASSWORD)


def signed_in(customer: TestClient, password: str) -> TestClient:
    client = TestClient(customer.app, follow_redirects=True)
    form = {"login": "eero", "password": password}
    assert client.post("/staff/login?lang=fi", data=form).status_code == 200
    return client


def write(client: TestClient, text: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/chat", json={"message_id": uuid.uuid4().hex, "text": text, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("text", SAMI)
def test_sami_letters_come_back_in_the_chat_and_on_the_ticket_page(
    customer: TestClient, text: str
) -> None:
    told = write(customer, text)
    ticket = told["outcome"]["ticket"]
    lines = customer.get(f"/api/chat/{told['conversation_id']}").json()
    assert lines[0]["text"] == text
    assert lines[0]["language"] in ("se", "smn", "sms")
    state = customer.get(
        f"/api/tickets/{ticket['code']}", headers={"X-Ticket-Secret": ticket["secret"]}
    ).json()
    assert state["subject"] == text
    shown = customer.post("/ticket?lang=fi", data={k: ticket[k] for k in ("code", "secret")})
    assert html.unescape(shown.text).count(text) == 2  # the subject and the line
    chat = customer.post("/chat", data={"conversation_id": told["conversation_id"], "show": "1"})
    assert text in html.unescape(chat.text)


@pytest.mark.parametrize("text", SAMI)
def test_sami_letters_are_read_and_answered_on_the_staff_page(
    customer: TestClient, staff: TestClient, text: str
) -> None:
    told = write(customer, text)
    code = told["outcome"]["ticket"]["code"]
    assert text in html.unescape(staff.get("/staff?show=all&lang=fi").text)
    page = staff.get(f"/staff/tickets/{code}?lang=fi").text
    assert text in html.unescape(page)
    token = TOKEN.search(page)
    assert token is not None
    answer = "Buorre beaivi, čále midjiide ođđasit: ŋŧǥǩʒ"
    staff.post(f"/staff/tickets/{code}/answer", data={"form_token": token[1], "text": answer})
    said = customer.get(f"/api/chat/{told['conversation_id']}/events").json()
    assert said[-1]["text"] == answer


def test_a_sami_name_within_finnish_is_found_and_shown(
    open_doors: Doors, house: Database, planted: PlantedFinder
) -> None:
    name = "Sámi oahpahusguovddáš – säämi máttááttâskuávdáš"
    with house.writing() as session:
        add_service(session, "s1", texts={"fi": name, "sv": name})
    planted.plant("sámi", ("s1", 0.9))
    with TestClient(create_app(open_doors)) as client:
        told = write(client, "mistä löydän Sámi oahpahusguovddáš -koulun")
        assert told["outcome"]["services"][0]["name"] == name
        assert name in told["replies"][1]["text"]
        hits = client.get("/api/services", params={"q": "Sámi oahpahusguovddáš"}).json()
        assert name in str(hits)


def test_a_municipality_by_its_sami_name_is_where_the_customer_is(
    botless_doors: Doors, house: Database
) -> None:
    with TestClient(create_app(botless_doors)) as client:
        told = write(client, "Mun orun Ohcejogas ja dárbbašan veahki")
    with house.reading() as session:
        conversation = session.get_one(Conversation, told["conversation_id"])
        assert conversation.municipality_id == "municipality:890"


def test_a_reply_says_which_language_it_is_in(customer: TestClient) -> None:
    told = write(customer, "где получить новый паспорт", language="sv")
    assert told["language"] == "sv"
    assert [one["language"] for one in told["replies"][:3]] == ["ru", "ru", None]
    page = customer.post("/chat", data={"conversation_id": told["conversation_id"], "show": "1"})
    assert '<p class="said" lang="ru" dir="auto">Это автоматическая служба' in page.text


def test_staff_see_the_language_and_the_other_tags_in_words(
    customer: TestClient, staff: TestClient, doors: Doors
) -> None:
    code = write(customer, "где получить новый паспорт")["outcome"]["ticket"]["code"]
    with doors.desk.writing() as session:
        ticket = session.query(Ticket).filter_by(code=code).one()
        ticket.tags = [*ticket.tags, "callback", "whatever"]
    for language, words in {
        "fi": ["kieli: venäjä (ru)", "soittopyyntö", "whatever"],
        "sv": ["språk: ryska (ru)", "ring upp", "whatever"],
    }.items():
        for path in ("/staff?show=all&", f"/staff/tickets/{code}?"):
            shown = staff.get(f"{path}lang={language}").text
            for word in words:
                assert f'<span class="tag">{word}</span>' in shown
    assert 'lang="ru" dir="auto">где получить' in staff.get("/staff?show=all&lang=fi").text
    assert "Asiakkaan kieli on venäjä." in staff.get(f"/staff/tickets/{code}?lang=fi").text


def test_the_urgent_come_first_in_the_queue(customer: TestClient, staff: TestClient) -> None:
    calm = write(customer, "I need help with my rent this month")["outcome"]["ticket"]["code"]
    urgent = write(customer, "there is a fire in our kitchen")["outcome"]["ticket"]["code"]
    shown = staff.get("/staff?show=all&lang=fi").text
    assert shown.index(urgent) < shown.index(calm)
    assert "Kiireellinen" in shown
    assert "hengenvaara" in shown
