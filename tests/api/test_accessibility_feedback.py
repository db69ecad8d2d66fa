"""The accessibility statement, and feedback on it: a named owner and fourteen days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from api.accessibility_pages import MOST_A_MINUTE
from api.app import create_app
from api.doors import Doors
from api.page_texts import local_time
from desk import tickets as of_desk
from desk import webhooks
from desk.models import Message, Person, Ticket
from tests.api.test_pages_browser import PHONE, Console, axe, browser, check, console, opened
from tests.api.test_staff_browser import Server, at_work, server
from tests.foundation import WEDNESDAY_NOON, person
from tests.kept import everything_kept

__all__ = ["axe", "browser", "console", "server"]  # fixtures
PATH = "/accessibility/feedback"
WORDS = "Ruudunlukija ei lue painikkeita"
KEY = "a" * 32


@pytest.fixture
def client(botless_doors: Doors) -> TestClient:
    return TestClient(create_app(botless_doors))


def send(client: TestClient, lang: str = "fi", **fields: Any) -> Any:
    return client.post(f"{PATH}?lang={lang}", data={"message_id": KEY, "text": WORDS} | fields)


def tickets(doors: Doors) -> list[Ticket]:
    with doors.desk.reading() as session:
        found = list(session.scalars(select(Ticket).order_by(Ticket.id)))
        assert all(one.owner.name for one in found)
        return found


# --- the statement ---


def test_what_only_the_deployer_knows_is_marked_until_it_is_told(
    client: TestClient, botless_doors: Doors
) -> None:
    for lang, word in (("fi", "Täydennettävä"), ("sv", "Ska kompletteras")):
        assert client.get(f"/accessibility?lang={lang}").text.count(word) == 2
    told = {
        "organisation_name_fi": "Kuvitelman kaupunki",
        "organisation_name_sv": "Fantasistaden",
        "accessibility_reviewed": date(2026, 3, 2),
    }
    settings = botless_doors.settings.model_copy(update=told)
    whole = TestClient(create_app(replace(botless_doors, settings=settings)))
    fi, sv = (whole.get(f"/accessibility?lang={lang}").text for lang in ("fi", "sv"))
    assert "Palvelusta vastaa Kuvitelman kaupunki." in fi
    assert "För tjänsten ansvarar Fantasistaden." in sv
    assert "tarkistettu 2.3.2026" in fi
    assert "Täydennettävä" not in fi
    assert "Ska kompletteras" not in sv


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("fi", ["306/2019", "osittain", "14 päivässä", "Traficom", "saavutettavuusvaatimukset.fi"]),
        ("sv", ["306/2019", "delvis", "inom 14 dagar", "Traficom", "tillganglighetskrav.fi"]),
    ],
)
def test_the_statement_tells_what_the_law_wants(
    client: TestClient, lang: str, wanted: list[str]
) -> None:
    page = client.get(f"/accessibility?lang={lang}").text
    assert [one for one in wanted if one not in page] == []
    assert f'href="{PATH}?lang={lang}"' in page


# --- feedback ---


def test_feedback_is_a_ticket_with_a_named_owner_and_fourteen_days(
    client: TestClient, botless_doors: Doors
) -> None:
    page = send(client, where="Keskustelu", device="NVDA", contact="aino@esimerkki.fi")
    (ticket,) = tickets(botless_doors)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert (ticket.tags, ticket.reason, ticket.stage) == (
        ["accessibility"],
        "accessibility",
        "open",
    )
    assert ticket.legal_due_at == WEDNESDAY_NOON + timedelta(days=14)
    assert ticket.due_at <= ticket.legal_due_at
    assert ticket.contact == "aino@esimerkki.fi"
    secret = botless_doors.desk.keys.ticket_secret(ticket.code)
    times = [local_time(one, "fi") for one in (ticket.due_at, ticket.legal_due_at)]
    shown = [ticket.code, secret, ticket.owner.name, *times]
    assert [one for one in shown if one not in page.text] == []
    with botless_doors.desk.reading() as session:
        line = session.scalars(select(Message).where(Message.author == "customer")).first()
        assert line is not None
        assert line.text == f"{WORDS}\nSivu: Keskustelu\nLaite tai apuväline: NVDA"
        assert line.ticket_id == ticket.id


def test_the_owner_answers_and_the_customer_reads_it_with_code_and_secret(
    client: TestClient, botless_doors: Doors
) -> None:
    send(client)
    with botless_doors.desk.writing() as session:
        ticket = session.scalars(select(Ticket)).one()
        owner = session.get_one(Person, ticket.owner_id)
        of_desk.answer(session, ticket, owner, "Korjasimme painikkeet.", now=WEDNESDAY_NOON)
    pair = {"code": ticket.code, "secret": botless_doors.desk.keys.ticket_secret(ticket.code)}
    assert "Korjasimme painikkeet." in client.post("/ticket?lang=fi", data=pair).text


def test_a_form_sent_twice_is_one_ticket_and_one_written_anew_another(
    client: TestClient, botless_doors: Doors
) -> None:
    pages = [send(client).text for _ in range(2)]
    (ticket,) = tickets(botless_doors)
    assert all(ticket.code in page for page in pages)
    send(client, text="Myös kontrasti on heikko")
    send(client, text="Myös kontrasti on heikko")
    assert len(tickets(botless_doors)) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": " "}, "Kirjoita ensin, mikä ei toimi."),
        ({"text": "x" * 20_001}, "Kirjoita ensin"),
        ({"contact": "<soita>"}, "Yhteystiedosta ei saa selvää"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_written(
    client: TestClient, botless_doors: Doors, fields: dict[str, str], said: str
) -> None:
    page = send(client, device="NVDA", **fields)
    assert page.status_code == 422
    assert said in page.text
    assert 'value="NVDA"' in page.text
    assert "<soita>" not in page.text
    assert tickets(botless_doors) == []


def test_no_identity_code_and_no_danger_is_overlooked(
    client: TestClient, botless_doors: Doors
) -> None:
    page = send(client, text="Hetuni on 131052-308T. En jaksa enää elää, aion tappaa itseni")
    (ticket,) = tickets(botless_doors)
    assert "112" in page.text
    assert (ticket.reason, ticket.priority) == ("danger", "urgent")
    kept = everything_kept(botless_doors.database)
    assert "Hetuni on" in kept
    assert "131052-308T" not in kept


def test_one_network_cannot_fill_the_queue(botless_doors: Doors) -> None:
    client = TestClient(create_app(botless_doors), client=("203.0.113.5", 1))
    for number in range(MOST_A_MINUTE):
        assert send(client, message_id=f"{number:032}").status_code == 200
    page = send(client, message_id="b" * 32, text="Vielä yksi")
    assert page.status_code == 429
    assert "Vielä yksi" in page.text
    assert len(tickets(botless_doors)) == MOST_A_MINUTE


@pytest.mark.browser
def test_everyone_can_use_the_pages_by_the_keyboard_in_both_languages(
    server: Server, browser: Browser, console: Console, axe: str
) -> None:
    for lang in ("fi", "sv"):
        page = opened(browser, console, locale=f"{lang}-FI")
        page.goto(f"{server.url}/accessibility?lang={lang}")
        check(page, axe)
        page.locator(f"main a[href^='{PATH}']").press("Enter")
        check(page, axe)
        page.locator("#text").fill(WORDS)
        page.locator("#contact").fill("x")
        page.locator("#contact").press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page, axe)
        page.locator("#contact").fill("")
        page.locator("main button[type=submit]").press("Enter")
        expect(page.locator(".ticket")).to_be_visible()
        check(page, axe)
        page.context.close()
    assert len(tickets(server.doors)) == 2
    with server.doors.desk.writing() as session:
        person(session, "eero").roles = ["clerk", "admin"]
        long = f"https://esimerkki.fi/{'tapahtumat' * 9}"
        webhooks.add(session, long, (), now=WEDNESDAY_NOON)
    page = opened(browser, console, locale="fi-FI")
    at_work(server, page, "eero")
    for lang in ("fi", "sv"):
        page.goto(f"{server.url}/staff/webhooks?lang={lang}")
        check(page, axe)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()
