"""Customer and staff in one chat as it happens, at the doors and in real browsers."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from actions.hand import Desk
from api.app import _look_round, create_app
from api.database import Database
from api.doors import Doors
from api.settings import PROJECT
from desk import presence
from desk.models import Conversation, Message, Ticket
from tests.api.test_pages_browser import Console, axe, browser, check, console, opened, write
from tests.api.test_staff_browser import Server, at_work, enter, page, server, tab_to
from tests.foundation import PASSWORD, Clock, DirectBot, Talk, doors_over

__all__ = ["axe", "browser", "console", "page", "server"]  # fixtures
HTMX, VERSION = PROJECT / "api" / "static" / "htmx.min.js", "2.0.11"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
SOON = 15_000  # milliseconds: presence is written within 2 seconds, the page asks every 3


def guest(doors: Doors, text: str, language: str = "fi") -> Ticket:
    """A customer who waits and is here now."""
    told = Talk(doors.desk, language).write(text, "ask_person")
    assert told.ticket is not None
    with doors.desk.writing() as session:
        presence.seen(session, [told.ticket.conversation_id], now=doors.desk.now())
    return told.ticket


# --- at the doors ---


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(botless_doors), follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, login: str) -> str:
    client.post("/staff/login", data={"login": login, "password": PASSWORD})
    token = TOKEN.search(client.get("/staff/live").text)
    assert token is not None
    return token[1]


def test_of_two_who_take_one_customer_the_second_reads_who_has_them(
    client: TestClient, botless_doors: Doors
) -> None:
    ticket = guest(botless_doors, "Koira karkasi, kuka korvaa?")
    form = {"code": ticket.code, "form_token": sign_in(client, "eero")}
    taken = client.post("/staff/live/take", data=form)
    assert taken.headers["location"] == f"/staff/tickets/{ticket.code}?done=taken"
    form["form_token"] = sign_in(client, "maria")
    late = client.post("/staff/live/take", data=form)
    assert late.status_code == 409
    assert "Eero Ek (demo) hann ta chatten" in late.text  # Maria's pages are in Swedish
    assert client.post("/staff/live/take", data=form | {"code": "LK-000-0000"}).status_code == 404


def test_nothing_is_sent_where_nothing_has_changed(
    client: TestClient, botless_doors: Doors
) -> None:
    ticket = guest(botless_doors, "Koira karkasi, kuka korvaa?")
    sign_in(client, "eero")
    path = f"/staff/live/thread/{ticket.code}"
    first = client.get(path, params={"after": 0, "here": 1})
    last = re.search(r"after=(\d+)", first.text)
    assert last is not None
    assert "Koira karkasi" in first.text
    again = client.get(path, params={"after": last[1], "here": 1})
    assert (again.status_code, again.text) == (204, "")
    gone = client.get(path, params={"after": last[1], "here": 0})
    assert "Asiakas on paikalla" in gone.text
    assert "Koira karkasi" not in gone.text


def test_a_restarted_app_leaves_the_person_the_floor_and_the_bot_silent(
    botless_doors: Doors, house: Database, desk: Desk, tmp_path: Path
) -> None:
    """rasa-3683, rasa-agent-bot-demo-12: who answers is in the database, not in a process."""
    with TestClient(create_app(botless_doors), follow_redirects=False) as client:
        ticket = guest(botless_doors, "Koira karkasi, kuka korvaa?")
        form = {"code": ticket.code, "form_token": sign_in(client, "eero")}
        client.post("/staff/live/take", data=form)
    bot = DirectBot(desk)
    with TestClient(create_app(doors_over(house, desk, bot, tmp_path))) as client:
        said = {"message_id": uuid.uuid4().hex, "text": "Oletko siellä?"}
        told = client.post("/api/chat", json=said | {"conversation_id": ticket.conversation_id})
    assert told.json()["outcome"]["kind"] == "person"
    assert told.json()["replies"] == []
    assert bot.heard == []


def test_the_round_gives_a_forsaken_chat_back_and_says_so_in_the_chats_language(
    client: TestClient, botless_doors: Doors, clock: Clock
) -> None:
    ticket = guest(botless_doors, "Hunden sprang bort, vem ersätter?", "sv")
    form = {"code": ticket.code, "form_token": sign_in(client, "eero")}
    client.post("/staff/live/take", data=form)
    clock.at += timedelta(minutes=6)
    assert _look_round(botless_doors) >= 1
    events = client.get(f"/api/chat/{ticket.conversation_id}/events").json()
    assert [one["kind"] for one in events] == ["taken", "handed_back"]
    assert "kan inte fortsätta chatten just nu" in events[1]["text"]
    assert "du får svar senast torsdag" in events[1]["text"]
    with botless_doors.desk.reading() as session:
        assert session.get_one(Conversation, ticket.conversation_id).floor == "bot"


# --- in browsers ---


def test_customer_and_staff_talk_without_reloading(
    server: Server, browser: Browser, console: Console, page: Page, axe: str
) -> None:
    """Staff by the keyboard alone; both pages are checked for everyone on the way."""
    at_work(server, page, "eero")
    page.goto(f"{server.url}/staff/live?lang=fi")
    expect(page.locator(".empty").first).to_contain_text("Kukaan ei odota")
    customer = opened(browser, console, locale="fi-FI")
    customer.goto(server.url)
    write(customer, "Koira karkasi ja söi kukkapenkin. Kuka korvaa?")
    expect(customer.locator(".ticket")).to_be_visible()

    row = page.locator(".guest-row")
    expect(row).to_contain_text("Koira karkasi", timeout=SOON)  # it came by itself
    expect(page.locator("#news")).to_contain_text("Uusi asiakas odottaa: Koira karkasi")
    assert page.title().startswith("(1) ")
    check(page, axe)
    tab_to(page, "Ota keskustelu")
    enter(page)
    expect(page.locator(".done")).to_contain_text("Keskustelu on nyt sinulla")
    expect(customer.locator(".line-staff")).to_contain_text("tuli mukaan keskusteluun")

    page.locator("#answer").fill("Hei! Kerrotko, missä")  # being written …
    write(customer, "Ja naapuri on vihainen")
    expect(page.locator("#thread")).to_contain_text("naapuri on vihainen", timeout=SOON)
    assert page.locator("#answer").input_value() == "Hei! Kerrotko, missä"  # … and not lost
    expect(page.locator("#guest")).to_contain_text("Asiakas on paikalla")
    check(page, axe)
    page.locator("#answer").press("End")
    page.keyboard.type(" tämä tapahtui?")
    tab_to(page, "Lähetä vastaus")
    enter(page)
    expect(customer.locator(".line-staff").last).to_contain_text("missä tämä tapahtui?")
    with server.doors.desk.reading() as session:
        lines = select(Message.text).where(Message.author == "customer", Message.kind == "text")
        assert len(session.scalars(lines).all()) == 2
    customer.context.close()


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_live_page_and_the_calls(
    server: Server, browser: Browser, console: Console, axe: str, language: str, scheme: str
) -> None:
    for text in ("Koira karkasi", "Missä lähin neuvola on?"):
        guest(server.doors, text, language)
    seen = opened(browser, console, locale="fi-FI", color_scheme=scheme)
    at_work(server, seen, "eero", language)
    for path in ("live", "callbacks"):
        for width in (1280, 320):
            seen.set_viewport_size({"width": width, "height": 800})
            seen.goto(f"{server.url}/staff/{path}?lang={language}")
            check(seen, axe)
            assert seen.evaluate("document.documentElement.scrollWidth") <= width
    seen.context.close()


def test_without_script_the_page_shows_the_same_and_how_to_renew_it(
    server: Server, browser: Browser, console: Console
) -> None:
    guest(server.doors, "Koira karkasi")
    plain = opened(browser, console, locale="fi-FI", java_script_enabled=False)
    at_work(server, plain, "eero")
    plain.goto(f"{server.url}/staff/live?lang=fi")
    expect(plain.locator(".guest-row")).to_contain_text("Koira karkasi")
    plain.get_by_role("link", name="Päivitä 15 sekunnin välein").click()
    assert plain.locator("meta[http-equiv=refresh]").get_attribute("content") == "15"
    plain.context.close()


def test_the_shipped_htmx_is_the_published_one(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm: the shipped htmx was not compared with the published one")
    pack = [npm, "pack", f"htmx.org@{VERSION}"]
    if subprocess.run(pack, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode:
        pytest.skip("htmx.org cannot be had: the shipped htmx was not compared with it")
    shutil.unpack_archive(next(tmp_path.glob("*.tgz")), tmp_path)
    published = (tmp_path / "package" / "dist" / "htmx.min.js").read_bytes()
    assert hashlib.sha256(HTMX.read_bytes()).digest() == hashlib.sha256(published).digest()
