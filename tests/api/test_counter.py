"""The counter: a clerk serves a visitor on the desk that everybody else asks too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from api.guessing import MOST_PASS_CODES
from catalog.opening import HELSINKI
from desk.door_records import Receipt
from desk.models import Conversation, Message, Ticket
from tests.foundation import PASSWORD, Clock, PlantedFinder, person

COUNTER = "/staff/counter"
HOUSING = "579991be-f40f-4913-8130-0e07592b50c4"  # Kelan tuet asumiseen


class Clerk:
    """One of the staff at the counter's pages, who sends the forms as the pages have them."""

    def __init__(self, client: TestClient, login: str = "eero") -> None:
        self.client = client
        client.post("/staff/login", data={"login": login, "password": PASSWORD})
        self.page = client.get(f"{COUNTER}?lang=fi").text

    def field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return found[1] if found else ""

    def send(self, path: str = "", status: int = 200, **fields: str) -> str:
        kept = {name: self.field(name) for name in ("form_token", "conversation_id", "message_id")}
        answer = self.client.post(f"{COUNTER}{path}?lang=fi", data=kept | fields)
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page


@pytest.fixture
def client(open_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(open_doors)) as client:
        yield client


@pytest.fixture
def clerk(client: TestClient, planted: PlantedFinder) -> Clerk:
    planted.plant("vuokra", (HOUSING, 0.95))
    return Clerk(client)


def test_a_visitors_words_get_the_service_and_all_that_is_needed_for_it(
    clerk: Clerk, open_doors: Doors
) -> None:
    page = clerk.send(text="Vuokra on liian kallis", visitor="fi")
    assert "Kelan tuet asumiseen" in page
    for heading in ("Ota mukaan", "Minne mennä", "Hinta", "Mitä luvataan", "Kuka vastaa"):
        assert f"<h3>{heading}</h3>" in page
    assert f"/sheet/{HOUSING}?lang=fi" in page
    with open_doors.desk.reading() as session:
        begun = session.scalars(select(Conversation)).one()
        assert begun.channel == "counter"


def test_one_visitor_is_one_conversation_and_the_next_one_another(
    clerk: Clerk, open_doors: Doors
) -> None:
    clerk.send(text="Vuokra on liian kallis", visitor="fi")
    clerk.send(text="Entä vuokran hinta?", visitor="fi")
    clerk.page = clerk.client.get(f"{COUNTER}?lang=fi").text
    assert "Vuokra on liian kallis" not in clerk.page
    clerk.send(text="Vuokra nousi taas", visitor="fi")
    with open_doors.desk.reading() as session:
        assert len(session.scalars(select(Conversation)).all()) == 2


def test_the_same_form_sent_twice_is_one_message(clerk: Clerk, open_doors: Doors) -> None:
    form = {name: clerk.field(name) for name in ("form_token", "message_id")}
    for _ in range(2):
        answer = clerk.client.post(COUNTER, data=form | {"text": "Vuokra on kallis"})
        assert answer.status_code == 200
    with open_doors.desk.reading() as session:
        assert len(session.scalars(select(Conversation)).all()) == 1


def test_nothing_said_is_asked_for_and_what_was_chosen_stays(clerk: Clerk) -> None:
    page = clerk.send(text="  ", visitor="sv", municipality="Esbo")
    assert "Kirjoita ensin, mitä asiakas sanoo." in page
    assert 'value="Esbo"' in page
    assert 'value="sv" checked' in page


def test_a_swedish_visitor_is_answered_in_swedish_whatever_the_clerk_reads(clerk: Clerk) -> None:
    page = clerk.send(text="Hyran är för dyr, vuokra", visitor="sv")
    assert "Palvelutiski" in page
    assert "<h3>Ta med</h3>" in page


def test_what_the_desk_takes_comes_with_code_secret_owner_and_due_time(
    clerk: Clerk, open_doors: Doors
) -> None:
    page = clerk.send(text="Jotain ihan muuta mitä kukaan ei tunne", visitor="fi")
    if "Asiasi on otettu hoidettavaksi" not in page:
        page = clerk.send(choice=clerk.field("choice") or "Haluan puhua ihmisen kanssa")
    with open_doors.desk.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.code in page
        assert open_doors.desk.keys.ticket_secret(ticket.code) in page


def test_a_conversation_goes_on_at_the_counter_and_nothing_is_told_twice(
    clerk: Clerk, client: TestClient, open_doors: Doors
) -> None:
    begun = client.post(
        "/api/chat", json={"message_id": "m-1234567", "text": "Vuokra on liian kallis"}
    ).json()["conversation_id"]
    code = client.post(f"/api/chat/{begun}/code").json()["code"]
    page = clerk.send("/continue", code=code)
    assert "Vuokra on liian kallis" in page
    assert clerk.field("conversation_id") == begun
    assert "Koodi ei täsmää" in clerk.send("/continue", code=code)
    with open_doors.desk.reading() as session:
        moved = session.scalars(select(Message).where(Message.kind == "moved")).one()
        assert moved.data == {"channel": "counter"}


def test_the_visitor_goes_on_at_home_with_a_code_from_the_counter(
    clerk: Clerk, client: TestClient
) -> None:
    clerk.send(text="Vuokra on liian kallis", visitor="fi")
    begun = clerk.field("conversation_id")
    page = clerk.send("/code")
    digits = re.search(r'class="pass-digits">([\d ]+)<', page)
    assert digits is not None
    went_on = client.post("/api/chat/continue", json={"code": digits[1]}).json()
    assert went_on["conversation_id"] == begun
    assert went_on["lines"][0]["text"] == "Vuokra on liian kallis"
    again = client.post("/api/chat/continue", json={"code": digits[1]})
    assert (again.status_code, again.json()["error"]) == (404, "code_unknown")


def test_guessing_codes_is_slowed_down(client: TestClient) -> None:
    tries = [
        client.post("/api/chat/continue", json={"code": "11112222"}).status_code for _ in range(7)
    ]
    assert tries == [404] * 5 + [429] * 2


def test_guessing_many_codes_from_one_place_is_slowed_down(open_doors: Doors) -> None:
    with TestClient(create_app(open_doors), client=("192.0.2.7", 1)) as client:
        tries = [
            client.post("/api/chat/continue", json={"code": f"{n:08d}"}).status_code
            for n in range(40)
        ]
    assert tries.count(404) == 30
    assert tries[-1] == 429


def test_guessing_pass_codes_from_many_addresses_is_slowed_down_and_no_clerk_waits_for_it(
    clerk: Clerk, client: TestClient
) -> None:
    app = client.app
    for n in range(MOST_PASS_CODES):
        guesser = TestClient(app, client=(f"192.0.2.{n}", 1))
        path = "/api/chat/continue" if n % 2 else "/chat/continue"
        given = {"json": {"code": f"{n:08d}"}} if n % 2 else {"data": {"code": f"{n:08d}"}}
        assert guesser.post(path, **given).status_code == 404
    clerk.send(text="Vuokra on liian kallis", visitor="fi")
    begun = clerk.field("conversation_id")
    code = client.post(f"/api/chat/{begun}/code").json()["code"]
    stranger = TestClient(app, client=("198.51.100.1", 1))
    assert stranger.post("/api/chat/continue", json={"code": code}).status_code == 429
    assert stranger.post("/chat/continue", data={"code": code}).status_code == 429
    assert "Vuokra on liian kallis" in clerk.send("/continue", code=code)


def test_the_chats_page_goes_on_with_a_code_without_a_script(
    clerk: Clerk, client: TestClient
) -> None:
    clerk.send(text="Vuokra on liian kallis", visitor="fi")
    shown = client.post(
        "/chat/code", data={"conversation_id": clerk.field("conversation_id"), "lang": "sv"}
    ).text
    digits = re.search(r'class="pass-digits">([\d ]+)<', shown)
    assert digits is not None
    page = client.post("/chat/continue", data={"code": digits[1], "lang": "sv"})
    assert page.status_code == 200
    assert "Vuokra on liian kallis" in page.text
    wrong = client.post("/chat/continue", data={"code": digits[1], "lang": "sv"})
    assert wrong.status_code == 404
    assert "Koden stämmer inte" in wrong.text


LEFT = {
    "description": "Vuokra-asunnon sopimus, soita 040 123 4567",
    "documents": "3",
    "place": "Kirjasto, tiski 2",
    "visitor": "sv",
}


def test_documents_left_get_a_receipt_with_code_secret_owner_and_time(
    clerk: Clerk, open_doors: Doors, clock: Clock
) -> None:
    found = clerk.send("/receipts/find", **LEFT)
    assert f'name="service" value="{HOUSING}" checked' in found
    page = clerk.send("/receipts", service=HOUSING, misdelivered="1", **LEFT)
    with open_doors.desk.reading() as session:
        kept = session.scalars(select(Receipt)).one()
        ticket = session.get_one(Ticket, kept.ticket_id)
        assert "040" not in kept.description
        assert (ticket.service_id, ticket.contact) == (HOUSING, None)
        begun = session.get_one(Conversation, ticket.conversation_id)
        assert (begun.channel, begun.language) == ("counter", "sv")
    assert "Kvitto på mottagna handlingar" in page
    assert ticket.code in page
    assert open_doors.desk.keys.ticket_secret(ticket.code) in page
    assert "434/2003" in page
    day = clock().astimezone(HELSINKI)
    assert f"{day.day}.{day.month}.{day.year}" in page


def test_the_secret_is_printed_by_the_receiver_alone_and_for_an_hour(
    clerk: Clerk, client: TestClient, open_doors: Doors, clock: Clock
) -> None:
    clerk.send("/receipts", **LEFT)
    with open_doors.desk.reading() as session:
        receipt, ticket = (
            session.scalars(select(Receipt)).one(),
            session.scalars(select(Ticket)).one(),
        )
    secret = open_doors.desk.keys.ticket_secret(ticket.code)
    address = f"{COUNTER}/receipts/{receipt.id}"
    assert secret in client.get(address).text
    clock.forward(minutes=61)
    assert secret not in client.get(address).text
    clock.forward(minutes=-61)
    client.cookies.clear()
    client.post("/staff/login", data={"login": "maria", "password": PASSWORD})
    shown = client.get(address).text
    assert ticket.code in shown
    assert secret not in shown


def test_the_customer_reads_what_was_left_under_their_matter(
    clerk: Clerk, client: TestClient, open_doors: Doors
) -> None:
    clerk.send("/receipts", **LEFT)
    with open_doors.desk.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
    secret = open_doors.desk.keys.ticket_secret(ticket.code)
    state = client.get(f"/api/tickets/{ticket.code}", headers={"X-Ticket-Secret": secret}).json()
    assert any("Du lämnade handlingar (3 st.)" in one["text"] for one in state["lines"])
    assert "otti vastaan asiakirjoja" in client.get(f"/staff/tickets/{ticket.code}?lang=fi").text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"documents": "ei"}, "määrä numerona"),
        ({"documents": "0"}, "määrä numerona"),
        ({"place": " "}, "määrä numerona"),
        ({"service": "no-such"}, "palvelua ei enää ole"),
        ({"contact": "12"}, "Tarkista puhelinnumero"),
    ],
)
def test_a_wrong_form_of_documents_says_why_and_keeps_what_was_written(
    clerk: Clerk, open_doors: Doors, change: dict[str, str], told: str
) -> None:
    page = clerk.send("/receipts", status=422, **LEFT | change)
    assert told in page
    assert "Vuokra-asunnon sopimus" in page
    with open_doors.desk.reading() as session:
        assert session.scalars(select(Ticket)).all() == []


def test_documents_with_a_contact_bring_the_customer_a_way_back(
    clerk: Clerk, open_doors: Doors
) -> None:
    clerk.send("/receipts", **LEFT, contact="kalle@example.org")
    with open_doors.desk.reading() as session:
        assert session.scalars(select(Ticket)).one().contact == "kalle@example.org"


def test_who_has_left_serves_nobody(client: TestClient, open_doors: Doors) -> None:
    clerk = Clerk(client)
    form = {"form_token": clerk.field("form_token"), "text": "Vuokra"}
    with open_doors.desk.writing() as session:
        person(session, "eero").roles = ["keeper"]
    assert client.post(COUNTER, data=form).status_code == 403
    assert client.get(f"{COUNTER}/receipts").status_code == 403
