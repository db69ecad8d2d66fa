"""Many customers at once, each message timed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median

import httpx

from api.database import Database
from eval.latency.doors import Door, Message
from eval.latency.processes import Started
from eval.latency.turns import Known, decisions, opened, unopened
from eval.questions_data import Question

CLIENTS = 8


@dataclass
class Measured:
    """Every turn that went through one door, in seconds, and how long the rounds took."""

    door: str
    times: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)  # turns per second
    processor: list[float] = field(default_factory=list)  # seconds so far, of each process

    @property
    def per_second(self) -> float:
        """Turns per second over all rounds, which are equally long in turns."""
        return len(self.rounds) / sum(1 / one for one in self.rounds)

    @property
    def processor_each(self) -> list[float]:
        """Seconds of processor time that a turn takes of each process."""
        return [seconds / len(self.times) for seconds in self.processor]

    @property
    def median(self) -> float:
        return median(self.times)

    @property
    def p95(self) -> float:
        """The time that 95 in 100 turns do not exceed (nearest rank)."""
        return sorted(self.times)[math.ceil(0.95 * len(self.times)) - 1]


class Crowd:
    """Eight clients in front of one door of one side."""

    def __init__(self, started: Started, door: Door, known: Known) -> None:
        self.measured = Measured(door.name)
        self.door, self._started, self._known = door, started, known
        self._settings = started.side.settings
        self._database = Database(self._settings.database)

    def ask(self, questions: Sequence[Question], *, counted: bool = True) -> None:
        """Asks all of them, each in a conversation of its own, and looks at what came of them.

        Raises NoReply, NotARealTurn or NotTheSameWork (of turns that were opened alike).
        """
        messages = self._messages(questions)
        spent, began = self._started.processor(), time.perf_counter()
        with self.door.client() as http, ThreadPoolExecutor(CLIENTS) as clients:
            answers = list(clients.map(lambda one: self._timed(http, one), messages))
        took = time.perf_counter() - began
        spent = [b - a for a, b in zip(spent, self._started.processor(), strict=True)]
        decided = decisions(self._database, messages, [said for said, _ in answers])
        if not self.door.opens_turns:  # what opens a turn may put more into it: a municipality
            self._known.compare(questions, decided)
        if counted:
            self.measured.times += [seconds for _, seconds in answers]
            self.measured.rounds.append(len(messages) / took)
            before = self.measured.processor or [0.0] * len(spent)
            self.measured.processor = [a + b for a, b in zip(before, spent, strict=True)]

    def _messages(self, questions: Sequence[Question]) -> list[Message]:
        if self.door.opens_turns:
            return unopened(questions)
        return opened(self._database, self._settings, questions)

    def _timed(self, http: httpx.Client, message: Message) -> tuple[list[str], float]:
        began = time.perf_counter()
        said = self.door.ask(http, message)
        return said, time.perf_counter() - began

    def close(self) -> None:
        self._database.dispose()
