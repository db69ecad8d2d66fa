"""In a flood a real browser proves its work unseen, and one that was too fast keeps its text."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from api.doors import Doors
from api.limits import EVERYBODY, requests_of
from api.tries import Tries
from tests.api import foreign_site
from tests.api.conftest import free_port
from tests.api.test_pages_browser import (
    Console,
    Server,
    axe,
    bot_says,
    browser,
    check,
    opened,
    own,
    with_services,
    write,
)

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser"]  # fixtures

ADDRESS = "198.51.100.7"
QUESTION, ANSWER = "päiväkoti kiinnostaa", "Varhaiskasvatus lyhyesti."
SHOTS = os.environ.get("SHOTS")  # a folder for pictures of the pages


class FromElsewhere:
    """The application, asked by a browser on this machine as if from another address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["client"] = (ADDRESS, 5000)
        await self._app(scope, receive, send)


def app_from_elsewhere(doors: Doors) -> FastAPI:
    app = create_app(doors)
    app.add_middleware(FromElsewhere)
    return app


@pytest.fixture
def flooded(doors: Doors) -> Doors:
    """Doors whose bound of new conversations is one in a minute."""
    return replace(
        doors, settings=doors.settings.model_copy(update={"flood_conversations_per_minute": 1})
    )


def flood(doors: Doors) -> None:
    Tries(doors.counts, "begun_everywhere", 1).take(EVERYBODY)


def use_up(doors: Doors) -> None:
    while not requests_of(doors).take(ADDRESS):
        pass


@pytest.fixture
def server(flooded: Doors) -> Iterator[Server]:
    doors, port = with_services(flooded), free_port()
    config = uvicorn.Config(app_from_elsewhere(doors), port=port, log_level="warning")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    end = time.monotonic() + 20
    while not running.started and time.monotonic() < end:
        time.sleep(0.02)
    yield Server(f"http://127.0.0.1:{port}", doors)
    doors.listeners.close()
    running.should_exit = True
    thread.join(20)


@pytest.fixture
def console() -> Iterator[Console]:
    """No page may break its own rules, nor a strict page's."""
    console = Console()
    yield console
    assert console.said == []


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    page = opened(browser, console, locale="fi-FI")
    page.set_default_timeout(30_000)
    yield page
    page.context.close()


def picture(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_the_chat_page_proves_its_work_and_one_that_was_too_fast_keeps_its_text(
    server: Server, page: Page, axe: str
) -> None:
    expect.set_options(timeout=30_000)
    flood(server.doors)
    page.goto(server.url)
    write(page, QUESTION)
    expect(page.locator("#status")).to_contain_text("muutamassa sekunnissa")
    bot_says(page, ANSWER)
    assert server.turns() == 1
    use_up(server.doors)
    write(page, "ja asunto")
    waits = page.locator(".line-customer .mark").first
    expect(waits).to_contain_text("Odota")
    picture(page, "too-fast-chat-fi-phone")
    check(page, axe)
    assert own(page)[-1] == "ja asunto"
    write(page, "isä ei hengitä")  # behind one that has to wait
    expect(page.locator(".line-customer").last).to_contain_text("112")
    picture(page, "danger-chat-fi-phone")
    assert server.turns() == 1
    requests_of(server.doors).forget(ADDRESS)
    waits.get_by_role("button").first.click()
    expect(page.locator("#log .mark")).to_have_count(0)
    assert server.turns() == 3


def test_the_refusal_of_a_form_is_a_page_that_everyone_can_use(
    server: Server, page: Page, axe: str
) -> None:
    use_up(server.doors)
    for lang, word in (("fi", "Odota hetki"), ("sv", "Vänta en stund")):
        for name, width in (("phone", 390), ("desktop", 1280)):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{server.url}/service-map?lang={lang}")
            expect(page.locator("h1")).to_have_text(word)
            picture(page, f"too-much-{lang}-{name}")
        check(page, axe)


def test_the_widget_on_a_strict_page_proves_its_work_too(
    flooded: Doors, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_site, "create_app", app_from_elsewhere)
    with foreign_site.foreign_site(flooded) as site:
        flood(site.doors)
        page.goto(site.address())
        foreign_site.launcher(page).click()
        foreign_site.write(page, QUESTION)
        foreign_site.bot_says(page, ANSWER)
        use_up(site.doors)
        foreign_site.write(page, "ja asunto")
        expect(page.locator("luukku-chat .mark")).to_contain_text("Odota")
        picture(page, "too-fast-widget-fi-phone")
        foreign_site.write(page, "isä ei hengitä")
        expect(page.locator("luukku-chat .mark").last).to_contain_text("112")
        assert site.turns() == 1
