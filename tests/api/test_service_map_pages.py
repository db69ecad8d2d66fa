"""The service map's pages and the sheets: browsable, findable, printable, and never empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.doors import Doors
from catalog.models import CatalogueRevision, OpeningHours
from tests.foundation import PlantedFinder, add_channel, add_service

HOUSING = "579991be-f40f-4913-8130-0e07592b50c4"  # Kelan tuet asumiseen
MAPS = (("fi", "/palvelukartta"), ("sv", "/tjanstekarta"))
PART = re.compile(r'<section class="sheet-part[^"]*"><h2>([^<]+)</h2>(.*?)</section>', re.S)
LINK = re.compile(r'href="(/(?:palvelukartta|tjanstekarta)/[a-z-]+)"')


@pytest.fixture
def client(open_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(open_doors)) as client:
        yield client


@pytest.mark.parametrize(("language", "path"), MAPS)
def test_every_page_of_the_map_can_be_reached_and_leads_on(
    client: TestClient, language: str, path: str
) -> None:
    links = set(LINK.findall(client.get(path).text))
    assert len(links) == 9 + 10  # groups and life events
    for link in links:
        page = client.get(link)
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert "/sheet/" in page.text
        other = LINK.findall(page.text)
        assert any(not one.startswith(path) for one in other), "no way to the other language"


def test_the_other_language_leads_to_the_same_page(client: TestClient) -> None:
    page = client.get("/palvelukartta/lapsiperheille").text
    assert 'href="/tjanstekarta/barnfamiljer"' in page
    assert "För barnfamiljer" in client.get("/tjanstekarta/barnfamiljer").text


def test_the_map_opens_in_the_readers_language(client: TestClient) -> None:
    swedish = client.get("/service-map", headers={"Accept-Language": "sv"}, follow_redirects=False)
    assert swedish.headers["location"] == "/tjanstekarta"


def test_a_page_that_is_not_on_the_map_leads_to_the_whole_of_it(client: TestClient) -> None:
    page = client.get("/palvelukartta/ei-ole")
    assert page.status_code == 404
    assert "Kuka olet?" in page.text


def test_own_words_find_a_service_or_lead_to_the_desk(
    client: TestClient, planted: PlantedFinder
) -> None:
    planted.plant("vuokra", (HOUSING, 0.9))
    found = client.post("/palvelukartta", data={"q": "Vuokra on kallis"}).text
    assert f'href="/sheet/{HOUSING}?lang=fi"' in found
    nothing = client.post("/tjanstekarta", data={"q": "qwertyuiop"}).text
    assert "Vi hittade ingen tjänst" in nothing
    for page in (found, nothing):
        assert 'action="/chat"' in page
    assert client.post("/palvelukartta", data={"q": " "}).status_code == 422


def test_the_map_is_drawn_anew_when_the_catalogue_changes(
    client: TestClient, open_doors: Doors
) -> None:
    assert "Koepalvelu" not in client.get("/palvelukartta/kaikille").text
    with open_doors.desk.writing() as session:
        add_service(session, "new-one")
        session.query(CatalogueRevision).one().revision += 1
    assert "Koepalvelu" in client.get("/palvelukartta/kaikille").text


def test_a_sheet_of_which_the_catalogue_holds_nothing_has_no_empty_heading(
    client: TestClient, open_doors: Doors
) -> None:
    with open_doors.desk.writing() as session:
        add_service(session, "bare-service-1")
    for language in ("fi", "sv"):
        page = client.get(f"/sheet/bare-service-1?lang={language}").text
        parts = PART.findall(page)
        assert len(parts) >= 8
        for heading, below in parts:
            assert re.sub(r"<[^>]+>", "", below).strip(), heading
    assert "selvitämme sen puolestasi" in client.get("/sheet/bare-service-1?lang=fi").text


def test_a_sheet_tells_the_place_the_way_in_and_the_hours_of_today(
    client: TestClient, open_doors: Doors
) -> None:
    with open_doors.desk.writing() as session:
        add_service(session, "with-place")
        week = [OpeningHours(weekday=day, opens=time(9), closes=time(16, 15)) for day in range(5)]
        day_off = OpeningHours(
            exceptional=True, closed=True, valid_from=date(2026, 3, 13), valid_to=date(2026, 3, 13)
        )
        add_channel(
            session,
            "with-place",
            "place-1",
            *week,
            day_off,
            kind="ServiceLocation",
            summary="Ovi on sisäpihalla, ramppi oikealla.",
            address="Kuja 1, Kunta",
        )
    page = client.get("/sheet/with-place?lang=fi").text
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Osoite Kuja 1, Kunta" in shown
    assert "Perille ja sisään Ovi on sisäpihalla, ramppi oikealla." in shown
    assert "Tänään ke 11.3. 9.00–16.15" in shown
    assert "ma–pe 9.00–16.15 la–su suljettu pe 13.3. suljettu" in shown


def test_the_sheet_of_a_service_carries_its_id_source_date_and_a_tickets_code(
    client: TestClient,
) -> None:
    page = client.get(f"/sheet/{HOUSING}?lang=fi&ticket=lk 384 2175").text
    assert HOUSING in page
    assert "Tulostettu 11.3.2026." in page
    assert "Suomi.fi-palvelutietovaranto" in page
    assert "LK-384-2175" in page
    assert "Sinun asiasi" not in client.get(f"/sheet/{HOUSING}?lang=fi&ticket=LK-111-1111").text


def test_a_service_that_does_not_exist_leads_to_the_desk(client: TestClient) -> None:
    page = client.get("/sheet/no-such?lang=sv")
    assert page.status_code == 404
    assert "Fråga Luukku" in page.text
