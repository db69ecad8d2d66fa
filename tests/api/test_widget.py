"""The widget's script as it is sent, who may embed it, and what a talk leaves with the desk."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from api.page_texts import LANGUAGES, TEXTS
from api.widget import PARTS, SOURCES
from desk.errors import RatingFixed
from desk.models import Conversation, Message
from desk.talk_ratings import MOST, rate_talk, talk_rating
from tests.foundation import Clock, Talk

SITE = "https://www.example.org"
MOST_BYTES = 15_000  # compressed: script, style and the texts of both languages
# Compressed sizes of others when this one was begun, in bytes: deep-chat,
# botframework-webchat's smallest bundle, rasa-webchat.
PEERS = {"deep-chat": 111_000, "botframework-webchat": 483_000, "rasa-webchat": 225_000}


@pytest.fixture
def embedding(botless_doors: Doors) -> Iterator[TestClient]:
    """The desk with one site that may embed it."""
    settings = botless_doors.settings.model_copy(update={"allowed_origins": f"{SITE}/, null"})
    with TestClient(create_app(replace(botless_doors, settings=settings))) as client:
        yield client


def test_the_whole_widget_is_small(
    embedding: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = embedding.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert sent.headers["Content-Encoding"] == "gzip"
    size = int(sent.headers["Content-Length"])
    with capsys.disabled():
        print(f"\nwidget.js: {size} bytes compressed; others: {PEERS}")
    assert size < MOST_BYTES
    assert size < min(PEERS.values()) / 7
    plain = embedding.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == sent.text
    assert len(gzip.compress(plain.content, 9)) == pytest.approx(size, abs=200)


def test_every_site_may_load_it_and_keep_it_until_it_changes(embedding: TestClient) -> None:
    sent = embedding.get("/widget.js")
    assert sent.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert sent.headers["Content-Type"].startswith("text/javascript")
    assert sent.headers["Cache-Control"] == "public, max-age=600"
    assert "Accept-Encoding" in sent.headers["Vary"]
    tag = sent.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = embedding.get("/widget.js", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert embedding.get("/widget.js", headers={"If-None-Match": '"other"'}).status_code == 200


def test_it_has_no_code_that_a_strict_page_refuses() -> None:
    source = "\n".join((SOURCES / f"{part}.js").read_text("utf-8") for part in PARTS)
    for refused in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function"):
        assert refused not in source
    for kept in ("document.cookie", "localStorage", "indexedDB"):
        assert kept not in source
    assert '"style"' not in source


def test_every_text_of_it_is_used() -> None:
    source = "\n".join((SOURCES / f"{part}.js").read_text("utf-8") for part in PARTS)
    named = yaml.safe_load((TEXTS / "widget.yml").read_text("utf-8"))
    begins = ("star_",)
    unused = [one for one in named if not one.startswith(begins) and one not in source]
    assert unused == []


def test_its_button_for_a_person_says_what_the_desk_knows(embedding: TestClient) -> None:
    sent = embedding.get("/widget.js").text
    replies = embedding.app.state.doors.desk.replies  # type: ignore[attr-defined]
    for language in LANGUAGES:
        assert f'"person":"{replies.say("utter_to_a_person", language)}"' in sent


def test_its_types_are_right(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        warnings.warn("NO NPM HERE: the widget's types were not checked", stacklevel=1)
        pytest.skip("no npm")
    got = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "typescript@5.9.3"],
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if got.returncode:
        pytest.skip("TypeScript cannot be had: the widget's types were not checked")
    checked = subprocess.run(
        [tmp_path / "node_modules" / ".bin" / "tsc", "-p", SOURCES / "tsconfig.json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert checked.stdout == ""
    assert checked.returncode == 0


# --- who may embed it ---


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [(SITE, True), ("https://other.example", False), ("null", True), (None, True)],
)
def test_a_site_learns_whether_it_is_served(
    embedding: TestClient, origin: str | None, allowed: bool
) -> None:
    asked = embedding.get("/widget/door", headers={"Origin": origin} if origin else {})
    assert asked.json() == {"allowed": allowed}
    assert asked.headers["Access-Control-Allow-Origin"] in ("*", origin)
    assert asked.headers["Cache-Control"] == "no-store"


def test_only_a_served_site_may_read_an_answer(embedding: TestClient) -> None:
    for origin, readable in ((SITE, True), ("https://other.example", False)):
        asked = embedding.options(
            "/api/chat",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type",
            },
        )
        assert (asked.headers.get("Access-Control-Allow-Origin") == origin) == readable
        lines = embedding.get("/api/chat/not-known-1/events", headers={"Origin": origin})
        assert (lines.headers.get("Access-Control-Allow-Origin") == origin) == readable
        assert "Access-Control-Allow-Credentials" not in lines.headers


def test_a_served_site_may_cancel_a_call_back(embedding: TestClient) -> None:
    asked = embedding.options(
        "/api/tickets/LK-935-6894/callback",
        headers={
            "Origin": SITE,
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "x-ticket-secret",
        },
    )
    assert asked.status_code == 200


# --- what a talk leaves ---


def say(client: TestClient, **more: Any) -> str:
    body = {"message_id": uuid.uuid4().hex, "text": "Mistä saan neuvoa?", **more}
    answer = client.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    conversation_id: str = answer.json()["conversation_id"]
    return conversation_id


@pytest.mark.parametrize(
    ("given", "kept"), [({"channel": "widget"}, "widget"), ({"channel": "api"}, "api"), ({}, "web")]
)
def test_the_door_that_a_talk_began_at_is_kept_and_does_not_change(
    embedding: TestClient, given: dict[str, str], kept: str
) -> None:
    conversation_id = say(embedding, **given)
    say(embedding, conversation_id=conversation_id, channel="api")
    doors = embedding.app.state.doors  # type: ignore[attr-defined]
    with doors.desk.reading() as session:
        assert session.get_one(Conversation, conversation_id).channel == kept


def test_the_telephone_cannot_be_claimed_over_the_api(embedding: TestClient) -> None:
    body = {"message_id": uuid.uuid4().hex, "text": "Hei", "channel": "phone"}
    assert embedding.post("/api/chat", json=body).status_code == 422


def test_a_talk_is_rated_once_and_the_last_word_counts(embedding: TestClient) -> None:
    path = f"/api/chat/{say(embedding)}/rating"
    first = embedding.post(path, json={"stars": 2, "text": "Soita 040 123 4567"})
    assert first.status_code == 200
    assert "123" not in first.json()["text"]
    again = embedding.post(path, json={"stars": 2, "text": "Soita 040 123 4567"})
    changed = embedding.post(path, json={"stars": 5})
    assert again.json() == first.json()
    assert changed.json()["changeable_until"] == first.json()["changeable_until"]
    doors = embedding.app.state.doors  # type: ignore[attr-defined]
    with doors.desk.reading() as session:
        lines = session.scalars(select(Message).where(Message.kind == "rated")).all()
        assert [one.data["stars"] for one in lines] == [2, 5]
        assert {one.audience for one in lines} == {"staff"}


@pytest.mark.parametrize("stars", [0, 6])
def test_a_rating_is_of_one_to_five_stars(embedding: TestClient, stars: int) -> None:
    path = f"/api/chat/{say(embedding)}/rating"
    assert embedding.post(path, json={"stars": stars}).status_code == 422


def test_nothing_is_rated_that_the_desk_does_not_have(embedding: TestClient) -> None:
    refused = embedding.post("/api/chat/not-known-1/rating", json={"stars": 5})
    assert refused.status_code == 404
    assert refused.json()["sv"]


def test_a_rating_is_fixed_after_two_weeks_and_after_many_changes(talk: Talk, clock: Clock) -> None:
    conversation_id = talk.write("Mistä saan neuvoa?").conversation.id

    def rate(stars: int) -> None:
        with talk.desk.writing() as session:
            conversation = session.get_one(Conversation, conversation_id)
            rate_talk(session, conversation, stars, "", now=clock())

    for change in range(MOST):
        rate(1 + change % 2)
    with pytest.raises(RatingFixed):
        rate(5)
    clock.at += timedelta(days=14, seconds=1)
    with pytest.raises(RatingFixed):
        rate(2)
    with talk.desk.reading() as session:
        kept = talk_rating(session, session.get_one(Conversation, conversation_id))
        assert kept is not None
        assert kept.stars == 2
