"""Who is here is written seldom, and never by a turn."""

from __future__ import annotations

import asyncio

import pytest

from api import presence
from api.doors import Doors
from api.presence import BEAT, Beats, keep_presence
from desk import conversations
from desk.conversations import Place
from desk.models import Conversation
from tests.foundation import WEDNESDAY_NOON


def test_a_customer_who_stays_is_written_once_in_a_beat() -> None:
    at = 0.0
    beats = Beats(lambda: at)
    assert beats.due({"a", "b"}) == {"a", "b"}
    beats.written({"a", "b"})
    at = BEAT - 1
    assert beats.due({"a", "b", "c"}) == {"c"}
    at = BEAT
    assert beats.due({"a"}) == {"a"}


def test_who_asks_for_news_is_seen_soon(
    botless_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LOOK", 0.05)
    with botless_doors.desk.writing() as session:
        talk = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)

    async def asked() -> None:
        task = asyncio.create_task(keep_presence(botless_doors))
        await botless_doors.listeners.lines(talk.id, 0, patience=0)
        await botless_doors.listeners.lines("no-such-conversation", 0, patience=0)
        for _ in range(100):
            await asyncio.sleep(0.05)
            with botless_doors.desk.reading() as session:
                if session.get_one(Conversation, talk.id).seen_at is not None:
                    break
        task.cancel()

    asyncio.run(asked())
    with botless_doors.desk.reading() as session:
        assert session.get_one(Conversation, talk.id).seen_at == WEDNESDAY_NOON
