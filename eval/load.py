"""Puts the desk under load: `python -m eval.load [--minutes N] [--grown]`; writes eval/LOAD.md.

The whole desk is started as its operator starts it, with its real bot, and asked the development
questions of both languages over HTTP at a steady pace. `--grown` does the same to two apps and two
bots over PostgreSQL and Redis, and tells the ratio of what the two hold at most.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from api.database import Database
from api.prepare import NotPrepared, train
from api.settings import Settings
from catalog import encoder
from eval import load_report, load_servers, load_sides
from eval.latency.processes import Started, machine, started
from eval.latency.questions import needs
from eval.load_clients import Asked, Customers, not_decided
from eval.load_report import Held, Load
from eval.load_sides import Loaded, Place
from eval.questions_data import Question

RATE = 40.0  # turns a second
MINUTES = 10.0
CLIENTS = 8  # of the closed loop, which finds the top
TOP = 30.0  # seconds of it
CALM = 60.0  # seconds at half of the top: what a desk of the right size answers day by day
WARM_UP = 10.0  # seconds of it before anything is counted
START_WITHIN = 600.0  # seconds
BEGAN = time.monotonic()

Say = Callable[[str], None]


class NeverReady(Exception):
    """The desk did not come up; the message names it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Starts the desk, asks, prints and writes; 0 whatever was measured."""
    given = _given(arguments)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        told = asyncio.run(_measured(given))
    except (NotPrepared, NeverReady, load_servers.NotInstalled) as error:
        print(f"load: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(told, flush=True)
    if given.write:
        load_report.REPORT.write_text(told, "utf-8")
    return 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m eval.load", description=__doc__)
    reader.add_argument("--minutes", type=float, default=MINUTES, help="how long, at each pace")
    reader.add_argument("--rate", type=float, default=RATE, help="turns a second asked for")
    reader.add_argument("--top", type=float, default=TOP, help="seconds of the closed loop")
    reader.add_argument("--calm", type=float, default=CALM, help="seconds at half of that pace")
    reader.add_argument("--clients", type=int, default=CLIENTS, help="of the closed loop")
    reader.add_argument("--grown", action="store_true", help="two apps and two bots as well")
    reader.add_argument("--no-write", dest="write", action="store_false", help="only print")
    return reader.parse_args(arguments)


def say(line: str) -> None:
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {line}", flush=True)


async def _measured(given: argparse.Namespace) -> str:
    kept = Settings()
    await asyncio.to_thread(train, kept, say)
    questions = needs(encoder.load(kept.encoder))
    loads = [await _embedded(kept, questions, given)]
    if given.grown:
        loads.append(await _grown(kept, questions, given))
    return load_report.table(loads, given)


async def _embedded(
    kept: Settings, questions: Sequence[Question], given: argparse.Namespace
) -> Load:
    with tempfile.TemporaryDirectory(prefix="luukku-load-") as name:
        place = Place.embedded(Path(name) / "data")
        loaded = load_sides.side("as it comes: SQLite, 1 app, 1 bot", kept, place, apps=1, bots=0)
        return await _under_load(loaded, questions, given)


async def _grown(kept: Settings, questions: Sequence[Question], given: argparse.Namespace) -> Load:
    with (
        tempfile.TemporaryDirectory(prefix="luukku-load-") as name,
        load_servers.postgresql() as database,
        load_servers.redis() as redis,
    ):
        place = Place(Path(name) / "data", database, redis)
        title = "grown: PostgreSQL, Redis, 2 apps, 2 bots"
        loaded = load_sides.side(title, kept, place, apps=2, bots=2)
        return await _under_load(loaded, questions, given)


async def _under_load(
    loaded: Loaded, questions: Sequence[Question], given: argparse.Namespace
) -> Load:
    say(f"starting {loaded.side.name}")
    with started(loaded.side, load_sides.surroundings()) as running:
        await _ready(loaded)
        customers = Customers(loaded.apps, questions)
        await customers.as_answered(given.clients, WARM_UP)
        say("as fast as it answers")
        top = await _held(running, customers.as_answered(given.clients, given.top))
        half = top.asked.per_second / 2
        say(f"{top.asked.per_second:.1f} turns/s; now half of them asked for")
        calm = await _held(running, customers.at_pace(half, given.calm))
        say(f"{calm.asked.within(0.99):.2f} s; now {given.rate:.0f} turns/s asked for")
        pace = await _held(running, customers.at_pace(given.rate, given.minutes * 60))
        await asyncio.to_thread(_count_failures, loaded, (top.asked, calm.asked, pace.asked))
        return Load(loaded.side.name, top, calm, pace)


def _count_failures(loaded: Loaded, asked: Sequence[Asked]) -> None:
    """An answer that no action decided is a failure too: the customer got a ticket instead."""
    database = Database(loaded.side.settings.database)
    for one in asked:
        one.failures += not_decided(database, one)
    database.dispose()


async def _ready(loaded: Loaded) -> None:
    until = time.monotonic() + START_WITHIN
    while not await loaded.ready():
        if time.monotonic() > until:
            raise NeverReady(loaded.side.name)
        await asyncio.sleep(0.5)


async def _held(running: Started, asking: Coroutine[None, None, Asked]) -> Held:
    """What the asking took of the machine and of each process's memory."""
    memory, spent = running.resident(), running.processor()
    busy, everything = machine()
    own = time.process_time()
    asked = await asking
    busy_now, everything_now = machine()
    each = [b - a for a, b in zip(spent, running.processor(), strict=True)]
    whole = everything_now - everything
    others = busy_now - busy - sum(each) - (time.process_time() - own)
    return Held(
        asked=asked,
        names=[_name(pid) for pid in running.members()],
        megabytes_before=memory,
        megabytes_after=running.resident(),
        processor=each,
        clients=(time.process_time() - own) / whole,
        others=max(0.0, others) / whole,
    )


def _name(pid: int) -> str:
    """app or bot, as the command line tells; what a bot's keeper is called is told too."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    if b"bot.server" in words:
        return "bot"
    return "bot's keeper" if b"bot" in words else "app"


if __name__ == "__main__":
    sys.exit(main())
