"""A call back at the doors: on the customer's page, over the API, on the staff's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import _look_round, create_app
from api.doors import Doors
from desk.door_records import Callback
from desk.models import Message, Ticket
from tests.desk.calls import at
from tests.desk.matters import everybody_is_there
from tests.foundation import PASSWORD, Clock, Talk

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Customer:
    """Somebody with a matter, at the doors."""

    client: TestClient
    doors: Doors
    code: str
    secret: str

    @property
    def pair(self) -> dict[str, str]:
        return {"code": self.code, "secret": self.secret}

    def api(self, method: str, **body: Any) -> Any:
        address = f"/api/tickets/{self.code}/callback"
        headers = {"X-Ticket-Secret": self.secret}
        return self.client.request(method, address, headers=headers, json=body or None)

    def page(self, path: str = "", lang: str = "fi", **form: str) -> Any:
        return self.client.post(f"/ticket{path}?lang={lang}", data=self.pair | form)

    def ticket(self) -> Ticket:
        with self.doors.desk.reading() as session:
            return session.scalars(select(Ticket).where(Ticket.code == self.code)).one()

    def calls(self) -> list[Callback]:
        with self.doors.desk.reading() as session:
            found = select(Callback).join(Ticket).where(Ticket.code == self.code)
            return list(session.scalars(found.order_by(Callback.id)))


def a_customer(client: TestClient, doors: Doors, contact: str | None = None) -> Customer:
    told = Talk(doors.desk).write("voisko joku soittaa mulle", "call_me_back")
    assert told.ticket is not None
    with doors.desk.writing() as session:
        session.get_one(Ticket, told.ticket.id).contact = contact
    code = told.ticket.code
    return Customer(client, doors, code, doors.desk.keys.ticket_secret(code))


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    with botless_doors.desk.writing() as session:
        everybody_is_there(session)
    with TestClient(create_app(botless_doors), follow_redirects=False) as client:
        yield client


@pytest.fixture
def customer(client: TestClient, botless_doors: Doors) -> Customer:
    return a_customer(client, botless_doors)


# --- over the API ---


def test_a_call_is_offered_booked_changed_and_cancelled(customer: Customer) -> None:
    given = customer.api("GET").json()
    assert (given["booked"], given["number"], given["asked"]) == (None, None, True)
    assert [given["offered"][0]] == given["free"][:1]
    assert len(given["offered"]) == 3

    first, second = (one["starts_at"] for one in given["offered"][:2])
    booked = customer.api("POST", starts_at=first, number="044 765 4321")
    assert booked.status_code == 200
    told = booked.json()["callback"]
    assert (told["booked"]["starts_at"], told["number"], told["asked"]) == (first, "4321", False)
    assert customer.ticket().contact == "+358447654321"

    changed = customer.api("POST", starts_at=second)
    assert changed.json()["callback"]["booked"]["starts_at"] == second
    assert [one.state for one in customer.calls()] == ["cancelled", "booked"]
    assert customer.api("DELETE").json()["callback"]["booked"] is None
    assert customer.api("DELETE").status_code == 200


def test_what_cannot_be_booked_is_told_in_both_languages(customer: Customer) -> None:
    slot = customer.api("GET").json()["offered"][0]["starts_at"]
    for body, status, error in (
        ({"starts_at": slot}, 422, "number_missing"),
        ({"starts_at": slot, "number": "12"}, 422, "number_unclear"),
        ({"starts_at": "2026-03-14T09:00:00Z", "number": "0447654321"}, 409, "slot_taken"),
        ({"starts_at": "2026-03-12T09:00:00", "number": "0447654321"}, 422, "not_understood"),
    ):
        refused = customer.api("POST", **body)
        assert (refused.status_code, refused.json()["error"]) == (status, error)
        assert refused.json()["fi"] != refused.json()["sv"]
    assert customer.calls() == []
    assert customer.ticket().contact is None  # a refused booking keeps nothing


def test_a_stranger_neither_sees_nor_books_a_call(customer: Customer) -> None:
    stranger = Customer(customer.client, customer.doors, customer.code, "x" * 12)
    assert stranger.api("GET").status_code == 404
    assert stranger.api("POST", starts_at=at(12, 9).isoformat()).status_code == 404
    assert stranger.api("DELETE").status_code == 404
    assert customer.calls() == []


def test_a_closed_matter_has_no_times(customer: Customer) -> None:
    with customer.doors.desk.writing() as session:
        session.scalars(select(Ticket).where(Ticket.code == customer.code)).one().stage = "closed"
    assert customer.api("GET").status_code == 404
    assert customer.api("POST", starts_at=at(12, 9).isoformat()).status_code == 409
    assert 'id="callback"' not in customer.page().text


# --- on the customer's page ---


@pytest.mark.parametrize(
    ("lang", "asks", "books"),
    [
        ("fi", "Pyysit soittoa. Valitse", "Soitamme sinulle torstaina 12.3. klo 8.00–8.30."),
        ("sv", "Du bad oss ringa. Välj", "Vi ringer dig torsdag 12.3 kl. 8.00–8.30."),
    ],
)
def test_the_page_of_the_matter_books_without_script(
    customer: Customer, lang: str, asks: str, books: str
) -> None:
    assert asks in customer.page(lang=lang).text
    when = at(12, 8).isoformat()
    shown = customer.page("/callback", lang, starts_at=when, number="044 765 4321").text
    assert books in shown
    assert "0447654321" not in shown.replace(" ", "")
    gone = customer.page("/callback/cancel", lang).text
    assert books not in gone
    assert [one.state for one in customer.calls()] == ["cancelled"]


def test_a_refused_form_says_why_and_keeps_the_number(customer: Customer) -> None:
    taken = customer.page("/callback", starts_at=at(14, 8).isoformat(), number="044 765 4321")
    assert taken.status_code == 409
    assert "Joku toinen ehti varata" in taken.text
    assert 'value="044 765 4321"' in taken.text
    assert customer.page("/callback", number="044 765 4321").status_code == 422
    when = at(12, 8).isoformat()
    assert "Kirjoita numero" in customer.page("/callback", starts_at=when).text


# --- on the staff's page ---


def at_work(client: TestClient, login: str) -> str:
    client.post("/staff/login", data={"login": login, "password": PASSWORD})
    token = TOKEN.search(client.get("/staff/callbacks").text)
    assert token is not None
    return token[1]


def the_owner(customer: Customer) -> str:
    with customer.doors.desk.reading() as session:
        found = select(Ticket).where(Ticket.code == customer.code)
        return session.scalars(found).one().owner.login


def booked(customer: Customer, clock: Clock, when: datetime) -> int:
    given = customer.api("POST", starts_at=when.isoformat(), number="044 765 4321")
    assert given.status_code == 200
    clock.at = when
    return customer.calls()[-1].id


def test_todays_calls_are_before_who_rings_with_the_number(
    customer: Customer, clock: Clock
) -> None:
    call = booked(customer, clock, at(12, 8))
    token = at_work(customer.client, the_owner(customer))
    shown = customer.client.get("/staff/callbacks").text
    assert 'href="tel:+358447654321"' in shown
    assert "Soita nyt" in shown
    done = customer.client.post(f"/staff/callbacks/{call}/made", data={"form_token": token})
    assert done.headers["location"].startswith(f"/staff/tickets/{customer.code}")
    assert customer.calls()[0].state == "made"
    assert "Tavoitettu" in customer.client.get("/staff/callbacks").text
    again = customer.client.post(f"/staff/callbacks/{call}/missed", data={"form_token": token})
    assert again.status_code == 409
    assert "Soitto on jo merkitty" in again.text


def test_who_was_not_reached_is_told_and_chooses_a_new_time(
    customer: Customer, clock: Clock
) -> None:
    call = booked(customer, clock, at(12, 8))
    token = at_work(customer.client, the_owner(customer))
    customer.client.post(f"/staff/callbacks/{call}/missed", data={"form_token": token})
    assert customer.ticket().stage == "open"
    with customer.doors.desk.reading() as session:
        said = session.scalars(
            select(Message.text).where(Message.kind == "callback", Message.audience == "customer")
        ).one()
    assert said.startswith("Yritimme soittaa sinulle (torstaina 12.3. klo 8.00)")
    assert "emme tavoittaneet" in customer.page().text
    assert customer.api("GET").json()["missed_at"] is not None
    assert customer.api("POST", starts_at=at(12, 10).isoformat()).status_code == 200


def test_an_unmade_call_is_late_on_the_page_and_the_customer_is_told(
    customer: Customer, clock: Clock
) -> None:
    booked(customer, clock, at(12, 8))
    clock.at = at(12, 8, 31)
    assert _look_round(customer.doors) >= 1
    assert "mutta soitto on myöhässä" in customer.page().text
    at_work(customer.client, the_owner(customer))
    assert "Myöhässä" in customer.client.get("/staff/callbacks").text
