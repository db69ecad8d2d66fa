"""The staff's pages in a real browser: by the keyboard alone, and for everyone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from desk import absences, notes, subtasks, transfers
from desk.absences import Days
from desk.models import Person, Ticket
from desk.subtasks import Goal
from desk.transfers import Receiver
from tests.api.conftest import free_port
from tests.api.test_pages_browser import Console, axe, browser, check, console, opened
from tests.foundation import PASSWORD, WEDNESDAY_NOON, Talk, person

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console"]  # fixtures

FORM_PAGES = ("/staff?show=mine", "/staff?show=team", "/staff?show=all", "/staff?show=late")
PAGES = (
    *FORM_PAGES,
    "/staff?show=handed",
    "/staff?show=help",
    "/staff?find=koira",
    "/staff?find=olematon",
    "/staff/absences",
    "/staff/people",
    "/staff/ledger",
)
MOST_TABS = 120


@dataclass
class Server:
    url: str
    doors: Doors

    def ticket(self, code: str) -> Ticket:
        with self.doors.desk.reading() as session:
            return session.scalars(select(Ticket).where(Ticket.code == code)).one()


@pytest.fixture
def server(botless_doors: Doors) -> Iterator[Server]:
    port = free_port()
    config = uvicorn.Config(create_app(botless_doors), port=port, log_level="warning")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield Server(f"http://127.0.0.1:{port}", botless_doors)
    botless_doors.listeners.close()
    running.should_exit = True
    thread.join(20)


def matter(server: Server, text: str, language: str = "fi", owner: str = "eero") -> str:
    """A ticket's code, as a customer's message makes one; it is this person's."""
    told = Talk(server.doors.desk, language).write(text, "ask_person")
    assert told.ticket is not None
    with server.doors.desk.writing() as session:
        ticket = session.get_one(Ticket, told.ticket.id)
        ticket.owner = person(session, owner)
    return told.ticket.code


def at_work(server: Server, page: Page, login: str, language: str = "fi") -> None:
    page.goto(f"{server.url}/staff/login?lang={language}")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator(".tabs")).to_be_visible()


def enter(page: Page) -> None:
    """Presses Enter and waits for the page, or the place in it, that it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the element of this name has the focus, as its label or words tell it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const at = document.activeElement; return [at.getAttribute('aria-label'),"
            " ...(at.labels ? [...at.labels].map(one => one.innerText) : []), at.innerText]"
            ".filter(Boolean).map(one => one.trim()) }"
        )
        if any(one.startswith(name) for one in focused):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    page = opened(browser, console, locale="fi-FI", java_script_enabled=True)
    yield page
    page.context.close()


def test_take_answer_transfer_and_close_with_the_keyboard_alone(server: Server, page: Page) -> None:
    first = matter(server, "Koira karkasi ja söi naapurin kukkapenkin", owner="maria")
    second = matter(server, "Missä lähin neuvola on?", owner="eero")
    page.goto(f"{server.url}/staff?show=all&lang=fi")
    tab_to(page, "Käyttäjätunnus")
    page.keyboard.type("eero")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    enter(page)
    expect(page.locator(".queue-item")).to_have_count(2)

    tab_to(page, "Koira karkasi")
    enter(page)
    tab_to(page, "Ota asia vastuullesi")
    enter(page)
    expect(page.locator(".done")).to_contain_text("Asia on nyt vastuullasi")

    tab_to(page, "Kirjoita vastaus")
    enter(page)
    tab_to(page, "Vastauksesi")
    page.keyboard.type("Korvaus kuuluu koiran omistajalle.")
    tab_to(page, "Lähetä vastaus")
    enter(page)
    expect(page.locator(".done")).to_contain_text("Vastaus on lähetetty")

    tab_to(page, "Päätä asia")
    enter(page)
    expect(page.locator(".done")).to_contain_text("Asia on päätetty")
    assert server.ticket(first).stage == "closed"

    tab_to(page, "← Takaisin")
    enter(page)
    tab_to(page, "Missä lähin neuvola")
    enter(page)
    tab_to(page, "Siirrä toiselle")
    page.keyboard.press("Enter")
    tab_to(page, "Kenelle")
    page.keyboard.type("Sanna")
    tab_to(page, "Siirron syy")
    page.keyboard.type("Neuvolat ovat teillä")
    tab_to(page, "Siirrä asia")
    enter(page)
    expect(page.locator(".done")).to_contain_text("Asia on siirretty")
    moved = server.ticket(second)
    with server.doors.desk.reading() as session:
        assert session.get_one(Person, moved.owner_id).login == "sanna"


def everything(server: Server) -> dict[str, str]:
    """Tickets in every state that a page shows, by what they are."""
    codes = {
        "open": matter(server, "Koira karkasi ja söi naapurin kukkapenkin, kuka korvaa?"),
        "late": matter(server, "Katuvalo on pimeänä Kauppakadulla jo viikon", owner="eero"),
        "others": matter(server, "Var ansöker jag om dagvårdsplats?", "sv", owner="maria"),
        "handed": matter(server, "Lasku jätehuollosta on väärin", owner="maria"),
        "helped": matter(server, "Isäni tarvitsee apua kotiin", owner="maria"),
        "answered": matter(server, "Mistä saan kalastusluvan?"),
        "closed": matter(server, "Milloin kirjasto on auki juhannuksena?"),
    }
    desk, now = server.doors.desk, server.doors.desk.now()
    with desk.writing() as session:
        found = {
            name: session.scalars(select(Ticket).where(Ticket.code == code)).one()
            for name, code in codes.items()
        }
        eero, maria, sanna = (person(session, one) for one in ("eero", "maria", "sanna"))
        found["late"].due_at = now - timedelta(hours=3)
        found["late"].priority = "urgent"
        transfers.transfer(
            session,
            found["handed"],
            maria,
            Receiver(person_id=eero.id),
            reason="Laskutus on teidän tiimillänne. Asiakas soitti jo kerran.",
            tell=lambda who, team: f"Asiaasi hoitaa nyt {who.name}, {team.name_fi}.",
            now=now,
        )
        wanted = Goal("Onko kotihoidossa tilaa Kuopiossa?", "Tiedämme paikan ja alkamispäivän", now)
        for asked in ("helped", "open"):
            by, helper = (maria, eero) if asked == "helped" else (eero, sanna)
            goal = Goal(wanted.goal, wanted.done_when, now + timedelta(days=1))
            subtasks.ask(session, found[asked], by, helper, goal, now=now)
        notes.note(session, found["open"], eero, "Soitin, ei vastannut. Yritän klo 14.", now=now)
        for name in ("answered", "closed"):
            found[name].stage = name
        days = (WEDNESDAY_NOON.date() + timedelta(days=2), WEDNESDAY_NOON.date() + timedelta(9))
        absences.announce(session, eero, Days(*days), maria, now=now)
        absences.announce(session, maria, Days(days[0], days[0]), eero, now=now)
    return codes


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_of_the_staffs_pages(
    server: Server, browser: Browser, console: Console, axe: str, language: str, scheme: str
) -> None:
    codes = everything(server)
    page = opened(browser, console, locale="fi-FI", color_scheme=scheme)
    page.goto(f"{server.url}/staff/login?lang={language}")
    check(page, axe)
    at_work(server, page, "eero", language)
    for path in PAGES:
        page.goto(f"{server.url}{path}{'&' if '?' in path else '?'}lang={language}")
        open_all(page)
        check(page, axe)
    for code in codes.values():
        page.goto(f"{server.url}/staff/tickets/{code}?lang={language}")
        open_all(page)
        check(page, axe)
    page.goto(f"{server.url}/staff/tickets/{codes['open']}?lang={language}")
    open_all(page)
    page.locator("form[action*='transfer'] .buttons .primary").click()
    expect(page.locator(".problem")).to_be_visible()
    check(page, axe)
    page.context.close()


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_at_four_hundred_per_cent_nothing_runs_off_the_side(
    server: Server, page: Page, language: str
) -> None:
    codes = everything(server)
    at_work(server, page, "eero", language)
    page.set_viewport_size({"width": 320, "height": 256})
    for path in (*PAGES, *(f"/staff/tickets/{code}" for code in codes.values())):
        page.goto(f"{server.url}{path}{'&' if '?' in path else '?'}lang={language}")
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
