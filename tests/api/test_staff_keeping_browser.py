"""The pages of those who keep the desk, and what a matter goes through, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import delete

from catalog import keeping
from catalog.demo import ensure_demo
from catalog.models import Service
from desk import late_help, subtasks
from desk.models import Shift, Ticket
from desk.subtasks import Goal
from tests.api.test_pages_browser import axe, browser, check, console
from tests.api.test_staff_browser import Server, at_work, matter, page, server
from tests.foundation import WEDNESDAY_NOON, PlantedFinder, person

pytestmark = pytest.mark.browser
__all__ = ["axe", "browser", "console", "page", "server"]  # fixtures

PERMIT = "4853c910-5a39-4aae-a1a1-ac546fd9bcf4"  # Rakennuslupa
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 700}


def furnish(server: Server) -> str:
    """Gaps in the rota, words of a keeper, and a late matter with much to show; its code."""
    code = matter(server, "Saanko rakentaa kuistin?")
    with server.doors.desk.writing() as session:
        ensure_demo(session, now=WEDNESDAY_NOON)
        session.execute(delete(Shift).where(Shift.weekday == 3))
        eero = person(session, "eero")
        eero.roles = ["clerk", "lead", "admin", "keeper"]
        service = session.get_one(Service, PERMIT)
        keeping.add_phrase(session, service, "eero", "fi", "saanko tehdä kuistin")
        keeping.add_former(session, service, "eero", "sv", "Byggnadstillstånd")
        ticket = session.get_one(Ticket, server.ticket(code).id)
        ticket.service_id = PERMIT
        goal = Goal("Tarkista tontti", "Kaava on katsottu", WEDNESDAY_NOON.replace(minute=1))
        subtasks.ask(session, ticket, eero, person(session, "maria"), goal, now=WEDNESDAY_NOON)
        late_help.raise_due(session, now=WEDNESDAY_NOON.replace(minute=2))
    return code


def test_the_keepers_pages_have_no_accessibility_violation_on_phone_or_desktop(
    server: Server, page: Page, axe: str, planted: PlantedFinder
) -> None:
    planted.plant("kuisti", (PERMIT, 0.83))
    code = furnish(server)
    mine = {"code": code, "secret": server.doors.desk.keys.ticket_secret(code)}
    at_work(server, page, "eero")
    paths = [
        "/staff/rota",
        "/staff/catalogue?find=kuisti",
        f"/staff/catalogue/{PERMIT}?words=kuisti",
        f"/staff/tickets/{code}",
        "/staff",
    ]
    for language in ("fi", "sv"):
        for path in paths:
            page.goto(f"{server.url}{path}{'&' if '?' in path else '?'}lang={language}")
            for details in page.locator("details").all():
                details.evaluate("one => one.open = true")
            for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                check(page, axe)
                across = page.evaluate("document.documentElement.scrollWidth")
                assert across <= size["width"], (path, language, name)
                keep(page, f"{path.split('?')[0].split('/')[-1][:9]}-{language}-{name}")
        page.goto(f"{server.url}/ticket?lang={language}")
        page.locator("#code").fill(mine["code"])
        page.locator("#secret").fill(mine["secret"])
        page.locator("#secret").press("Enter")
        page.locator("#process").wait_for()
        check(page, axe)
        keep(page, f"customer-{language}")


def keep(page: Page, name: str) -> None:
    """For eyes: in the folder that PICTURES names, where it names one."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
