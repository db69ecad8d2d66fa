"""How fast the desk answers right now, and so how long one who comes now would wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GUESS = 0.1  # seconds between two answers before any was given: two slow cores
WEIGHT = 0.1  # of the newest answer: some twenty answers tell of a machine that has become slow
LONGEST = 1.0  # seconds between two answers that are believed: a bot that hung once is not slow
FEW = 4  # messages that are always let in, or a pace once slow could never be seen to mend


class Pace:
    """The messages that are open in this process, and how far apart their answers come.

    A count alone would not do: forty open messages are three seconds of work for a machine of the
    desk's own, and ten where two apps share it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.open = 0
        self._clock = clock
        self._apart = GUESS  # seconds from one answer to the next while somebody waits
        self._since = 0.0  # the newest answer, or since when there is anything to answer

    @contextmanager
    def one(self) -> Iterator[None]:
        """While it lasts, one message more is open."""
        if not self.open:
            self._since = self._clock()
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    def answered(self) -> None:
        """The bot has answered one."""
        now = self._clock()
        self._apart += (min(now - self._since, LONGEST) - self._apart) * WEIGHT
        self._since = now

    def given_up(self) -> None:
        """The bot has not answered one, which tells nothing of how fast it answers."""
        self._since = self._clock()

    @property
    def wait(self) -> float:
        """Seconds until one who comes now has an answer; 0 while too few are open to tell."""
        return (self.open + 1) * self._apart if self.open >= FEW else 0.0
