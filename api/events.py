"""What the staff say reaches the customer's browser as it comes.

The database is the truth: events have its increasing ids, and a reader resumes after the last one
it has. One task polls for new lines and wakes the readers of their conversations, so a line
written by another process arrives too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from actions.hand import SessionScope
from api.contract import LineOut
from api.pool import in_pool
from api.told import line
from desk.conversations import lines_after
from desk.models import Message

POLL = 0.5  # seconds: how late a line may be
MOST_HEARD = 10_000  # conversations between two looks: ids that are guessed fill no memory

log = logging.getLogger("luukku.events")


class Listeners:
    """Readers waiting for news of their conversation."""

    def __init__(self, reading: SessionScope, pool: Executor) -> None:
        self._reading = reading
        self._pool = pool
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._closing = asyncio.Event()
        self._heard: set[str] = set()

    async def watch(self) -> None:
        """Runs as long as the application: looks for new lines and wakes their readers."""
        last = await in_pool(self._pool, self._last_id)
        while not self._closing.is_set():
            await asyncio.sleep(POLL)
            try:
                news = await in_pool(self._pool, self._since, last)
            except SQLAlchemyError as error:
                # The database may be locked or away for a while; the lines wait in it meanwhile.
                log.error("events: %s", type(error).__name__)
                continue
            for message_id, conversation_id in news:
                last = max(last, message_id)
                for event in self._waiting.get(conversation_id, ()):
                    event.set()

    def close(self) -> None:
        """Lets every reader go, so that the application can stop."""
        self._closing.set()
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
            found = await in_pool(self._pool, self._read, conversation_id, after)
            if found or patience <= 0:
                return found
            try:
                async with asyncio.timeout(patience):
                    await news.wait()
            except TimeoutError:
                return []
        return await in_pool(self._pool, self._read, conversation_id, after)

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
                .where(Message.id > last)
                .order_by(Message.id)
            )
            return [(row.id, row.conversation_id) for row in rows]

    def _read(self, conversation_id: str, after: int) -> list[LineOut]:
        with self._reading() as session:
            found = lines_after(session, conversation_id, after, authors=("staff",))
            return [line(session, one) for one in found]
