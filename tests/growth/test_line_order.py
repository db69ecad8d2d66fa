"""No line of the staff's is lost between two readings, in whatever order transactions end."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from api.database import Database
from api.events import Known, Listeners
from api.line_news import LineNews
from desk import line_order
from desk.conversations import lines_after
from tests.growth.conftest import begun, says

TALKS, WRITERS, EACH = 4, 8, 40


@asynccontextmanager
async def listening(database: Database, *, called: bool = True) -> AsyncIterator[Listeners]:
    """The readers' part of one process of the desk, at work."""
    with ThreadPoolExecutor(8) as pool:
        news = LineNews.of(database) if called else None
        listeners = Listeners(database.reading, pool, news)
        watch = asyncio.create_task(listeners.watch())
        try:
            yield listeners
        finally:
            listeners.close()
            await watch


def in_thread[T](work: Callable[[], T]) -> Awaitable[T]:
    return asyncio.get_running_loop().run_in_executor(None, work)


def test_a_line_that_is_committed_late_is_read_before_the_one_that_overtook_it(
    one: Database, other: Database, talk: str
) -> None:
    async def read() -> list[list[str]]:
        async with listening(other) as there:
            with one.writing() as late:
                first = says(late, talk, "ensin")
                with other.writing() as quick:
                    assert says(quick, talk, "sitten") > first
                with other.reading() as session:  # the hole: by its id alone it would be skipped
                    seen = lines_after(session, talk, 0, authors=("staff",))
                    assert [line.text for line in seen] == ["sitten"]
                reading = asyncio.create_task(there.lines(talk, 0, patience=5))
                await asyncio.sleep(0.3)
                assert not reading.done()
            return [[line.text for line in await reading]]

    assert asyncio.run(read()) == [["ensin", "sitten"]]


def test_a_page_that_is_loaded_while_a_line_is_written_waits_for_it(
    one: Database, other: Database, talk: str
) -> None:
    with one.writing() as late:
        says(late, talk, "ensin")
        with other.reading() as session:
            assert not line_order.settled(session, talk)
            assert line_order.settled(session, begun(one))  # of another conversation
            assert not line_order.wait(session, talk, seconds=0.1)
        threading.Timer(0.2, late.commit).start()
        with other.reading() as session:
            assert line_order.wait(session, talk, seconds=5)
            seen = lines_after(session, talk, 0, authors=("staff",))
            assert [line.text for line in seen] == ["ensin"]


def test_writers_of_one_conversation_do_not_wait_for_one_another(
    one: Database, other: Database, talk: str
) -> None:
    with one.writing() as slow:
        says(slow, talk, "hidas")
        began = time.monotonic()
        with other.writing() as quick:
            says(quick, talk, "nopea")
        assert time.monotonic() - began < 1


def test_a_line_that_was_taken_back_holds_nobody(one: Database, other: Database, talk: str) -> None:
    with one.writing() as session:
        says(session, talk, "peruttu")
        session.rollback()
    with other.reading() as session:
        assert line_order.settled(session, talk)


def test_hundreds_of_lines_at_once_reach_streams_that_move_between_processes_once_and_in_order(
    one: Database, other: Database
) -> None:
    talks = [begun(one) for _ in range(TALKS)]
    written: dict[str, list[int]] = {talk: [] for talk in talks}

    def write(number: int) -> None:
        chosen = random.Random(number)
        for count in range(EACH):
            talk = chosen.choice(talks)
            with chosen.choice((one, other)).writing() as session:
                line = says(session, talk, f"{number}/{count}")
                time.sleep(chosen.random() * 0.02)
            written[talk].append(line)

    async def listen(talk: str, there: list[Listeners], done: asyncio.Event) -> list[int]:
        """As a browser does whose stream breaks again and again: it goes on elsewhere."""
        heard: list[int] = []
        chosen = random.Random(talk)
        while True:
            last_look = done.is_set()
            found = await chosen.choice(there).lines(
                talk, heard[-1] if heard else 0, patience=0 if last_look else 0.3
            )
            heard += [line.id for line in found]
            if last_look and not found:
                return heard

    async def evening() -> list[list[int]]:
        async with listening(one) as here, listening(other) as there:
            done = asyncio.Event()
            streams = [asyncio.create_task(listen(talk, [here, there], done)) for talk in talks]
            with ThreadPoolExecutor(WRITERS) as pool:
                loop = asyncio.get_running_loop()
                await asyncio.gather(
                    *(loop.run_in_executor(pool, write, number) for number in range(WRITERS))
                )
            done.set()
            return await asyncio.gather(*streams)

    heard = asyncio.run(evening())
    assert sum(map(len, heard)) == WRITERS * EACH
    assert heard == [sorted(written[talk]) for talk in talks]


def test_a_reader_is_called_at_once_whichever_process_wrote(
    one: Database, other: Database, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.events.POLL", 60.0)

    async def heard_after() -> float:
        async with listening(other) as there:
            await asyncio.sleep(1)
            reading = asyncio.create_task(there.lines(talk, 0, patience=20))
            await asyncio.sleep(0.5)
            with one.writing() as session:
                says(session, talk, "heti")
            began = time.monotonic()
            assert [line.text for line in await reading] == ["heti"]
            return time.monotonic() - began

    assert asyncio.run(heard_after()) < 0.4  # what a poll could not reach


def test_whose_connection_was_cut_hears_by_the_poll_and_listens_again(
    one: Database, other: Database, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.line_news.AGAIN", 0.5)

    def listeners() -> set[int]:
        with one.engine.connect() as connection:
            return set(
                connection.scalars(
                    text("select pid from pg_stat_activity where query ilike 'listen %'")
                )
            )

    async def evening() -> list[str]:
        async with listening(other) as there:
            while not (before := await in_thread(listeners)):
                await asyncio.sleep(0.05)
            with one.engine.begin() as connection:
                for pid in before:
                    connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            with one.writing() as session:
                says(session, talk, "katkon aikana")
            heard = await there.lines(talk, 0, patience=5)
            while not (await in_thread(listeners)) - before:
                await asyncio.sleep(0.05)
            monkeypatch.setattr("api.events.POLL", 60.0)
            await asyncio.sleep(0.6)
            reading = asyncio.create_task(there.lines(talk, heard[-1].id, patience=5))
            await asyncio.sleep(0.2)
            with one.writing() as session:
                says(session, talk, "katkon jälkeen")
            return [line.text for line in heard + await reading]

    assert asyncio.run(evening()) == ["katkon aikana", "katkon jälkeen"]


def test_a_line_that_comes_late_is_news_though_greater_ones_were_seen() -> None:
    known = Known(10)
    assert known.new([(12, "b")], now=0) == {"b"}
    assert known.new([(11, "a"), (12, "b")], now=1) == {"a"}
    assert known.new([(11, "a"), (12, "b")], now=2) == set()
    known.new([], now=60)
    assert known.floor == 12


def test_sqlite_has_one_writer_and_is_always_settled(house: Database) -> None:
    talk = begun(house)
    with house.reading() as session:
        assert line_order.settled(session, talk)
    assert LineNews.of(house) is None or house.engine.dialect.name == "postgresql"
