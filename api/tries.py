"""Every count of tries at the desk's doors: how often, within what time, and when again.

One place counts for all of them, in Redis where the desk has one, so that several processes count
together; else, and while Redis is away, in this process's own memory. Keys are hashed with the
desk's own key: neither store holds an address, a login or a code.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis, RedisError

from api.tries_memory import OwnMemory
from desk.secrets import Keys

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
REDIS_WITHIN = 0.25  # seconds; a count that comes later keeps the customer waiting
REDIS_AGAIN = 5.0  # seconds until a Redis that was away is asked again
PREFIX = "luukku:tries"

log = logging.getLogger("luukku.tries")


class _Where(Protocol):
    """One store of counts; every moment is by its own clock."""

    window: MovingWindowRateLimiter

    def now(self) -> float: ...
    def take_back(self, key: str) -> None: ...


class _Own:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self.memory = OwnMemory(lambda: now().timestamp())
        self.window = MovingWindowRateLimiter(self.memory)

    def now(self) -> float:
        return self.memory.now()

    def take_back(self, key: str) -> None:
        self.memory.take_back(key)


class _Shared:
    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=REDIS_WITHIN, socket_connect_timeout=REDIS_WITHIN
        )
        self._counts = RedisStorage(url, self._redis.connection_pool, key_prefix=PREFIX)
        self.window = MovingWindowRateLimiter(self._counts)

    def now(self) -> float:
        return time.time()

    def take_back(self, key: str) -> None:
        self._redis.lpop(self._counts.prefixed_key(key))


class Counts:
    """The counts of one desk; a Redis that is away makes them this process's own, and no error."""

    def __init__(
        self, keys: Keys, now: Callable[[], datetime], redis_url: str | None = None
    ) -> None:
        self._keys = keys
        self._own = _Own(now)
        self._shared = _Shared(redis_url) if redis_url else None
        self._away_until = 0.0  # by time.monotonic; 0: Redis answers
        self._lock = threading.Lock()

    def hashed(self, name: str, key: str) -> str:
        return self._keys.tries_key(name, key)

    def ask[T](self, question: Callable[[_Where], T]) -> T:
        """The answer of the store that all processes share, else of this process's own."""
        shared = self._shared
        if shared is None or time.monotonic() < self._away_until:
            return question(self._own)
        try:
            answer = question(shared)
        except (RedisError, OSError) as error:
            self._lost(error)
            return question(self._own)
        if self._away_until:
            self._found()
        return answer

    async def aside[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs the work where a slow Redis keeps nobody else waiting."""
        if self._shared is None:
            return work(*args, **kwargs)
        return await asyncio.to_thread(work, *args, **kwargs)

    def _lost(self, error: Exception) -> None:
        with self._lock:
            first, self._away_until = not self._away_until, time.monotonic() + REDIS_AGAIN
        if first:
            # The type alone: a text may hold the address, and the address a password.
            log.error("redis is away, each process counts its own: %s", type(error).__name__)

    def _found(self) -> None:
        with self._lock:
            again, self._away_until = bool(self._away_until), 0.0
        if again:
            log.warning("redis is back, the processes count together")


@dataclass(frozen=True)
class Tries:
    """Tries of one kind: at most `most` of each key within the time, over a moving window."""

    counts: Counts
    name: str
    most: int
    within: timedelta = MINUTE

    def take(self, key: str) -> int:
        """Counts one try and gives 0; where there were too many, counts none and gives the seconds
        until the next may be."""
        item, hashed = self._item, self._hashed(key)

        def question(where: _Where) -> int:
            return 0 if where.window.hit(item, hashed) else self._seconds(where, hashed)

        return self.counts.ask(question)

    def wait(self, key: str) -> int:
        """The seconds until the next try may be; 0 where it may be now. Counts nothing."""
        item, hashed = self._item, self._hashed(key)

        def question(where: _Where) -> int:
            return 0 if where.window.test(item, hashed) else self._seconds(where, hashed)

        return self.counts.ask(question)

    def take_back(self, key: str) -> None:
        """The last try was right after all; earlier ones stay counted."""
        stored = self._item.key_for(self._hashed(key))
        self.counts.ask(lambda where: where.take_back(stored))

    def forget(self, key: str) -> None:
        hashed = self._hashed(key)
        self.counts.ask(lambda where: where.window.clear(self._item, hashed))

    @property
    def _item(self) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(
            self.most, int(self.within.total_seconds()), namespace=self.name
        )

    def _hashed(self, key: str) -> str:
        return self.counts.hashed(self.name, key)

    def _seconds(self, where: _Where, hashed: str) -> int:
        """Until the oldest counts no more; at least one, since the window may have moved."""
        again = where.window.get_window_stats(self._item, hashed).reset_time
        return max(1, math.ceil(again - where.now()))


def take_all(wanted: Sequence[tuple[Tries, str]]) -> int:
    """Counts one try of each and gives 0; where one of them had too many, counts none and gives
    the seconds until all may be."""
    waits = [tries.wait(key) for tries, key in wanted]
    if any(waits):
        return max(waits)
    for number, (tries, key) in enumerate(wanted):
        wait = tries.take(key)
        if wait:  # others came between
            take_all_back(wanted[:number])
            return wait
    return 0


def take_all_back(taken: Sequence[tuple[Tries, str]]) -> None:
    for tries, key in taken:
        tries.take_back(key)
