"""The customer's page of a matter in a real browser: by keyboard, without a script, for all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from desk import tickets
from desk.models import Ticket
from tests.api.test_pages_browser import (  # noqa: F401  (fixtures)
    Console,
    Server,
    axe,
    browser,
    check,
    console,
    opened,
    page,
    scriptless,
    server,
)

pytestmark = pytest.mark.browser

SHOW = {"fi": "Näytä asia", "sv": "Visa ärendet"}
STAGES = {
    "open": {"fi": "Odottaa vastaustamme", "sv": "Väntar på vårt svar"},
    "answered": {"fi": "Sinulle on vastattu", "sv": "Du har fått svar"},
    "closed": {"fi": "Asia on päätetty", "sv": "Ärendet är avslutat"},
}


@pytest.fixture
def secret(server: Server, scriptless: Page) -> str:  # noqa: F811
    """Of a matter that the desk has taken."""
    scriptless.goto(server.url)
    scriptless.locator("#person").click()
    expect(scriptless.locator(".ticket")).to_be_visible()
    return server.doors.desk.keys.ticket_secret(server.ticket().code)


def look(server: Server, page: Page, secret: str, language: str = "fi") -> None:  # noqa: F811
    page.goto(f"{server.url}/ticket?lang={language}")
    page.locator("#code").fill(server.ticket().code)
    page.locator("#secret").fill(secret)
    page.get_by_role("button", name=SHOW[language]).click()
    expect(page.locator(".matter")).to_be_visible()


def close(server: Server) -> None:  # noqa: F811
    with server.doors.desk.writing() as session:
        ticket = session.get_one(Ticket, server.ticket().id)
        tickets.close(session, ticket, ticket.owner, now=server.doors.desk.now())


def tab_to(page: Page, selector: str) -> None:  # noqa: F811
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def look_up(page: Page, server: Server, code: str, secret: str) -> None:  # noqa: F811
    page.goto(f"{server.url}/ticket")
    tab_to(page, "#code")
    page.keyboard.type(code)
    page.keyboard.press("Tab")
    page.keyboard.type(secret)
    page.keyboard.press("Enter")


def test_with_the_keyboard_alone_a_customer_looks_writes_rates_and_reopens(
    server: Server,  # noqa: F811
    page: Page,  # noqa: F811
    secret: str,
) -> None:
    code = server.ticket().code
    look_up(page, server, code, secret)
    expect(page.locator("#stage")).to_have_text(STAGES["open"]["fi"])
    tab_to(page, "#text")
    page.keyboard.type("Se oli punainen.")
    tab_to(page, "#message button")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_have_text("Viestisi on perillä.")
    expect(page.locator(".done")).to_be_focused()
    expect(page.locator(".line-customer").last).to_contain_text("Se oli punainen.")
    server.answer("Se löytyi.")
    close(server)
    look_up(page, server, code, secret)
    expect(page.locator("#stage")).to_have_text(STAGES["closed"]["fi"])
    tab_to(page, "#rating input[type=radio]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#rating button")
    page.keyboard.press("Enter")
    expect(page.locator("#rating")).to_contain_text("Arviosi: 2/5, Vähän.")
    tab_to(page, "#text")
    page.keyboard.type("Se oli väärä.")
    tab_to(page, "#reopen button")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_have_text("Asiasi on avattu uudelleen.")
    expect(page.locator("#stage")).to_have_text(STAGES["open"]["fi"])
    assert secret not in page.url
    assert code not in page.url


def test_without_a_script_everything_works_and_a_reload_sends_nothing_twice(
    server: Server,  # noqa: F811
    scriptless: Page,  # noqa: F811
    secret: str,
) -> None:
    look(server, scriptless, secret)
    scriptless.locator("#text").fill("Vielä yksi asia.")
    scriptless.get_by_role("button", name="Lähetä viesti").click()
    expect(scriptless.locator(".done")).to_be_visible()
    scriptless.reload()
    expect(scriptless.locator(".line-customer", has_text="Vielä yksi asia.")).to_have_count(1)


def test_the_other_language_keeps_the_matter_in_sight(
    server: Server,  # noqa: F811
    page: Page,  # noqa: F811
    secret: str,
) -> None:
    look(server, page, secret)
    page.get_by_role("button", name="På svenska").click()
    expect(page.locator("#stage")).to_have_text(STAGES["open"]["sv"])
    assert page.locator("html").get_attribute("lang") == "sv"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_axe_finds_nothing_to_complain_about_at_any_stage(
    server: Server,  # noqa: F811
    browser: Browser,  # noqa: F811
    console: Console,  # noqa: F811
    axe: str,  # noqa: F811
    secret: str,
    language: str,
    scheme: str,
) -> None:
    page = opened(browser, console, locale=f"{language}-FI", color_scheme=scheme)  # noqa: F811
    for stage in ("open", "answered", "closed"):
        if stage == "answered":
            server.answer("Tässä vastaus.")
        if stage == "closed":
            close(server)
        look(server, page, secret, language)
        expect(page.locator("#stage")).to_have_text(STAGES[stage][language])
        check(page, axe)
    page.locator("#rating input[type=radio]").first.check()
    page.locator("#rating button").click()
    page.locator("summary").click()
    check(page, axe)
    page.locator("#text").fill("Ei ole kunnossa.")
    page.locator("#reopen button").click()
    expect(page.locator(".done")).to_be_visible()
    check(page, axe)
    page.context.close()


def test_at_four_hundred_per_cent_nothing_runs_off_the_side(
    server: Server,  # noqa: F811
    page: Page,  # noqa: F811
    secret: str,
) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    for _ in ("open", "answered"):
        look(server, page, secret, "sv")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        server.answer("Tässä vastaus.")
