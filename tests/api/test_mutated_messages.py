"""Thousands of strange messages by every door: no fault, no page that runs them, nothing personal
on the disk, in a log or before the bot.

`MUTATED=10000` sends so many (`make mutated`); `MUTATED_SEED` sends others.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from catalog.models import Service
from catalog.personal_data import mask
from desk.models import Turn
from tests.api.mutated_doors import TAKEN, WAYS, Doors
from tests.api.mutations import MADE, PLAIN, SNIPPETS, Mutated, code, levelled, mutated, spelled
from tests.databases import Databases
from tests.foundation import DirectBot, PlantedFinder, actions_by_intent, doors_over
from tests.logged import logging_to
from tests.phone.conftest import with_phone

MANY = int(os.environ.get("MUTATED", "600"))
SEED = int(os.environ.get("MUTATED_SEED", "20260311"))
UNBOUND = 1_000_000  # requests; bounds have tests of their own
# A code as it stands when all but letters and digits is taken away.
CODES = re.compile(r"(?=(\d{6}A?9\d\d[0-9A-Y]))")


@pytest.fixture
def bot(desk: Desk) -> DirectBot:
    """Reads every intent in turn."""
    intents = sorted(actions_by_intent())
    return DirectBot(desk, lambda text: intents[len(text) % len(intents)])


@pytest.fixture
def doors(
    house: Database, desk: Desk, planted: PlantedFinder, bot: DirectBot, tmp_path: Path
) -> Iterator[Doors]:
    with house.reading() as session:
        services = list(session.scalars(select(Service.id).order_by(Service.id)))[::100]
    planted.plant("", (services[0], 0.6), (services[1], 0.3))
    opened = with_phone(
        doors_over(house, desk, bot, tmp_path),
        rasa_rest=True,
        limit_conversation_per_minute=100_000,
        flood_conversations_per_minute=UNBOUND,
    )
    app = create_app(opened)
    with TestClient(app) as client:
        told = client.post(
            "/api/chat", json={"message_id": "the-first-message", "text": "äiti ei hengitä!!"}
        ).json()
        ticket = told["outcome"]["ticket"]
        yield Doors(app, {"code": ticket["code"], "secret": ticket["secret"]})


def written_under(folder: Path) -> bytes:
    """Everything in every file, whatever it is."""
    return b"\n".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())


def planted_in(kept: str | bytes, sent: set[str]) -> set[str]:
    text = kept if isinstance(kept, str) else kept.decode("utf-8", "replace")
    return sent & set(CODES.findall(levelled(text)))


def needles(messages: list[Mutated]) -> set[str]:
    return {levelled(one) for message in messages for one in message.codes}


@pytest.mark.timeout(7_200)
def test_no_message_is_a_fault_of_ours_and_no_code_is_kept(
    doors: Doors,
    house: Database,
    databases: Databases,
    bot: DirectBot,
    tmp_path: Path,
) -> None:
    chance = Random(SEED)
    messages = [mutated(chance) for _ in range(MANY)]
    logged = io.StringIO()
    with logging_to(logged, "json"):
        for message in messages:
            doors.send(message, chance)
    assert doors.faults == [], "\n".join(doors.faults[:20])
    sent = needles(messages)
    assert len(sent) > MANY / 10
    database, before_the_bot = databases.bytes_of(house.url), "\n".join(bot.heard)
    # The messages themselves are there, so that a code would be found.
    assert PLAIN.encode() in database
    assert PLAIN in before_the_bot
    assert '"method": "POST"' in logged.getvalue()
    for where in (database, written_under(tmp_path), before_the_bot, logged.getvalue()):
        assert planted_in(where, sent) == set()
    with house.reading() as session:
        left = session.scalars(select(Turn.id).where(Turn.state != "closed")).all()
    assert left == []
    # Else refusals alone would have been tried.
    taken = {name for name, came in doors.reached if came == TAKEN}
    assert taken | {"broken bytes", "a megabyte", "guess"} >= set(WAYS)
    assert {one.kind for one in messages} == {*MADE, *SNIPPETS, "code"}


def test_the_search_for_codes_finds_each_as_it_may_be_written(tmp_path: Path) -> None:
    chance = Random(SEED)
    for _ in range(300):
        plain = code(chance)
        written = spelled(chance, plain)
        (tmp_path / "file").write_bytes(b"\0\x01" + f"tunnus {written}, kiitos".encode())
        assert planted_in(written_under(tmp_path), {levelled(plain)}), repr(written)


def test_a_code_is_masked_however_it_is_spelled() -> None:
    chance = Random(SEED)
    for _ in range(3_000):
        plain = code(chance)
        text = f"hetuni on {spelled(chance, plain)} ja asun Oulussa"
        assert not planted_in(mask(text).text, {levelled(plain)}), repr(text)
