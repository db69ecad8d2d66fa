"""Counts in this process's own memory, for the library that counts (limits)."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable

from limits.storage import MovingWindowSupport, Storage

MOST_KEYS = 20_000  # remembered at once: of a flood from everywhere the oldest are forgotten


class OwnMemory(Storage, MovingWindowSupport):
    """Moments of what was done, by key; the keys that were not touched longest are let go.

    The library's own memory grows without bound within the window, and walks every key in a new
    thread after each count: a flood of addresses would make it the slowest part of the desk.
    """

    STORAGE_SCHEME = None

    def __init__(self, now: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        super().__init__()
        self.now = now
        self._most_keys = most_keys
        self._done: OrderedDict[str, array[float]] = OrderedDict()
        self._lock = threading.Lock()  # calls of the telephone count in threads of their own

    @property
    def base_exceptions(self) -> type[Exception]:
        return MemoryError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        with self._lock:
            done = self._within(key, expiry)
            if len(done) + amount > limit:
                return False
            done.extend([self.now()] * amount)
            self._keep(key, done)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The moment of the oldest that counts still, and how many do."""
        with self._lock:
            done = self._within(key, expiry)
            return (done[0] if done else self.now()), len(done)

    def take_back(self, key: str) -> None:
        """The newest did not count after all."""
        with self._lock:
            if self._done.get(key):
                self._done[key].pop()

    def clear(self, key: str) -> None:
        with self._lock:
            self._done.pop(key, None)

    def reset(self) -> int:
        with self._lock:
            forgotten = len(self._done)
            self._done.clear()
            return forgotten

    def get(self, key: str) -> int:
        return len(self._done.get(key, ()))

    def check(self) -> bool:
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("the desk counts in moving windows")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("the desk counts in moving windows")

    def _within(self, key: str, expiry: int) -> array[float]:
        done, now = self._done.get(key, array("d")), self.now()
        if done and done[-1] > now:
            # The machine's clock was put back: what seems to come later would count too long.
            del done[:]
        del done[: bisect_right(done, now - expiry)]
        return done

    def _keep(self, key: str, done: array[float]) -> None:
        self._done[key] = done
        self._done.move_to_end(key)
        if len(self._done) > self._most_keys:
            self._done.popitem(last=False)
