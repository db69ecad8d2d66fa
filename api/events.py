"""What the staff say reaches the customer's browser as it comes.

The database is the truth: events have its increasing ids, and a reader resumes after the last one
it has. One task looks for new lines and wakes the readers of their conversations, so a line written
by another process arrives too: it looks again and again, and on PostgreSQL at once when called.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Executor
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from actions.hand import SessionScope
from api.contract import LineOut
from api.line_news import LineNews
from api.pool import in_pool
from api.told import line
from desk import line_order
from desk.conversations import lines_after
from desk.models import Message

POLL = 0.5  # seconds: how late a line may be
LOOK_BACK = 10.0  # seconds that a line may be committed after one with a greater id
SETTLE = 0.02  # seconds between looks at a conversation that somebody is writing to
UNSETTLED = 2.0  # seconds of them, after which a reader goes without news for now
MOST_HEARD = 10_000  # conversations between two looks: ids that are guessed fill no memory

log = logging.getLogger("luukku.events")


class Listeners:
    """Readers waiting for news of their conversation."""

    def __init__(self, reading: SessionScope, pool: Executor, news: LineNews | None = None) -> None:
        self._reading = reading
        self._pool = pool
        self._news = news
        self._called = asyncio.Event()
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._closing = asyncio.Event()
        self._heard: set[str] = set()

    async def watch(self) -> None:
        """Runs as long as the application: looks for new lines and wakes their readers."""
        calls = asyncio.create_task(self._news.listen(self._called.set)) if self._news else None
        try:
            await self._look_again_and_again()
        finally:
            if calls is not None:
                calls.cancel()
                await asyncio.gather(calls, return_exceptions=True)

    async def _look_again_and_again(self) -> None:
        known = Known(await in_pool(self._pool, self._last_id))
        while not self._closing.is_set():
            await self._pause()
            try:
                news = await in_pool(self._pool, self._since, known.floor)
            except SQLAlchemyError as error:
                # The database may be locked or away for a while; the lines wait in it meanwhile.
                log.error("events: %s", type(error).__name__)
                continue
            for conversation_id in known.new(news, asyncio.get_running_loop().time()):
                for event in self._waiting.get(conversation_id, ()):
                    event.set()

    async def _pause(self) -> None:
        """Until it is time to look again, or PostgreSQL calls."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._called.wait()
        self._called.clear()

    def close(self) -> None:
        """Lets every reader go, so that the application can stop."""
        self._closing.set()
        self._called.set()
        for events in self._waiting.values():
            for event in events:
                event.set()

    def heard(self, conversation_id: str) -> None:
        """The customer of this conversation is here: a message came, or somebody asked for news."""
        if len(self._heard) < MOST_HEARD:
            self._heard.add(conversation_id)

    def here(self) -> set[str]:
        """Whose customers were here since this was last asked, or are listening now."""
        heard, self._heard = self._heard, set()
        return heard | set(self._waiting)

    async def lines(self, conversation_id: str, after: int, *, patience: float) -> list[LineOut]:
        """What the staff have said after line `after`; waits up to `patience` seconds for it."""
        self.heard(conversation_id)
        async with self._listening(conversation_id) as news:
            found = await self._settled(conversation_id, after)
            if found or patience <= 0:
                return found
            try:
                async with asyncio.timeout(patience):
                    await news.wait()
            except TimeoutError:
                return []
        return await self._settled(conversation_id, after)

    async def stream(
        self, conversation_id: str, after: int, *, patience: float = 15.0
    ) -> AsyncIterator[list[LineOut]]:
        """New lines as they come, until the application stops or the reader goes."""
        while not self._closing.is_set():
            found = await self.lines(conversation_id, after, patience=patience)
            if found:
                after = found[-1].id
                yield found

    @asynccontextmanager
    async def _listening(self, conversation_id: str) -> AsyncIterator[asyncio.Event]:
        event = asyncio.Event()
        if self._closing.is_set():
            event.set()
        self._waiting[conversation_id].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation_id].discard(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    def _last_id(self) -> int:
        with self._reading() as session:
            return session.scalar(select(func.max(Message.id))) or 0

    def _since(self, last: int) -> list[tuple[int, str]]:
        with self._reading() as session:
            rows = session.execute(
                select(Message.id, Message.conversation_id)
                .where(Message.id > last, Message.author == "staff", Message.audience == "customer")
                .order_by(Message.id)
            )
            return [(row.id, row.conversation_id) for row in rows]

    async def _settled(self, conversation_id: str, after: int) -> list[LineOut]:
        """The lines after `after`, read between two transactions that write such lines: none with a
        smaller id comes later. Nothing yet where one of them does not end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + UNSETTLED
        while loop.time() < until:
            found = await in_pool(self._pool, self._read, conversation_id, after)
            if found is not None:
                return found
            await asyncio.sleep(SETTLE)
        return []

    def _read(self, conversation_id: str, after: int) -> list[LineOut] | None:
        """None while somebody is writing to the conversation."""
        with self._reading() as session:
            if not line_order.settled(session, conversation_id):
                return None
            found = lines_after(session, conversation_id, after, authors=("staff",))
            return [line(session, one) for one in found]


class Known:
    """Which lines have been seen: every one up to `floor`, and above it those that are named.

    Lines above it are looked for again for LOOK_BACK seconds, as one of them may be committed
    after another with a greater id.
    """

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._seen: dict[int, float] = {}  # line -> when it was first seen

    def new(self, lines: Iterable[tuple[int, str]], now: float) -> set[str]:
        """The conversations of those lines that were not known."""
        fresh = [(one, of) for one, of in lines if one > self.floor and one not in self._seen]
        self._seen |= {one: now for one, _ in fresh}
        old = [one for one, at in self._seen.items() if at <= now - LOOK_BACK]
        if old:
            self.floor = max(old)
            self._seen = {one: at for one, at in self._seen.items() if one > self.floor}
        return {of for _, of in fresh}
