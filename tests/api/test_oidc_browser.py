"""The organisation's log-in in a real browser, where cookies and policies are kept for real."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.doors import Doors
from tests.api.provider_process import (
    ProviderProcess,
    doors,
    provider,
    provider_folder,
    with_provider,
)
from tests.api.test_pages_browser import Console, axe, browser, check, console, opened

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console", "doors", "provider"]  # fixtures
__all__ += ["provider_folder"]


@pytest.fixture
def desk_url(doors: Doors, provider: ProviderProcess) -> Iterator[str]:
    """A running desk with the provider."""
    port = int(provider.desk_url.rpartition(":")[2])
    app = create_app(with_provider(doors, provider))
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=running.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield provider.desk_url
    doors.listeners.close()
    running.should_exit = True
    thread.join(20)


def fill_in_there(page: Page, account: str) -> None:
    page.locator("input[name=login]").fill(account)
    page.locator("input[name=password]").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_the_button_leads_through_the_provider_to_the_page_that_was_asked_for_and_out_again(
    desk_url: str, provider: ProviderProcess, browser: Browser, console: Console, axe: str
) -> None:
    page = opened(browser, console, locale="sv-FI")
    page.goto(f"{desk_url}/staff/absences?lang=sv")
    check(page, axe)
    page.get_by_role("link", name="Logga in med organisationens konto").click()
    fill_in_there(page, "sven")
    # Signed in though the way led over another site, with a session cookie that is strict.
    expect(page).to_have_url(f"{desk_url}/staff/absences?lang=sv")
    expect(page.locator(".me")).to_have_text("Inloggad som Sven Provare")
    page.get_by_role("button", name="Logga ut").click()
    page.wait_for_url(f"{provider.issuer}/session/end*")
    page.get_by_role("button", name="Yes, sign me out").click()
    page.wait_for_url(f"{desk_url}/staff/login*")
    page.goto(f"{desk_url}/staff")
    expect(page.locator("h1")).to_have_text("Logga in")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_the_log_in(
    desk_url: str,
    provider: ProviderProcess,
    browser: Browser,
    console: Console,
    axe: str,
    scheme: str,
) -> None:
    page = opened(browser, console, locale="fi-FI", color_scheme=scheme)
    for language in ("fi", "sv"):
        for refused in ("away", "no_role", "taken"):
            page.goto(f"{desk_url}/staff/login?refused={refused}&lang={language}")
            expect(page.get_by_role("alert")).to_be_visible()
            check(page, axe)
    page.set_viewport_size({"width": 320, "height": 256})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()
