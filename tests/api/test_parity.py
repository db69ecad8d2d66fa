"""Every door is the same desk: the same question gets the same service at each of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from api.doors import Doors
from desk.models import Conversation, Turn
from eval.questions_data import Question, blind
from tests.foundation import PASSWORD, DirectBot, doors_over
from tests.phone.caller import Caller
from tests.phone.conftest import with_phone

OF_EACH_LANGUAGE = 50
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


def questions() -> list[Question]:
    """The first of each language; written before their writer had seen the catalogue."""
    return [
        one
        for language in ("fi", "sv")
        for one in [q for q in blind() if q.language == language][:OF_EACH_LANGUAGE]
    ]


@pytest.fixture
def doors(house: Database, finding_desk: Desk, tmp_path: Path) -> Doors:
    """Doors over the real search, and a bot that takes every message for a question."""
    bot = DirectBot(finding_desk)
    return with_phone(doors_over(house, finding_desk, bot, tmp_path, time_limit=60))


@pytest.fixture
def client(doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(doors)) as client:
        yield client


def by_api(client: TestClient, channel: str) -> Callable[[Question], str]:
    """Asks the chat's API at this door; returns the message's id."""

    def ask(question: Question) -> str:
        message_id = uuid.uuid4().hex
        body = {"message_id": message_id, "text": question.text, "language": question.language}
        answer = client.post("/api/chat", json=body | {"channel": channel})
        assert answer.status_code == 200, answer.text
        return message_id

    return ask


def by_counter(client: TestClient, pages: list[str]) -> Callable[[Question], str]:
    """Asks as a clerk does; keeps the page that comes, and returns the message's id."""
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    token = TOKEN.search(client.get("/staff/counter").text)
    assert token is not None

    def ask(question: Question) -> str:
        message_id = uuid.uuid4().hex
        form = {"form_token": token[1], "message_id": message_id, "text": question.text}
        answer = client.post("/staff/counter", data=form | {"visitor": question.language})
        assert answer.status_code == 200
        pages.append(answer.text)
        return message_id

    return ask


def by_phone(client: TestClient, doors: Doors) -> Callable[[Question], str]:
    """Says it in a call of its own; returns the message's id."""

    def ask(question: Question) -> str:
        caller = Caller(client)
        caller.rings()
        caller.presses("1" if question.language == "fi" else "2")
        caller.says(question.text)
        with doors.desk.reading() as session:
            latest = select(Turn.message_id).order_by(Turn.id.desc()).limit(1)
            return session.scalars(latest).one()

    return ask


def test_a_hundred_questions_get_the_same_service_at_every_door(
    client: TestClient, doors: Doors
) -> None:
    asked = questions()
    assert len(asked) == 2 * OF_EACH_LANGUAGE
    ways = {
        "web": by_api(client, "web"),
        "widget": by_api(client, "widget"),
        "counter": by_counter(client, []),
        "phone": by_phone(client, doors),
    }
    differing, answered = [], 0
    for question in asked:
        told = {door: _outcome(doors, ask(question), door) for door, ask in ways.items()}
        if len(set(told.values())) != 1:
            differing.append((question.text, told))
        answered += told["web"][0] == "answer"
    assert differing == []
    assert answered > len(asked) / 4  # else the comparison says little


def _outcome(doors: Doors, message_id: str, door: str) -> tuple[str | None, str | None]:
    """How the turn ended, and the service that stands first in it."""
    with doors.desk.reading() as session:
        turn = session.scalars(select(Turn).where(Turn.message_id == message_id)).one()
        assert session.get_one(Conversation, turn.conversation_id).channel == door
        return turn.kind, turn.candidates[0]["id"] if turn.candidates else None


def test_the_sheet_handed_over_is_of_the_service_that_the_chat_answers_with(
    client: TestClient,
) -> None:
    pages: list[str] = []
    at_counter, seen = by_counter(client, pages), 0
    for question in questions()[:20]:
        body = {"message_id": uuid.uuid4().hex, "text": question.text}
        outcome = client.post("/api/chat", json=body | {"language": question.language}).json()
        at_counter(question)
        if outcome["outcome"]["kind"] != "answer":
            continue
        service_id = outcome["outcome"]["services"][0]["id"]
        assert f"/sheet/{service_id}?" in pages[-1]
        sheet = client.get(f"/sheet/{service_id}?lang={question.language}").text
        assert service_id in sheet
        seen += 1
    assert seen > 3
