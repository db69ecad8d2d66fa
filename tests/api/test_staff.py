"""The staff's pages, over real doors and a dead bot, so that every message becomes a ticket."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from api.staff_session import COOKIE, LASTS, MOST_WRONG
from desk.models import Conversation, Message, Person, StaffSession, Ticket
from tests.api.conftest import DEMO_PASSWORD

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="(\d+)"')


@pytest.fixture
def customer(doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(doors)) as client:
        yield client


@pytest.fixture
def staff(customer: TestClient) -> TestClient:
    """A browser of a member of staff who is signed in, at the same application."""
    client = TestClient(customer.app, follow_redirects=True)
    assert log_in(client).status_code == 200
    return client


def log_in(client: TestClient, login: str = "eero", password: str = DEMO_PASSWORD) -> Response:
    return client.post("/staff/login?lang=fi", data={"login": login, "password": password})


def write(client: TestClient, text: str, conversation_id: str | None = None) -> dict[str, Any]:
    body = {"message_id": str(uuid.uuid4()), "text": text, "conversation_id": conversation_id}
    answer = client.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def heard(client: TestClient, conversation_id: str, after: int = 0) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = client.get(
        f"/api/chat/{conversation_id}/events", params={"after": after}
    ).json()
    return lines


def do(staff: TestClient, code: str, what: str, **form: str) -> Response:
    """Opens the ticket's page and sends one of its forms."""
    path = f"/staff/tickets/{code}"
    shown = staff.get(path).text
    token, seen = TOKEN.search(shown), SEEN.search(shown)
    assert token is not None
    given = {"form_token": token[1], "seen": seen[1] if seen else "0"} | form
    return staff.post(f"{path}/{what}?lang=fi", data=given)


def ticket_of(told: dict[str, Any]) -> str:
    return str(told["outcome"]["ticket"]["code"])


# --- the loop from the customer to a person and back ---


def test_what_a_customer_writes_is_read_answered_and_heard(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Koira karkasi ja söi naapurin kukkapenkin, kuka korvaa?")
    code = ticket_of(told)
    assert code in staff.get("/staff?show=all&lang=fi").text
    page = html.unescape(staff.get(f"/staff/tickets/{code}?lang=fi").text)
    assert "Koira karkasi" in page
    assert "Automaatti ei ollut käytettävissä." in page

    done = do(staff, code, "answer", text="Soitan sinulle tänään.\n– Eero")
    assert "Vastaus on lähetetty asiakkaalle." in done.text
    (line,) = heard(customer, told["conversation_id"])
    assert line["text"] == "Soitan sinulle tänään.\n– Eero"
    assert line["name"] == "Eero Ek (demo)"
    assert "Vastattu" in staff.get(f"/staff/tickets/{code}?lang=fi").text


def test_pressing_send_twice_answers_once(customer: TestClient, staff: TestClient) -> None:
    told = write(customer, "Mistä saan kalastusluvan?")
    path = f"/staff/tickets/{ticket_of(told)}"
    shown = staff.get(path).text
    token, seen = TOKEN.search(shown), SEEN.search(shown)
    assert token is not None
    assert seen is not None
    for _ in range(2):
        staff.post(
            f"{path}/answer", data={"form_token": token[1], "seen": seen[1], "text": "Selvä."}
        )
    assert len(heard(customer, told["conversation_id"])) == 1


def test_a_swedish_customer_and_a_swedish_member_of_staff(customer: TestClient) -> None:
    told = write(customer, "Hur ansöker jag om dagvårdsplats för min dotter?")
    client = TestClient(customer.app, headers={"Accept-Language": "sv-FI,sv;q=0.9"})
    log_in(client, "maria")
    page = html.unescape(client.get("/staff?show=all").text)
    assert "Väntar på svar" in page
    assert "svenska" in page
    assert '<html lang="sv">' in page
    assert "Kundens språk är svenska." in html.unescape(
        client.get(f"/staff/tickets/{ticket_of(told)}").text
    )


def test_the_contact_given_is_shown_to_the_staff_and_kept_out_of_the_thread(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Haluan valittaa päätöksestä")
    write(customer, "040 123 4567", told["conversation_id"])
    page = staff.get(f"/staff/tickets/{ticket_of(told)}?lang=fi").text
    assert "040" in page or "+35840" in page.replace(" ", "")
    assert "Asiakas antoi yhteystiedon." in page


def test_the_customers_secret_is_not_shown_to_the_staff(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Haluan valittaa päätöksestä")
    page = staff.get(f"/staff/tickets/{ticket_of(told)}").text
    assert "Haluan valittaa" in page
    assert told["outcome"]["ticket"]["secret"] not in page


# --- who has the floor ---


def test_while_a_person_has_the_floor_the_bot_is_silent(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Naapurin musiikki soi joka yö")
    conversation_id = told["conversation_id"]
    do(staff, ticket_of(told), "take")
    (line,) = heard(customer, conversation_id)
    assert line["kind"] == "taken"
    assert "Eero Ek (demo)" in line["text"]

    later = write(customer, "Oletko siellä?", conversation_id)
    assert later["outcome"]["kind"] == "person"
    assert later["replies"] == []
    assert "Oletko siellä?" in staff.get(f"/staff/tickets/{ticket_of(told)}").text

    do(staff, ticket_of(told), "hand-back")
    assert heard(customer, conversation_id, line["id"])[0]["kind"] == "handed_back"
    assert write(customer, "Entä nyt?", conversation_id)["outcome"]["kind"] == "handover"


def test_taking_the_conversation_twice_tells_the_customer_once(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Naapurin musiikki soi joka yö")
    do(staff, ticket_of(told), "take")
    do(staff, ticket_of(told), "take")
    assert len(heard(customer, told["conversation_id"])) == 1


def test_closing_gives_the_floor_back_so_that_nobody_writes_to_an_empty_chair(
    customer: TestClient, staff: TestClient, doors: Doors
) -> None:
    told = write(customer, "Naapurin musiikki soi joka yö")
    do(staff, ticket_of(told), "take")
    do(staff, ticket_of(told), "close", text="Hoidin asian isännöitsijän kanssa.")
    kinds = [line["kind"] for line in heard(customer, told["conversation_id"])]
    assert kinds == ["taken", "text", "handed_back"]
    with doors.desk.reading() as session:
        assert session.get_one(Conversation, told["conversation_id"]).floor == "bot"
    again = write(customer, "Taas soi!", told["conversation_id"])
    assert again["outcome"]["kind"] == "handover"
    assert ticket_of(again) != ticket_of(told)


# --- closing ---


def test_a_ticket_without_an_answer_cannot_be_closed(
    customer: TestClient, staff: TestClient, doors: Doors
) -> None:
    code = ticket_of(write(customer, "Missä on lähin neuvola?"))
    refused = do(staff, code, "close")
    assert refused.status_code == 422
    assert "Asiakas odottaa vielä vastausta." in refused.text
    with doors.desk.reading() as session:
        assert session.scalars(select(Ticket.stage)).one() == "open"


def test_what_the_customer_writes_after_the_answer_must_be_answered_before_closing(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Missä on lähin neuvola?")
    code = ticket_of(told)
    do(staff, code, "take")
    do(staff, code, "answer", text="Keskuskadulla.")
    write(customer, "Entä aukioloajat?", told["conversation_id"])
    assert do(staff, code, "close").status_code == 422
    assert do(staff, code, "close", text="Arkisin 8–16.").status_code == 200


def test_an_answered_ticket_is_closed_once(customer: TestClient, staff: TestClient) -> None:
    code = ticket_of(write(customer, "Missä on lähin neuvola?"))
    token = TOKEN.search(staff.get(f"/staff/tickets/{code}").text)
    assert token is not None
    do(staff, code, "answer", text="Keskuskadulla.")
    assert "Asia on päätetty." in do(staff, code, "close").text
    again = staff.post(f"/staff/tickets/{code}/close?lang=fi", data={"form_token": token[1]})
    assert again.status_code == 409
    assert "Asia on jo päätetty" in again.text


def test_an_empty_answer_is_refused_and_a_too_long_one_is_kept_in_the_field(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Missä on lähin neuvola?")
    empty = do(staff, ticket_of(told), "answer", text=" \n ")
    assert empty.status_code == 422
    assert "Vastaus on tyhjä." in empty.text
    long = do(staff, ticket_of(told), "answer", text="pitkä " * 4_000)
    assert long.status_code == 422
    assert "pitkä pitkä" in long.text
    assert heard(customer, told["conversation_id"]) == []


# --- the queue ---


def test_the_most_urgent_comes_first_and_a_late_one_is_marked_in_words(
    customer: TestClient, staff: TestClient, doors: Doors
) -> None:
    first = ticket_of(write(customer, "Ensimmäinen asia"))
    second = ticket_of(write(customer, "Toinen asia"))
    with doors.desk.writing() as session:
        late = session.scalars(select(Ticket).where(Ticket.code == second)).one()
        late.due_at = doors.desk.now() - timedelta(hours=2)
    page = staff.get("/staff?show=all&lang=fi").text
    assert page.index(second) < page.index(first)
    assert page.count('<strong class="late">Myöhässä</strong>') == 1
    assert "2 asiakasta odottaa vastausta" in page
    assert "joista myöhässä 1" in page


def test_my_queue_holds_my_tickets_alone(
    customer: TestClient, staff: TestClient, doors: Doors
) -> None:
    codes = {ticket_of(write(customer, f"Asia numero {number}")) for number in range(3)}
    with doors.desk.reading() as session:
        eero = session.scalars(select(Person).where(Person.login == "eero")).one()
        own = set(session.scalars(select(Ticket.code).where(Ticket.owner_id == eero.id)))
    page = staff.get("/staff").text
    assert {code for code in codes if code in page} == own
    assert own != codes


def test_an_unknown_ticket_is_a_page_that_says_what_to_do(staff: TestClient) -> None:
    answer = staff.get("/staff/tickets/LK-000-0000?lang=sv")
    assert answer.status_code == 404
    assert "Gå tillbaka till ärendena" in answer.text


# --- who may come in ---


@pytest.mark.parametrize(
    "path",
    [
        "/staff",
        "/staff?show=all",
        "/staff?find=koira",
        "/staff/tickets/LK-000-0000",
        "/staff/absences",
        "/staff/ledger",
        "/staff/people",
    ],
)
def test_without_a_log_in_nothing_is_shown(customer: TestClient, path: str) -> None:
    answer = customer.get(path)
    assert answer.status_code == 401
    assert 'name="password"' in answer.text
    assert "no-store" in answer.headers["cache-control"]


def test_after_the_log_in_the_page_first_asked_for_opens(
    customer: TestClient, doors: Doors
) -> None:
    code = ticket_of(write(customer, "Missä on lähin neuvola?"))
    form = {"login": "aino", "password": DEMO_PASSWORD, "next": f"/staff/tickets/{code}"}
    assert "Missä on lähin neuvola?" in customer.post("/staff/login", data=form).text


@pytest.mark.parametrize("path", ["https://example.org/", "//example.org", "/", "/staffing"])
def test_a_log_in_leads_nowhere_else(customer: TestClient, path: str) -> None:
    form = {"login": "aino", "password": DEMO_PASSWORD, "next": path}
    answer = customer.post("/staff/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/staff"


def test_an_unknown_login_and_a_wrong_password_are_told_in_the_same_words(
    customer: TestClient,
) -> None:
    wrong = log_in(customer, "aino", "väärä")
    unknown = log_in(customer, "ei-ole", "väärä")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text == unknown.text.replace("ei-ole", "aino")


@pytest.mark.parametrize("login", ["aino", "ei-ole"])
def test_guessing_is_stopped_for_that_login_only(customer: TestClient, login: str) -> None:
    for _ in range(MOST_WRONG):
        assert log_in(customer, login, "arvaus").status_code == 401
    stopped = log_in(customer, login.upper(), DEMO_PASSWORD)
    assert stopped.status_code == 429
    assert "liian monta kertaa" in stopped.text
    assert log_in(customer, "maria").status_code == 200


def test_a_right_log_in_forgets_the_wrong_ones(customer: TestClient) -> None:
    for _ in range(2):
        for _ in range(MOST_WRONG - 1):
            log_in(customer, "aino", "arvaus")
        assert log_in(customer, "aino").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    customer: TestClient, doors: Doors
) -> None:
    form = {"login": "aino", "password": DEMO_PASSWORD}
    answer = customer.post("/staff/login", data=form, follow_redirects=False)
    kept = answer.headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=strict" in kept
    assert "path=/staff" in kept
    assert "; secure" not in kept
    with doors.desk.reading() as session:
        assert session.scalars(select(StaffSession)).one().token_hash not in kept


def test_behind_tls_the_cookie_goes_over_https_only(doors: Doors) -> None:
    settings = doors.settings.model_copy(update={"secure_cookies": True})
    client = TestClient(create_app(replace(doors, settings=settings)))
    form = {"login": "aino", "password": DEMO_PASSWORD}
    answer = client.post("/staff/login", data=form, follow_redirects=False)
    assert "; secure" in answer.headers["set-cookie"].lower()


def test_a_form_without_the_sessions_token_changes_nothing(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, "Missä on lähin neuvola?")
    path = f"/staff/tickets/{ticket_of(told)}/answer?lang=fi"
    for token in ({}, {"form_token": ""}, {"form_token": "ä" * 43}):
        refused = staff.post(path, data={"text": "Hyvin hiottu vastaus", **token})
        assert refused.status_code == 403
        assert "Hyvin hiottu vastaus" in refused.text
    assert heard(customer, told["conversation_id"]) == []


def test_after_the_log_out_the_old_cookie_opens_nothing(staff: TestClient) -> None:
    old = staff.cookies[COOKIE]
    token = TOKEN.search(staff.get("/staff").text)
    assert token is not None
    staff.post("/staff/logout", data={"form_token": token[1]})
    again = TestClient(staff.app, cookies={COOKIE: old})
    assert again.get("/staff").status_code == 401


def test_a_session_ends_and_a_text_written_too_long_is_not_lost(
    customer: TestClient, staff: TestClient, doors: Doors
) -> None:
    code = ticket_of(write(customer, "Missä on lähin neuvola?"))
    with doors.desk.writing() as session:
        kept = session.scalars(select(StaffSession)).one()
        kept.expires_at -= LASTS
    late = staff.post(f"/staff/tickets/{code}/answer", data={"text": "Pitkään mietitty vastaus"})
    assert late.status_code == 401
    assert "Pitkään mietitty vastaus" in late.text
    with doors.desk.reading() as session:
        assert session.scalars(select(Message).where(Message.author == "staff")).all() == []


def test_who_has_left_the_desk_is_out_at_once(staff: TestClient, doors: Doors) -> None:
    with doors.desk.writing() as session:
        session.scalars(select(Person).where(Person.login == "eero")).one().active = False
    assert staff.get("/staff").status_code == 401


def test_what_customers_write_is_text_and_never_markup(
    customer: TestClient, staff: TestClient
) -> None:
    told = write(customer, '<script>alert(1)</script> <img src=x onerror="a()"> {{ 7*7 }}')
    for path in ("/staff?show=all", f"/staff/tickets/{ticket_of(told)}"):
        page = staff.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{ 7*7 }}" in page
