"""A conversation has one turn at a time, whichever bot it is at, and never waits for a dead one."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator

import pytest
from rasa.core.lock_store import LockStore
from rasa.utils.endpoints import EndpointConfig
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from bot import locks
from bot.locks import TurnLocks

MISSING = "NO REDIS HERE: the bots' shared lock was not tried (on Debian: redis-server)"
NOBODY = "redis://127.0.0.1:1/0"
TYPE = "bot.locks.TurnLocks"


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        warnings.warn(MISSING, stacklevel=1)
        pytest.skip(MISSING)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
    ) as server:
        until = time.monotonic() + 20
        with Redis(port=port) as client:
            while True:
                try:
                    client.ping()
                    break
                except NotThere:
                    assert time.monotonic() < until
                    time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


def store(url: str = "") -> TurnLocks:
    """As Rasa makes it of endpoints.yml."""
    made = LockStore.create(EndpointConfig(url=url, type=TYPE))
    assert isinstance(made, TurnLocks)
    return made


async def turns(stores: list[TurnLocks], talk: str, *, each: float = 0.05) -> int:
    """One turn at each store, all at once; the most that were at work at the same time."""
    now, most = 0, 0

    async def turn(at: TurnLocks) -> None:
        nonlocal now, most
        async with at.lock(talk):
            now += 1
            most = max(most, now)
            await asyncio.sleep(each)
            now -= 1

    await asyncio.gather(*(turn(one) for one in stores))
    return most


def test_one_bot_takes_a_conversations_turns_one_after_another_without_napping() -> None:
    alone = store()
    began = time.monotonic()
    assert asyncio.run(turns([alone] * 6, "a")) == 1
    assert time.monotonic() - began < 1  # Rasa's own looks once a second
    assert not alone._here


def test_conversations_do_not_wait_for_one_another() -> None:
    alone = store()

    async def both() -> list[int]:
        return await asyncio.gather(turns([alone], "a", each=0.3), turns([alone], "b", each=0.3))

    began = time.monotonic()
    asyncio.run(both())
    assert time.monotonic() - began < 0.55


def test_two_bots_with_one_redis_take_a_conversations_turns_one_after_another(redis: str) -> None:
    assert asyncio.run(turns([store(redis), store(redis), store(redis)], "a")) == 1
    assert not Redis.from_url(redis).keys("luukku:turn:*")  # none is left


def test_what_a_killed_bot_held_is_waited_for_a_moment_and_no_longer(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.3)
    Redis.from_url(redis).set("luukku:turn:a", "another bot's", px=60_000)
    began = time.monotonic()
    assert asyncio.run(turns([store(redis)], "a")) == 1
    assert 0.25 < time.monotonic() - began < 2
    assert Redis.from_url(redis).get("luukku:turn:a") == b"another bot's"


def test_a_lock_ends_by_itself(redis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def held() -> int:
        async with store(redis).lock("b"):
            return int(Redis.from_url(redis).pttl("luukku:turn:b"))

    assert 0 < asyncio.run(held()) <= locks.LIFETIME * 1000


def test_a_turn_that_outlives_its_lock_ends_well(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LIFETIME", 0.05)
    assert asyncio.run(turns([store(redis)], "c", each=0.2)) == 1


def test_without_its_redis_a_bot_goes_on_and_does_not_ask_again_at_every_turn() -> None:
    away = store(NOBODY)

    async def many() -> int:
        return sum([await turns([away], str(number), each=0) for number in range(50)])

    began = time.monotonic()
    assert asyncio.run(many()) == 50
    assert time.monotonic() - began < 2
    assert asyncio.run(turns([away] * 3, "a")) == 1
