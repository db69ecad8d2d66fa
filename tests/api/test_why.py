"""Every answer can say why: to whoever holds the conversation, and to the staff."""

from __future__ import annotations

import copy
import html
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from actions.desk_action import DECIDES, UNHEARD
from actions.find import ANSWER_FROM, ASK_FROM
from actions.hand import Desk
from api.app import create_app
from api.bot_client import BotClient
from api.database import Database
from api.page_texts import texts
from api.staff_why import DECIDED_BY
from catalog.find import Finder
from tests.foundation import (
    NOBODY_LISTENS,
    PASSWORD,
    TIME_LIMIT,
    DirectBot,
    actions_by_intent,
    doors_over,
)

PASSPORT = "mistä saan passin, puh. 040 123 4567"
A_PERSON = "haluan puhua ihmiselle"
A_PERSON_INTENT = next(
    intent for intent, action in actions_by_intent().items() if action == "action_hand_over"
)


@dataclass
class Index:
    """The desk's search, which a test may swap for that of another revision."""

    finder: Finder

    def raise_revision(self) -> None:
        self.finder = copy.copy(self.finder)
        self.finder.revision += 1


@pytest.fixture
def index(real_finder: Finder) -> Index:
    return Index(real_finder)


@pytest.fixture
def finding(desk: Desk, index: Index) -> Desk:
    return replace(desk, finder=lambda: index.finder)


@pytest.fixture
def client(house: Database, finding: Desk, tmp_path: Path) -> Iterator[TestClient]:
    bot = DirectBot(finding, lambda text: A_PERSON_INTENT if text == A_PERSON else "find_service")
    doors = doors_over(house, finding, bot, tmp_path)
    doors.bot_model.name = "luukku-0123"
    with TestClient(create_app(doors)) as client:
        yield client


@pytest.fixture
def botless(house: Database, finding: Desk, tmp_path: Path) -> Iterator[TestClient]:
    bot = BotClient(NOBODY_LISTENS, "key", TIME_LIMIT)
    with TestClient(create_app(doors_over(house, finding, bot, tmp_path))) as client:
        yield client


def write(client: TestClient, text: str, conversation_id: str | None = None) -> dict[str, Any]:
    body = {"message_id": uuid.uuid4().hex, "text": text, "conversation_id": conversation_id}
    told: dict[str, Any] = client.post("/api/chat", json=body).json()
    return told


def why(client: TestClient, conversation_id: str, turn: int = 1) -> dict[str, Any]:
    answer = client.get(f"/api/chat/{conversation_id}/turns/{turn}/why")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


# --- the API ---


def test_the_services_considered_the_words_and_the_versions_are_told(
    client: TestClient, index: Index
) -> None:
    told = write(client, PASSPORT)
    found = why(client, told["conversation_id"])
    hits = told["outcome"]["services"]
    assert [one["id"] for one in found["services"]] == [one["id"] for one in hits[:3]]
    first = found["services"][0]
    assert first["name"] == hits[0]["name"]
    assert first["probability"] == pytest.approx(first["today"])
    assert not first["chosen"]
    assert first["words"][0]["word"] == "passin"
    assert first["phrase"]["text"]
    assert sum(one["share"] for one in first["evidence"]) == pytest.approx(1.0)
    assert found["decided"]["by"] == "action_find_service"
    assert found["decided"]["kind"] == told["outcome"]["kind"]
    assert (found["decided"]["answer_from"], found["decided"]["ask_from"]) == (
        ANSWER_FROM,
        ASK_FROM,
    )
    assert found["explained_by"] == "same"
    assert found["versions"] == {
        "catalogue_then": index.finder.revision,
        "catalogue_now": index.finder.revision,
        "encoder": index.finder.encoder_name,
        "bot_model": "luukku-0123",
    }


def test_the_question_is_told_as_it_is_kept_without_personal_data(client: TestClient) -> None:
    told = write(client, PASSPORT)
    assert "040" not in why(client, told["conversation_id"])["question"]


def test_names_are_in_the_language_of_the_turn(client: TestClient) -> None:
    told = write(client, "var får jag pass till mitt barn?")
    found = why(client, told["conversation_id"])
    assert found["language"] == "sv"
    assert found["services"][0]["name"] == told["outcome"]["services"][0]["name"]


def test_each_message_of_a_conversation_is_explained_by_its_number(client: TestClient) -> None:
    conversation_id = write(client, PASSPORT)["conversation_id"]
    write(client, A_PERSON, conversation_id)
    assert why(client, conversation_id, 1)["question"].startswith("mistä saan passin")
    second = why(client, conversation_id, 2)
    assert second["question"] == A_PERSON
    assert (second["decided"]["by"], second["decided"]["kind"]) == ("action_hand_over", "handover")


def test_a_service_that_the_customer_chose_is_not_said_to_be_found(client: TestClient) -> None:
    asked = write(client, "tarvitsen apua isän asioihin")
    assert asked["outcome"]["kind"] == "clarify"
    chosen = asked["replies"][-1]["choices"][1]["value"]
    write(client, "toinen", asked["conversation_id"])
    found = why(client, asked["conversation_id"], 2)
    assert found["decided"]["by"] == "action_choose_option"
    assert found["services"][0]["chosen"]
    assert found["services"][0]["name"] == chosen
    assert found["services"][0]["today"] < 1


def test_a_turn_of_an_earlier_catalogue_says_that_todays_explains_it(
    client: TestClient, index: Index
) -> None:
    conversation_id = write(client, PASSPORT)["conversation_id"]
    index.raise_revision()
    found = why(client, conversation_id)
    assert found["explained_by"] == "today"
    assert found["versions"]["catalogue_now"] == found["versions"]["catalogue_then"] + 1


def test_where_the_bot_was_down_it_is_said_that_no_revision_was_kept(botless: TestClient) -> None:
    found = why(botless, write(botless, PASSPORT)["conversation_id"])
    assert found["decided"]["by"] == "bot_down"
    assert found["explained_by"] == "today"
    assert found["versions"]["catalogue_then"] is None
    assert found["versions"]["bot_model"] is None
    assert found["services"][0]["words"][0]["word"] == "passin"


@pytest.mark.parametrize(
    ("conversation_id", "turn", "status"),
    [("unknown-id", "1", 404), (None, "2", 404), (None, "0", 422), (None, "9" * 12, 422)],
)
def test_what_was_never_said_has_no_reasons(
    client: TestClient, conversation_id: str | None, turn: str, status: int
) -> None:
    known = write(client, PASSPORT)["conversation_id"]
    answer = client.get(f"/api/chat/{conversation_id or known}/turns/{turn}/why")
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "fi", "sv"}


# --- the staff's page ---


@dataclass
class Staff:
    client: TestClient
    code: str

    def page(self, query: str = "") -> str:
        answer = self.client.get(f"/staff/tickets/{self.code}/why?{query}")
        assert answer.status_code == 200
        return html.unescape(answer.text)


@pytest.fixture
def staff(client: TestClient) -> Callable[[str], Staff]:
    """Signed in, with the ticket of a customer who asked this and then wanted a person."""

    def after(question: str) -> Staff:
        conversation_id = write(client, question)["conversation_id"]
        code = write(client, A_PERSON, conversation_id)["outcome"]["ticket"]["code"]
        signed_in = TestClient(client.app, follow_redirects=True)
        signed_in.post("/staff/login", data={"login": "eero", "password": PASSWORD})
        return Staff(signed_in, code)

    return after


def test_the_ticket_leads_to_the_reasons_of_each_message(staff: Callable[[str], Staff]) -> None:
    at = staff(PASSPORT)
    ticket = html.unescape(at.client.get(f"/staff/tickets/{at.code}?lang=fi").text)
    for number in (1, 2):
        assert f'href="/staff/tickets/{at.code}/why?turn={number}&lang=fi"' in ticket
        assert f"Miksi näin? Viesti {number}" in ticket


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fi", ("Automaatti haki viestille palvelua.", "osui sanaan", "merkitykseltään lähin")),
        ("sv", ("Automaten sökte en tjänst för", "träffade ordet", "närmast i betydelse")),
    ],
)
def test_the_page_says_in_plain_words_why(
    staff: Callable[[str], Staff], index: Index, language: str, sentences: tuple[str, ...]
) -> None:
    page = staff(PASSPORT).page(f"turn=1&lang={language}")
    for sentence in (*sentences, '<q lang="fi">passin</q>', index.finder.encoder_name):
        assert sentence in page
    assert "040" not in page.split("<main")[1]
    assert f'<html lang="{language}">' in page
    assert "turn=1&lang=" in page  # the other language shows the same message


def test_without_a_number_the_message_that_made_the_ticket_is_explained(
    staff: Callable[[str], Staff],
) -> None:
    page = staff(PASSPORT).page("lang=fi")
    assert A_PERSON in page
    assert "Asia annettiin ihmisen hoidettavaksi." in page


def test_the_page_says_that_todays_catalogue_explains_an_earlier_turn(
    staff: Callable[[str], Staff], index: Index
) -> None:
    at = staff(PASSPORT)
    assert "laskettu tämän päivän luettelosta" not in at.page("turn=1&lang=fi")
    index.raise_revision()
    assert "laskettu tämän päivän luettelosta" in at.page("turn=1&lang=fi")


def test_what_the_customer_wrote_stays_text(staff: Callable[[str], Staff]) -> None:
    at = staff("<script>alert(1)</script> passin")
    raw = at.client.get(f"/staff/tickets/{at.code}/why?turn=1").text
    assert "<script>alert" not in raw


@pytest.mark.parametrize("query", ["turn=3", "turn=2147483647"])
def test_a_message_that_there_is_not_is_a_page_that_says_what_to_do(
    staff: Callable[[str], Staff], query: str
) -> None:
    at = staff(PASSPORT)
    answer = at.client.get(f"/staff/tickets/{at.code}/why?{query}&lang=fi")
    assert answer.status_code == 404
    assert "Palaa asioihin" in answer.text


def test_without_a_log_in_no_reasons_are_shown(client: TestClient) -> None:
    assert client.get("/staff/tickets/LK-000-0000/why").status_code == 401


@pytest.mark.parametrize("action", sorted(DECIDES | UNHEARD))
def test_whatever_decides_is_told_in_words(action: str) -> None:
    for language in ("fi", "sv"):
        assert texts("staff", language)[DECIDED_BY[action]]
