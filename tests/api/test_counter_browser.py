"""Counter, sheet, receipt, service map and the moving code in a real browser, for everyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from api.doors import Doors
from tests.api.test_pages_browser import Console, axe, browser, check, console, opened
from tests.api.test_staff_browser import Server, at_work, server
from tests.foundation import PlantedFinder

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console", "server"]  # fixtures

HOUSING = "579991be-f40f-4913-8130-0e07592b50c4"  # Kelan tuet asumiseen
RENTED = "0069c15e-4ec6-4bd2-b1eb-a771b889b10c"  # Kunnan vuokra-asunnot
WORDS = {"fi": ("vuokra on kallis", "asunto", "Kirjasto"), "sv": ("hyran är dyr", "bostad", "Disk")}
PATHS = {
    "fi": ("/palvelukartta", "/palvelukartta/suomeen-muuttaville", "/palvelukartta/muutto"),
    "sv": ("/tjanstekarta", "/tjanstekarta/inflyttade", "/tjanstekarta/flytt"),
}


@pytest.fixture
def botless_doors(open_doors: Doors, planted: PlantedFinder) -> Doors:
    """Doors over a bot that answers: what the `server` of these tests opens."""
    for word in ("vuokra", "hyran"):
        planted.plant(word, (HOUSING, 0.95))
    for word in ("asunto", "bostad"):
        planted.plant(word, (HOUSING, 0.4), (RENTED, 0.35))
    return replace(open_doors)


@pytest.fixture(params=["fi", "sv"])
def page(request: pytest.FixtureRequest, browser: Browser, console: Console) -> Iterator[Page]:
    page = opened(browser, console, locale=f"{request.param}-FI", java_script_enabled=True)
    yield page
    page.context.close()


def language_of(page: Page) -> str:
    return str(page.evaluate("navigator.language"))[:2]


def test_axe_finds_nothing_on_the_map_and_on_a_sheet(server: Server, page: Page, axe: str) -> None:
    language = language_of(page)
    for path in (*PATHS[language], f"/sheet/{HOUSING}?lang={language}", "/sheet/no-such"):
        page.goto(server.url + path)
        check(page, axe)
    page.goto(server.url + PATHS[language][0])
    page.locator("#q").fill(WORDS[language][0])
    page.keyboard.press("Enter")
    expect(page.locator(".map-found a")).to_have_count(1)
    check(page, axe)
    page.goto(f"{server.url}/chat/continue?lang={language}")
    check(page, axe)


def test_a_visitor_is_served_and_every_page_of_it_is_for_everyone(
    server: Server, page: Page, axe: str
) -> None:
    language = language_of(page)
    first, second, place = WORDS[language]
    at_work(server, page, "eero", language)
    page.goto(f"{server.url}/staff/counter?lang={language}")
    check(page, axe)
    page.locator(f"input[value={language}]").check()
    page.locator("#text").fill(first)
    page.locator("form .primary").click()
    expect(page.locator(".paper .sheet-part").first).to_be_visible()
    check(page, axe)
    page.locator("#text").fill(second)
    page.locator("form .primary").click()
    expect(page.locator(".choice").first).to_be_visible()
    check(page, axe)
    page.locator("form[action*='/code'] button").click()
    expect(page.locator(".pass-digits")).to_be_visible()
    check(page, axe)

    page.goto(f"{server.url}/staff/counter/receipts?lang={language}")
    page.locator("#description").fill(first)
    page.locator("#place").fill(place)
    page.locator("form .primary").click()
    expect(page.locator("#receivers input")).to_have_count(2)
    check(page, axe)
    page.locator("form .primary").click()
    expect(page.locator(".paper .key").first).to_contain_text("LK-")
    check(page, axe)


def test_on_paper_there_is_the_paper_and_nothing_around_it(server: Server, page: Page) -> None:
    language = language_of(page)
    page.goto(f"{server.url}/sheet/{HOUSING}?lang={language}")
    page.emulate_media(media="print")
    for around in (".top", ".nav", ".sheet-tools"):
        expect(page.locator(around)).to_be_hidden()
    expect(page.locator(".paper h1")).to_be_visible()
    colour = page.locator(".paper").evaluate("one => getComputedStyle(one).color")
    assert colour == "rgb(0, 0, 0)"  # what is grey is lost on a photocopy


def test_a_talk_moves_from_one_browser_to_another_with_its_choices(
    server: Server, browser: Browser, console: Console
) -> None:
    here = opened(browser, console, locale="fi-FI", java_script_enabled=True)
    here.goto(f"{server.url}/?lang=fi")
    here.locator("#text").fill("asunto")
    here.keyboard.press("Enter")
    expect(here.locator("#choices button").first).to_be_visible()
    here.locator("button[formaction='/chat/code']").click()
    code = here.locator(".pass-digits").inner_text()
    there = opened(browser, console, locale="fi-FI", java_script_enabled=True)
    there.goto(f"{server.url}/?lang=fi")
    there.locator("a[href*='/chat/continue']").click()
    there.locator("#code").fill(code)
    there.keyboard.press("Enter")
    expect(there.locator("#log .line-customer")).to_have_text([r"Sinäasunto"])
    expect(there.locator("#choices button").first).to_be_visible()
    there.locator("#choices button").first.click()
    expect(there.locator("#log .line-customer")).to_have_count(2)
    for page in (here, there):
        page.context.close()
