"""Errors leave as JSON with a Finnish and a Swedish sentence, and say nothing inner."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.problems import HTTP, STATUS, TEXTS
from api.shield import HEADERS, MOST_BYTES
from desk.models import Person
from tests.foundation import person

SENTENCES: dict[str, dict[str, str]] = yaml.safe_load(TEXTS.read_text("utf-8"))


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    app = create_app(botless_doors)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def check(answer: Any, status: int, error: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json() == {"error": error, **SENTENCES[error]}


def test_every_error_has_a_sentence_in_both_languages() -> None:
    for name in {name for _, name in STATUS.values()} | set(HTTP.values()) | {"our_fault"}:
        assert set(SENTENCES[name]) == {"fi", "sv"}, name


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "moi",
        {"text": "moi"},
        {"message_id": "m" * 8},
        {"message_id": "m" * 8, "text": ""},
        {"message_id": "short", "text": "moi"},
        {"message_id": "m" * 81, "text": "moi"},
        {"message_id": "with space", "text": "moi"},
        {"message_id": "m" * 8, "text": 7},
        {"message_id": "m" * 8, "text": None},
        {"message_id": "m" * 8, "text": "moi", "language": "en"},
        {"message_id": "m" * 8, "text": "moi", "conversation_id": "'; drop table turn"},
        {"message_id": "m" * 8, "text": "moi", "agency": "?"},
    ],
)
def test_a_message_that_is_none_is_refused_with_a_sentence(client: TestClient, body: Any) -> None:
    answer = client.post("/api/chat", json=body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "fi", "sv"}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"text=moi", b"null"])
def test_what_is_no_json_is_refused_with_a_sentence(client: TestClient, content: bytes) -> None:
    answer = client.post("/api/chat", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"error", "fi", "sv"}


def test_an_error_never_repeats_what_was_written(client: TestClient) -> None:
    answer = client.post("/api/chat", json={"message_id": "131052-308T!", "text": "salaisuus"})
    assert "131052" not in answer.text
    assert "salaisuus" not in answer.text


def test_a_body_over_the_limit_is_too_long_and_told_so(client: TestClient) -> None:
    over = {"message_id": "m" * 8, "text": "a" * MOST_BYTES}
    check(client.post("/api/chat", json=over), 413, "too_long")


def test_a_body_over_the_limit_in_pieces_is_seen_too(client: TestClient) -> None:
    pieces = (b"x" * 50_000 for _ in range(8))
    answer = client.post("/api/chat", content=pieces, headers={"Content-Type": "application/json"})
    check(answer, 413, "too_long")


@pytest.mark.parametrize("path", ["/nothing", "/api/services/nothing", "/api/nothing", "/api"])
def test_what_is_not_there_is_told_in_both_languages(client: TestClient, path: str) -> None:
    check(client.get(path), 404, "not_found")


def test_a_wrong_way_of_asking_is_told_in_both_languages(client: TestClient) -> None:
    check(client.delete("/api/chat"), 405, "not_found")


def test_an_unknown_ticket_is_told_in_both_languages(client: TestClient) -> None:
    check(client.get("/api/tickets/LK-000-0000"), 404, "ticket_unknown")


def broken(doors: Doors, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(doors.front, "_receive", fails)


def test_a_database_that_is_away_is_busy_and_the_log_holds_no_text_of_the_customer(
    client: TestClient,
    botless_doors: Doors,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken(botless_doors, OperationalError("salaisuus", {}, Exception("locked")), monkeypatch)
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/api/chat", json={"message_id": "m" * 8, "text": "salaisuus"})
    check(answer, 503, "busy")
    assert "salaisuus" not in caplog.text


def test_a_mistake_of_ours_is_told_and_logged_by_its_name_alone(
    client: TestClient,
    botless_doors: Doors,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken(botless_doors, ZeroDivisionError("salaisuus"), monkeypatch)
    answer = client.post("/api/chat", json={"message_id": "m" * 8, "text": "salaisuus"})
    check(answer, 500, "our_fault")
    for name, value in {**HEADERS, "Cache-Control": "no-store"}.items():
        assert answer.headers[name] == value
    told = [record.getMessage() for record in caplog.records if record.name == "luukku.problems"]
    assert told == ["ZeroDivisionError at /api/chat"]


def test_the_log_of_an_error_holds_no_conversations_id(
    client: TestClient,
    botless_doors: Doors,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("select", {}, Exception("locked"))

    monkeypatch.setattr(botless_doors.listeners, "_read", fails)
    secret = "hemlig" * 4
    assert client.get(f"/api/chat/{secret}/events").status_code == 503
    told = [record.getMessage() for record in caplog.records if record.name == "luukku.problems"]
    assert told == ["OperationalError at /api/chat/{conversation_id}/events"]


def test_a_desk_that_nobody_can_own_for_asks_to_send_again_and_promises_nothing(
    client: TestClient, house: Database
) -> None:
    with house.writing() as session:
        for one in session.query(Person):
            one.active = False
    message = {"message_id": "m" * 8, "text": "hukkasin passin"}
    check(client.post("/api/chat", json=message), 503, "busy")
    with house.writing() as session:
        person(session, "eero").active = True
    told = client.post("/api/chat", json=message | {"message_id": "n" * 8}).json()
    assert told["outcome"]["kind"] == "handover"


@pytest.mark.parametrize("path", ["/", "/health", "/api/services?q=x", "/nothing", "/staff"])
def test_every_answer_has_the_headers_that_protect_it(client: TestClient, path: str) -> None:
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    if path.startswith(("/api", "/staff")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_on_another_site_writes_nothing(client: TestClient) -> None:
    form = {"text": "hukkasin passin", "message_id": "f" * 16}
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    check(client.post("/chat", data=form, headers=elsewhere), 403, "forbidden")
    own = elsewhere | {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/chat", data=form, headers=own, follow_redirects=False).status_code < 400
