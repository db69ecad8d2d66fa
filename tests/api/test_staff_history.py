"""The customer's other matters on the page of a ticket, by the setting that allows them."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from desk.models import Team, Ticket
from tests.api.test_staff_handing import matter, of_code
from tests.foundation import PASSWORD

type Seen = Callable[[bool, str], str]


@pytest.fixture
def seen(botless_doors: Doors) -> Seen:
    """The page of one of two matters that share a contact, and the code of the other."""

    def look(allowed: bool, language: str) -> str:
        settings = botless_doors.settings.model_copy(update={"contact_history": allowed})
        app = create_app(replace(botless_doors, settings=settings))
        with TestClient(app) as client:
            client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
            page = client.get(f"/staff/tickets/{first}?lang={language}")
        return html.unescape(page.text)

    first, second = matter(botless_doors, "Koira"), matter(botless_doors, "Kissa")
    with botless_doors.desk.writing() as session:
        team_id = session.scalars(select(Team.id).where(Team.last_resort)).one()
        for code in (first, second):
            ticket = session.get_one(Ticket, of_code(botless_doors, code).id)
            ticket.contact, ticket.team_id = "eppu@example.fi", team_id
    return look


def test_by_default_no_other_matter_is_looked_for_by_contact(seen: Seen) -> None:
    assert "Asiakkaan muut asiat" not in seen(False, "fi")


@pytest.mark.parametrize(
    ("language", "title", "mark"),
    [
        ("fi", "Asiakkaan muut asiat", "sama yhteystieto"),
        ("sv", "Kundens andra ärenden", "samma kontaktuppgift"),
    ],
)
def test_where_the_setting_allows_the_other_matter_is_shown(
    seen: Seen, language: str, title: str, mark: str
) -> None:
    page = seen(True, language)
    assert title in page
    assert mark in page
    assert "Kissa" in page
