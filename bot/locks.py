"""One turn of a conversation at a time: within this bot, and over all bots where there is a Redis.

Rasa's own Redis store reads, changes and writes a lock in three steps, so that two bots may both
have it; and what a killed bot held stays held for a minute, longer than any customer's turn is
waited for. Its store in memory looks once a second. The desk keeps its own turns in order in the
database, so a lock that cannot be had is gone without.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

LIFETIME = 5.0  # seconds that a lock outlives a bot that was killed with it
PATIENCE = 1.0  # seconds to wait for another bot's turn; then the turn goes on without the lock
NAP = 0.02  # seconds between tries
ANSWER = 0.3  # seconds for an answer of Redis
LEFT_ALONE = 5.0  # seconds that a Redis which failed is not asked again

log = logging.getLogger("bot.locks")


class TurnLocks(LockStore):
    """`lock_store` of endpoints.yml; its `url` is a Redis's, or empty."""

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        super().__init__()
        self._url = endpoint_config.url or ""
        self._redis: Redis | None = None
        self._away_until = 0.0
        self._here: dict[str, _Queue] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, *_: Any, **__: Any
    ) -> AsyncGenerator[TicketLock, None]:
        queue = self._here.setdefault(conversation_id, _Queue())
        queue.length += 1
        try:
            async with queue.turn, AsyncExitStack() as held:
                await self._hold(conversation_id, held)
                yield TicketLock(conversation_id)
        finally:
            queue.length -= 1
            if not queue.length:
                del self._here[conversation_id]

    async def _hold(self, conversation_id: str, held: AsyncExitStack) -> None:
        if not self._url or time.monotonic() < self._away_until:
            return
        shared = Lock(
            self._connected(),
            f"luukku:turn:{conversation_id}",
            timeout=LIFETIME,
            sleep=NAP,
            blocking_timeout=PATIENCE,
            thread_local=False,
        )
        try:
            if await shared.acquire():
                held.push_async_callback(self._release, shared)
        except (RedisError, OSError) as error:
            self._leave_alone(error)

    async def _release(self, shared: Lock) -> None:
        try:
            await shared.release()
        except LockError:
            log.warning("A turn took longer than its lock lives.")
        except (RedisError, OSError) as error:
            self._leave_alone(error)

    def _connected(self) -> Redis:
        # Not before: a client belongs to the loop that it was first used in.
        if self._redis is None:
            self._redis = Redis.from_url(
                self._url, socket_timeout=ANSWER, socket_connect_timeout=ANSWER
            )
        return self._redis

    def _leave_alone(self, error: Exception) -> None:
        # The type alone: the text may hold the address with its password.
        log.error("Redis is away: %s; turns go on without its lock.", type(error).__name__)
        self._away_until = time.monotonic() + LEFT_ALONE

    def get_lock(self, conversation_id: str) -> TicketLock | None:
        return TicketLock(conversation_id) if conversation_id in self._here else None

    def delete_lock(self, conversation_id: str) -> None:
        """A lock goes with the turn that held it."""

    def save_lock(self, lock: TicketLock) -> None:
        """A lock is held by `lock`, not kept."""


class _Queue:
    """The turns of one conversation at this bot."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.length = 0
