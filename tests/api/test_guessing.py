"""What is counted of tries, in one process's own memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.exceptions import HTTPException

from api.guessing import Guesses
from api.tries import HOUR, Counts, Tries, take_all
from api.tries_memory import OwnMemory
from desk.errors import TicketUnknown
from desk.secrets import Keys
from tests.foundation import Clock

WHO = "198.51.100.7"


@pytest.fixture
def counts(clock: Clock) -> Counts:
    return Counts(Keys(b"k" * 32), clock)


def test_one_too_many_waits_until_exactly_the_oldest_counts_no_more(
    counts: Counts, clock: Clock
) -> None:
    tries = Tries(counts, "report", 2, HOUR)
    assert tries.take(WHO) == 0
    clock.forward(minutes=10)
    assert tries.take(WHO) == 0
    clock.forward(minutes=10)
    assert tries.take(WHO) == tries.wait(WHO) == 40 * 60
    clock.forward(seconds=40 * 60 - 1)
    assert tries.take(WHO) == 1
    clock.forward(seconds=1)
    assert tries.take(WHO) == 0
    assert tries.take(WHO) == 10 * 60


def test_kinds_and_keys_are_counted_apart(counts: Counts) -> None:
    one, other = Tries(counts, "one", 1), Tries(counts, "other", 1)
    assert one.take(WHO) == other.take(WHO) == one.take("somebody else") == 0
    assert one.take(WHO) > 0


def test_a_right_try_is_taken_back_and_earlier_wrong_ones_stay(counts: Counts) -> None:
    tries = Tries(counts, "code", 2)
    for _ in range(5):
        assert tries.take(WHO) == 0
        tries.take_back(WHO)
    assert tries.take(WHO) == tries.take(WHO) == 0
    assert tries.take(WHO) > 0
    tries.forget(WHO)
    assert tries.take(WHO) == 0


def test_of_many_at_once_no_more_than_the_limit_are_let_in(counts: Counts) -> None:
    tries = Tries(counts, "code", 50)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(tries.take, [WHO] * 400))
    assert waits.count(0) == 50


def test_what_is_refused_by_one_limit_counts_for_no_other(counts: Counts) -> None:
    narrow, wide = Tries(counts, "narrow", 1), Tries(counts, "wide", 2)
    both = [(wide, WHO), (narrow, WHO)]
    assert take_all(both) == 0
    assert take_all(both) == take_all(both) == 60
    assert wide.take(WHO) == 0


def test_a_clock_that_is_put_back_shuts_nobody_out(counts: Counts, clock: Clock) -> None:
    tries = Tries(counts, "code", 1)
    clock.forward(days=1)
    assert tries.take(WHO) == 0
    clock.forward(days=-1)
    assert tries.take(WHO) == 0
    assert tries.take(WHO) == 60


def test_a_flood_of_keys_does_not_fill_the_memory(clock: Clock) -> None:
    memory = OwnMemory(lambda: clock().timestamp(), most_keys=10)
    for number in range(1000):
        assert memory.acquire_entry(f"key {number}", 1, 60)
    assert len(memory._done) == 10
    assert not memory.acquire_entry("key 999", 1, 60)


def test_neither_addresses_nor_codes_are_kept(counts: Counts) -> None:
    Tries(counts, "code", 5).take("LK-384-2175")
    (key,) = counts._own.memory._done
    assert "384" not in key
    assert Tries(counts, "code", 5)._hashed("LK-384-2175") in key


async def _wrong_on_the_loop(guesses: Guesses) -> None:
    async with guesses.one(WHO, "LK-384-2175"):
        raise TicketUnknown


def _wrong_in_a_thread(guesses: Guesses) -> None:
    with guesses.one(WHO, "LK-384-2175"):
        raise TicketUnknown


def test_a_try_counts_alike_on_the_loop_and_in_a_thread(counts: Counts) -> None:
    guesses = Guesses(counts, per_code=2)
    with pytest.raises(TicketUnknown):
        asyncio.run(_wrong_on_the_loop(guesses))
    with pytest.raises(TicketUnknown):
        _wrong_in_a_thread(guesses)
    ways: list[Callable[[], None]] = [
        lambda: asyncio.run(_wrong_on_the_loop(guesses)),
        lambda: _wrong_in_a_thread(guesses),
    ]
    for way in ways:
        with pytest.raises(HTTPException) as refused:
            way()
        assert refused.value.headers == {"Retry-After": "60"}
