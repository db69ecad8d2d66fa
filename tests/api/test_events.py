"""What the staff say reaches the customer: after the last line heard, in order, once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.events import Listeners
from desk import conversations
from desk.conversations import Place
from desk.models import Conversation
from tests.api.conftest import free_port
from tests.foundation import WEDNESDAY_NOON, person


@dataclass
class Chat:
    """One conversation at a running server."""

    url: str
    database: Database
    conversation_id: str

    def staff_says(
        self, *texts: str, author: str = "staff", audience: str = "customer"
    ) -> list[int]:
        ids = []
        for text in texts:
            with self.database.writing() as session:
                talk = session.get_one(Conversation, self.conversation_id)
                eero = person(session, "eero") if author == "staff" else None
                line = conversations.say(
                    session,
                    talk,
                    author=author,
                    text=text,
                    now=WEDNESDAY_NOON,
                    person=eero,
                    audience=audience,
                )
                ids.append(line.id)
        return ids

    @property
    def events(self) -> str:
        return f"{self.url}/api/chat/{self.conversation_id}/events"

    def polled(self, after: int = 0, wait: float = 0) -> list[str]:
        given = httpx.get(self.events, params={"after": after, "wait": wait}, timeout=30)
        assert given.status_code == 200
        return [line["text"] for line in given.json()]

    def streamed(self, count: int, last: str | None = None) -> list[tuple[int, str]]:
        """The first `count` events of a stream, each with its id."""
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        found: list[tuple[int, str]] = []
        with httpx.stream("GET", self.events, headers=headers, timeout=10) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            event: dict[str, str] = {}
            for row in stream.iter_lines():
                name, _, value = row.partition(": ")
                event[name] = value
                if not row and "data" in event:
                    found.append((int(event["id"]), json.loads(event["data"])["text"]))
                    event = {}
                if len(found) == count:
                    return found
        return found


@pytest.fixture
def chat(botless_doors: Doors, house: Database) -> Iterator[Chat]:
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_app(botless_doors), port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    with house.writing() as session:
        talk = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
    yield Chat(f"http://127.0.0.1:{port}", house, talk.id)
    botless_doors.listeners.close()
    server.should_exit = True
    thread.join(20)


def test_a_poll_tells_the_lines_after_the_last_one_heard(chat: Chat) -> None:
    first, second, _ = chat.staff_says("yksi", "kaksi", "kolme")
    assert chat.polled() == ["yksi", "kaksi", "kolme"]
    assert chat.polled(after=first) == ["kaksi", "kolme"]
    assert chat.polled(after=second) == ["kolme"]


def test_a_long_poll_waits_for_a_line_and_brings_it_at_once(chat: Chat) -> None:
    threading.Timer(0.5, chat.staff_says, ["vastaus"]).start()
    began = time.monotonic()
    assert chat.polled(wait=20) == ["vastaus"]
    assert time.monotonic() - began < 5


def test_a_long_poll_without_news_ends_empty_in_its_time(chat: Chat) -> None:
    began = time.monotonic()
    assert chat.polled(wait=0.7) == []
    assert 0.6 < time.monotonic() - began < 3


def test_a_stream_resumes_after_its_last_event_in_order_and_once(chat: Chat) -> None:
    ids = chat.staff_says(*(f"rivi {number}" for number in range(6)))
    expected = [(line, f"rivi {number}") for number, line in enumerate(ids)]
    assert chat.streamed(6) == expected
    assert chat.streamed(3, last=str(ids[2])) == expected[3:]


def test_a_stream_brings_lines_written_while_it_is_open(chat: Chat) -> None:
    chat.staff_says("ennen")
    late = threading.Timer(0.4, chat.staff_says, ["heti", "perään"])
    late.start()
    assert [text for _, text in chat.streamed(3)] == ["ennen", "heti", "perään"]
    late.join()


def test_what_customer_bot_and_staff_among_themselves_say_is_no_event(chat: Chat) -> None:
    chat.staff_says("minä", author="customer")
    chat.staff_says("automaatti", author="bot")
    chat.staff_says("keskenämme", audience="staff")
    chat.staff_says("asiakkaalle")
    assert chat.polled() == ["asiakkaalle"]


@pytest.mark.parametrize("last", ["x", "-1", "", "\xb2", "99999999999999999999"])
def test_any_last_event_id_is_answered(chat: Chat, last: str) -> None:
    chat.staff_says("rivi")
    given = httpx.get(chat.events, headers={"Last-Event-ID": last.encode("latin-1")})
    assert given.status_code == 200
    assert len(given.json()) == (0 if last.startswith("9") else 1)


def test_a_stranger_hears_nothing_and_is_not_told_whether_there_is_anything(chat: Chat) -> None:
    chat.staff_says("salaista")
    unknown = httpx.get(f"{chat.url}/api/chat/{'x' * 24}/events")
    assert (unknown.status_code, unknown.json()) == (200, [])


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=26", "wait=-1", f"after={2**60}"])
def test_an_improper_place_or_patience_is_refused(chat: Chat, query: str) -> None:
    assert httpx.get(f"{chat.events}?{query}").status_code == 422


def test_a_database_that_is_away_for_a_moment_does_not_end_the_watch(
    botless_doors: Doors, house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.events.POLL", 0.05)
    listeners = Listeners(house.reading, botless_doors.desk.pool)
    real, looked = listeners._since, 0

    def away_at_first(last: int) -> list[tuple[int, str]]:
        nonlocal looked
        looked += 1
        if looked < 3:
            raise OperationalError("select", {}, Exception("database is locked"))
        return real(last)

    monkeypatch.setattr(listeners, "_since", away_at_first)
    with house.writing() as session:
        talk = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
    chat = Chat("", house, talk.id)

    async def heard() -> list[str]:
        watch = asyncio.create_task(listeners.watch())
        asyncio.get_running_loop().call_later(0.4, chat.staff_says, "perillä")
        lines = await listeners.lines(talk.id, 0, patience=10)
        listeners.close()
        await watch
        return [line.text for line in lines]

    began = time.monotonic()
    assert asyncio.run(heard()) == ["perillä"]
    assert time.monotonic() - began < 5
