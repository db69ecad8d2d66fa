"""The widget for everyone: with the keyboard, aloud, enlarged, in every theme and contrast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.doors import Doors
from tests.api.foreign_site import Foreign, bot_says, foreign_site, launcher, panel, write
from tests.api.test_pages_browser import Console, axe, browser, check, opened

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser"]  # fixtures

DESKTOP = {"width": 1280, "height": 900}
ENLARGED = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %


@pytest.fixture
def foreign(doors: Doors) -> Iterator[Foreign]:
    with foreign_site(doors) as site:
        yield site


@pytest.fixture
def console() -> Iterator[Console]:
    console = Console()
    yield console
    assert console.said == []


def visited(
    browser: Browser, console: Console, foreign: Foreign, data: str = "", **options: Any
) -> Page:
    direction, size = options.pop("direction", "ltr"), options.pop("viewport", None)
    page = opened(browser, console, **{"locale": "fi-FI", **options})
    if size:
        page.set_viewport_size(size)
    page.goto(foreign.address(data, direction=direction))
    return page


def test_axe_finds_nothing_in_any_state(
    foreign: Foreign, browser: Browser, console: Console, axe: str
) -> None:
    page = visited(browser, console, foreign)
    check(page, axe)  # closed
    launcher(page).click()
    check(page, axe)  # open
    page.route("**/api/chat", lambda route: None)
    write(page, "tarvitsen asunto-apua")
    expect(page.get_by_text("Luukku etsii vastausta…")).to_be_visible()
    check(page, axe)  # answering
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    check(page, axe)  # with choices
    page.route("**/api/chat", lambda route: route.abort())
    write(page, "päiväkoti")
    expect(page.get_by_role("button", name="Yritä heti uudelleen")).to_be_visible()
    check(page, axe)  # the desk is away
    page.context.close()


def test_axe_finds_nothing_in_swedish_with_a_ticket_and_in_the_forms(
    foreign: Foreign, browser: Browser, console: Console, axe: str
) -> None:
    page = visited(browser, console, foreign, 'data-lang="sv"', color_scheme="dark")
    launcher(page).click()
    page.get_by_role("button", name="Jag vill ha kontakt med en människa").click()
    expect(page.locator("luukku-chat .ticket")).to_be_visible()
    foreign.answer("Hej!")
    expect(page.locator("luukku-chat .line.staff")).to_be_visible()
    page.get_by_text("Spara, betygsätt eller avsluta").click()
    check(page, axe)
    page.get_by_role("button", name="Betygsätt chatten").click()
    check(page, axe)
    page.get_by_role("button", name="Tillbaka till chatten").click()
    page.get_by_text("Spara, betygsätt eller avsluta").click()
    page.get_by_role("button", name="Avsluta chatten").click()
    check(page, axe)
    page.context.close()


def test_everything_can_be_done_with_the_keyboard_alone(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    page = visited(browser, console, foreign)
    press, keys = page.keyboard.press, page.keyboard
    press("Tab")
    press("Tab")
    expect(launcher(page)).to_be_focused()
    press("Enter")
    expect(page.locator("luukku-chat #text")).to_be_focused()
    keys.type("tarvitsen")
    press("Shift+Enter")
    keys.type("asunto-apua")
    press("Enter")
    expect(page.get_by_role("button", name="Vuokra-asunnot")).to_be_visible()
    for _ in ("the way to a person", "none of these", "the second service"):
        press("Shift+Tab")
    expect(page.get_by_role("button", name="Vuokra-asunnot")).to_be_focused()
    press("Enter")
    bot_says(page, "Vuokra-asunnot lyhyesti.")
    press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(launcher(page)).to_be_focused()
    press("Shift+Tab")
    expect(page.locator("#link")).to_be_focused()
    page.context.close()


def test_what_a_screen_reader_is_told(foreign: Foreign, browser: Browser, console: Console) -> None:
    page = visited(browser, console, foreign)
    launcher(page).click()
    write(page, "päiväkoti kiinnostaa")
    bot_says(page, "Varhaiskasvatus")
    expect(page.get_by_role("region")).to_match_aria_snapshot(
        """
        - 'region "Neuvonta: Luukku"':
          - dialog "Luukku":
            - heading "Luukku" [level=2]
            - button "På svenska"
            - button "Pienennä keskustelu"
            - group "Keskustelu":
              - paragraph: /Kerro omin sanoin/
              - paragraph: /automaatti/
              - log "Viestit":
                - article:
                  - paragraph: Sinä
                  - paragraph: päiväkoti kiinnostaa
                - article:
                  - paragraph: Luukku, automaatti
                  - paragraph: /Varhaiskasvatus/
            - button "Haluan asioida ihmisen kanssa"
            - textbox "Viestisi"
            - button "Lähetä"
        """
    )
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    live = {
        one["role"]["value"]: {
            kind["name"]: kind["value"].get("value") for kind in one["properties"]
        }
        for one in nodes
        if one.get("role", {}).get("value") in ("log", "dialog", "status")
    }
    assert live["log"]["live"] == "polite"
    assert live["status"]["live"] == "polite"
    assert not live["dialog"].get("modal")
    page.context.close()


def test_enlarged_to_400_percent_everything_fits_and_can_be_reached(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    page = visited(browser, console, foreign, viewport=ENLARGED)
    launcher(page).click()
    write(page, "tarvitsen asunto-apua")
    expect(page.get_by_role("button", name="Asumistuki")).to_be_visible()
    page.get_by_text("Tallenna, arvioi tai lopeta").click()
    buttons = panel(page).get_by_role("button").all()
    assert len(buttons) >= 10
    for button in buttons:
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= ENLARGED["width"]
        assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= ENLARGED["width"]
    inner = "document.querySelector('luukku-chat').shadowRoot.querySelector('.panel')"
    assert page.evaluate(f"{inner}.scrollWidth <= {inner}.clientWidth")
    buttons[-1].click()
    expect(page.get_by_text("Keskustelu poistuu tästä selaimesta.")).to_be_visible()
    page.context.close()


def test_those_who_want_little_motion_get_none_and_the_others_a_sign_of_life(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    for wish, moving in (("reduce", "none"), ("no-preference", "breathe")):
        page = visited(browser, console, foreign, reduced_motion=wish)
        page.route("**/api/chat", lambda route: None)
        launcher(page).click()
        write(page, "päiväkoti")
        expect(page.get_by_text("Luukku etsii vastausta…")).to_be_visible()
        assert (
            page.evaluate(
                "getComputedStyle(document.querySelector('luukku-chat').shadowRoot"
                ".querySelector('.typing'), '::before').animationName"
            )
            == moving
        )
        page.unroute_all(behavior="ignoreErrors")
        page.context.close()


def test_on_a_page_written_from_right_to_left_it_stands_on_the_left(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    for direction in ("ltr", "rtl"):
        page = visited(browser, console, foreign, viewport=DESKTOP, direction=direction)
        box = launcher(page).bounding_box()
        assert box is not None
        assert (box["x"] < DESKTOP["width"] / 2) == (direction == "rtl")
        launcher(page).click()
        frame = panel(page).bounding_box()
        assert frame is not None
        assert frame["x"] >= 0
        assert frame["x"] + frame["width"] <= DESKTOP["width"]
        page.context.close()


def test_in_forced_colours_every_control_has_an_edge(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    page = visited(browser, console, foreign, forced_colors="active")
    launcher(page).click()
    for button in panel(page).get_by_role("button").all():
        if not button.is_visible():
            continue
        edge = button.evaluate("one => getComputedStyle(one).borderTopWidth")
        ground, colour = button.evaluate(
            "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderTopColor]"
        )
        assert edge != "0px"
        assert ground != colour
    page.context.close()


def test_without_a_script_there_is_a_link_to_the_desks_own_page(
    foreign: Foreign, browser: Browser, console: Console
) -> None:
    page = visited(browser, console, foreign, java_script_enabled=False)
    page.get_by_role("link", name="Luukku").click()
    page.locator("#text").fill("päiväkoti kiinnostaa")
    page.get_by_role("button", name="Lähetä").click()
    expect(page.get_by_text("Varhaiskasvatus lyhyesti.")).to_be_visible()
    page.context.close()
