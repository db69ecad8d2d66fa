"""Files and ready answers in a real browser: without a script, at every width, for everyone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from desk import demo_canned
from tests.api.test_pages_browser import PHONE, Console, axe, browser, check, console, opened
from tests.api.test_staff_browser import Server, at_work, matter, server
from tests.desk.sample_files import PDF, photo

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console", "server"]  # fixtures

SHOTS = os.environ.get("SCREENSHOTS")  # a folder, for looking at the pages
SIZES = {"phone": PHONE, "desktop": {"width": 1280, "height": 900}}
SEND = {"fi": "Lähetä tiedosto", "sv": "Skicka filen"}
SHOW = {"fi": "Näytä asia", "sv": "Visa ärendet"}
USE = {"fi": "Lisää vastaukseen", "sv": "Lägg till i svaret"}
ANSWER = {"fi": "Lähetä vastaus", "sv": "Skicka svaret"}


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def look(page: Page, server: Server, code: str, language: str) -> None:
    page.goto(f"{server.url}/ticket?lang={language}")
    page.locator("#code").fill(code)
    page.locator("#secret").fill(server.doors.desk.keys.ticket_secret(code))
    page.get_by_role("button", name=SHOW[language]).click()


def add(page: Page, language: str, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("#file").set_input_files([file])
    page.get_by_role("button", name=SEND[language]).click()


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_customer_sends_files_and_staff_answer_with_one_from_a_ready_answer(
    server: Server,
    browser: Browser,
    console: Console,
    axe: str,
    language: str,
) -> None:
    code = matter(server, "Koira karkasi ja söi naapurin kukkapenkin", language)
    with server.doors.desk.writing() as session:
        demo_canned.ensure_demo(session, now=server.doors.desk.now())
    page = opened(browser, console, locale=f"{language}-FI", java_script_enabled=False)
    scripted = opened(browser, console, locale=f"{language}-FI")
    look(page, server, code, language)
    add(page, language, "naapurin kukat.jpg", photo())
    expect(page.locator(".done")).to_be_visible()
    add(page, language, "ohjelma.exe", b"MZ\x90\x00")
    expect(page.locator(".problem")).to_be_visible()
    with page.expect_download() as saved:
        page.locator(".kept-file button").click()
    assert saved.value.suggested_filename == "naapurin kukat.jpg"

    look(scripted, server, code, language)
    at_work_page = opened(browser, console, locale=f"{language}-FI")
    at_work(server, at_work_page, "eero", language)
    for size, viewport in SIZES.items():
        scripted.set_viewport_size(viewport)
        at_work_page.set_viewport_size(viewport)
        check(scripted, axe)
        shot(scripted, f"customer-{language}-{size}")
        at_work_page.goto(f"{server.url}/staff/canned?edit=1&lang={language}")
        expect(at_work_page.locator(".queue-item")).not_to_have_count(0)
        check(at_work_page, axe)
        shot(at_work_page, f"canned-{language}-{size}")
        at_work_page.goto(f"{server.url}/staff/tickets/{code}?lang={language}")
        at_work_page.locator("#answer").fill("Hei!")
        at_work_page.locator("#canned").select_option(index=1)
        at_work_page.get_by_role("button", name=USE[language]).click()
        expect(at_work_page.locator("#answer")).to_have_value(
            re.compile(rf"^Hei!\n\n(?s:.*){code}")
        )
        check(at_work_page, axe)
        shot(at_work_page, f"staff-{language}-{size}")
        width = at_work_page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"]
    file = {"name": "ohje.pdf", "mimeType": "application/pdf", "buffer": PDF}
    at_work_page.locator("#answer-file").set_input_files([file])
    at_work_page.get_by_role("button", name=ANSWER[language], exact=True).click()
    expect(at_work_page.locator(".file-line").last).to_contain_text("ohje.pdf")
    check(at_work_page, axe)
    for one in (page, scripted, at_work_page):
        one.context.close()
