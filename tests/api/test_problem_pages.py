"""A problem meets who asked by themselves, without a script, as a page with a way on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.contract import LONGEST_MESSAGE
from api.doors import Doors
from api.problems import HTTP
from api.shield import MOST_BYTES

READER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fi"}
TITLES = {"fi": "Tämä ei onnistunut", "sv": "Det här lyckades inte"}
WAITS = {"fi": "Odota hetki", "sv": "Vänta en stund"}
# Four bytes as they are, nine or twelve where a program or a form writes them as escapes.
WIDEST = "🙂"


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    app = create_app(botless_doors)
    with TestClient(app, raise_server_exceptions=False, headers=READER) as client:
        yield client


def shown(answer: Any, status: int, language: str, titles: dict[str, str] = TITLES) -> str:
    """The page's text, once it is a whole page in this language that leads on."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Language"] == language
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = html5lib.parse(answer.text, namespaceHTMLElements=False)
    assert page.get("lang") == language
    assert [one.text for one in page.iter("h1")] == [titles[language]]
    assert f"/?lang={language}" in {one.get("href") for one in page.iter("a")}
    text = "".join(page.itertext())
    assert "112" in text
    return text


@pytest.mark.parametrize("path", ["/ei-ole", "/staff/ei-ole", "/sheet/x/y"])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_page_that_is_not_there_leads_to_the_desk(
    client: TestClient, path: str, language: str
) -> None:
    shown(client.get(f"{path}?lang={language}"), 404, language)


def test_a_browsers_language_is_the_pages_where_no_address_says(client: TestClient) -> None:
    answer = client.get("/inte-har", headers={"Accept-Language": "sv-FI,sv;q=0.9,fi;q=0.5"})
    assert "Den här sidan finns inte" in shown(answer, 404, "sv")


def test_both_languages_are_on_the_page(client: TestClient) -> None:
    text = shown(client.get("/ei-ole"), 404, "fi")
    assert "Tätä sivua ei ole" in text
    assert "Den här sidan finns inte" in text


def test_what_is_too_long_for_the_desk_is_told_in_the_language_of_the_forms_page(
    client: TestClient,
) -> None:
    before = {"Referer": "http://testserver/?lang=sv"}
    answer = client.post("/chat", data={"text": "a" * (MOST_BYTES + 1)}, headers=before)
    assert "för långt" in shown(answer, 413, "sv")


def test_words_that_are_too_long_for_the_map_are_told_on_a_page(client: TestClient) -> None:
    shown(client.post("/palvelukartta", data={"q": "a" * 5_000}), 422, "fi")


def test_a_database_that_is_away_asks_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("salaisuus", {}, Exception("locked"))

    monkeypatch.setattr("api.map_pages.select", away)
    text = shown(client.get("/palvelukartta"), 503, "fi", WAITS)
    assert "salaisuus" not in text


def test_a_mistake_of_ours_is_a_page_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("salaisuus")

    monkeypatch.setattr("api.map_pages.select", fails)
    assert "salaisuus" not in shown(client.get("/palvelukartta"), 500, "fi")


def test_a_program_is_told_in_json(client: TestClient) -> None:
    answer = client.get("/ei-ole", headers={"Accept": "application/json"})
    assert answer.json()["error"] == HTTP[404]


def test_the_longest_message_is_taken_however_it_is_escaped(client: TestClient) -> None:
    text = WIDEST * LONGEST_MESSAGE
    body = json.dumps({"message_id": "m" * 20, "text": text}, ensure_ascii=True)
    told = {"Content-Type": "application/json"}
    assert client.post("/api/chat", content=body, headers=told).status_code == 200
    form = {"message_id": "n" * 20, "text": text}
    assert client.post("/chat", data=form).status_code == 200
