"""The pages of own data and of the access log in a real browser, for everyone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from desk import access
from desk.access import Thing
from tests.api.test_pages_browser import Console, axe, browser, check, console, opened
from tests.api.test_staff_browser import Server, at_work, matter, server
from tests.foundation import person

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console", "server"]  # fixtures

SCREENSHOTS = os.environ.get("SCREENSHOTS")
WIDTHS = (1100, 390)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_customer_saves_their_data_and_asks_to_be_erased_without_a_script(
    server: Server, browser: Browser, console: Console, axe: str, language: str
) -> None:
    code = matter(server, "Missä lähin neuvola on?", language)
    page = opened(browser, console, locale=f"{language}-FI", java_script_enabled=True)
    page.goto(f"{server.url}/ticket?lang={language}")
    page.locator("#code").fill(code)
    page.locator("#secret").fill(server.doors.desk.keys.ticket_secret(code))
    page.locator("#secret").press("Enter")
    with page.expect_download() as saved:
        page.get_by_role(
            "button", name={"fi": "Lataa tietosi", "sv": "Ladda ner"}[language]
        ).click()
    assert saved.value.suggested_filename == f"{code}.json"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        shot(page, f"own-data-{language}-{width}", ".own-data")
    check(page, axe)
    page.get_by_role("button", name={"fi": "Pyydä tietojesi", "sv": "Begär att"}[language]).click()
    expect(page.locator(".done")).to_be_visible()
    check(page, axe)
    assert "erasure" in server.ticket(code).tags
    page.context.close()


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_an_auditor_reads_and_checks_the_log(
    server: Server, browser: Browser, console: Console, axe: str, language: str
) -> None:
    code = matter(server, "Missä lähin neuvola on?", language)
    with server.doors.desk.writing() as session:
        person(session, "aino").roles = ["auditor"]
        things = [Thing("ticket", code), Thing("file:3", code), Thing("search", "search")]
        now = server.doors.desk.now()
        access.note(session, person(session, "eero").id, "saw", things, now=now)
        access.note(
            session, person(session, "eero").id, "changed", [Thing("answer", code)], now=now
        )
    page = opened(browser, console, locale=f"{language}-FI", java_script_enabled=True)
    at_work(server, page, "aino", language)
    page.goto(f"{server.url}/staff/access?lang={language}")
    expect(page.locator(".queue-item")).to_have_count(5)  # and the queue that aino came by
    page.locator("#about").fill(code)
    page.locator("#about").press("Enter")
    expect(page.locator(".queue-item")).to_have_count(3)
    page.get_by_role("button", name={"fi": "Tarkista loki", "sv": "Kontrollera"}[language]).click()
    expect(page.locator(".done")).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        shot(page, f"access-{language}-{width}")
        check(page, axe)
    page.context.close()


def shot(page: object, name: str, part: str | None = None) -> None:
    """Kept where SCREENSHOTS names a folder, to be looked at."""
    if SCREENSHOTS is None:
        return
    path = Path(SCREENSHOTS) / f"{name}.png"
    if part:
        page.locator(part).screenshot(path=path)  # type: ignore[attr-defined]
    else:
        page.screenshot(path=path, full_page=True)  # type: ignore[attr-defined]
