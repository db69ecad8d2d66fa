"""`luukku prove`: tries every state on all cores, and prints each that broke a promise."""

from __future__ import annotations

import gc
import heapq
import itertools
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from eval.proof.failures import broken_by_database, broken_by_mail
from eval.proof.houses import house, template
from eval.proof.matters import Roster
from eval.proof.remembering import remember
from eval.proof.sentences import broken_by_words
from eval.proof.space import (
    MatterState,
    TurnState,
    matter_states,
    matters_in,
    turn_states,
    turns_in,
)
from eval.proof.turns import Trial, trial
from eval.proof.world import World, world

SHOWN = 20
BATCH = 500
EVERY = 15.0  # seconds between lines of progress

type State = TurnState | MatterState
type Say = Callable[[str], None]


@dataclass
class Proof:
    """What was tried, and what broke: the promise's name, how often, and the first states."""

    visited: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def add(self, other: Proof) -> None:
        self.visited += other.visited
        self.broken += other.broken
        self.shown += other.shown[: SHOWN - len(self.shown)]

    def note(self, kind: str, problems: list[str], state: object) -> None:
        self.visited[kind] += 1
        for one in problems:
            self.broken[one.split(":")[0]] += 1
            if len(self.shown) < SHOWN:
                self.shown.append(f"{one}  {state}")


@dataclass(frozen=True)
class Part:
    """The share of one machine, where several try the states together: the `number`th of `of`."""

    number: int = 1
    of: int = 1

    @classmethod
    def told(cls, written: str) -> Part:
        """Reads "2/3". Raises ValueError where it is no such share."""
        number, _, of = written.partition("/")
        part = cls(int(number), int(of))
        if not 1 <= part.number <= part.of:
            raise ValueError(written)
        return part


class Worker:
    """One process's houses, made when the first state asks for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at: dict[str, tuple[Trial, Roster]] = {}
        self.world = world(path)

    def try_some(self, states: list[State]) -> Proof:
        proof = Proof()
        for state in states:
            turns, roster = self._house(state.absence)
            if isinstance(state, TurnState):
                proof.note("turn", _tried(turns.broken, state), state)
            else:
                proof.note("matter", _tried(roster.broken, state), state)
        return proof

    def _house(self, absence: str) -> tuple[Trial, Roster]:
        if absence not in self._at:
            at = house(self._path, absence)
            self._at[absence] = trial(at, self.world), Roster(at)
        return self._at[absence]


def _tried[One](broken: Callable[[One], list[str]], state: One) -> list[str]:
    """What broke; an error that no door would turn into an outcome breaks the promise too."""
    try:
        return broken(state)
    except Exception as error:  # noqa: BLE001  (whatever it is, the customer had nothing)
        return [f"error: {type(error).__name__}: {error}"]


_worker: list[Worker] = []


def _start(path: Path) -> None:
    logging.getLogger("luukku").setLevel(logging.CRITICAL)  # the failures are tried on purpose
    # What a house has read stays: the collector need not look through it every few states.
    gc.set_threshold(200_000, 50, 1_000)
    remember()
    _worker.append(Worker(path))


def _work(states: list[State]) -> Proof:
    return _worker[0].try_some(states)


def states_of(of: World, most: int | None) -> list[tuple[int, Iterator[State]]]:
    """Of each kind how many there are and the states; or `most` of each, evenly drawn from all."""
    services, areas = of.services.every, of.areas
    return [
        _drawn(turns_in(of.intents), turn_states(of.intents, services), most),
        _drawn(matters_in(services, areas), matter_states(services, areas), most),
    ]


def _drawn(count: int, states: Iterator[State], most: int | None) -> tuple[int, Iterator[State]]:
    # An odd stride: an even one would meet one language only.
    stride = 1 if most is None else max(1, count // most) | 1
    return len(range(0, count, stride)), itertools.islice(states, 0, None, stride)


def batches_of(kinds: list[tuple[int, Iterator[State]]]) -> Iterator[tuple[State, ...]]:
    """All kinds are through at the same time, so that the time left can be told on the way."""
    runs = [
        (
            (number * BATCH / count, batch)
            for number, batch in enumerate(itertools.batched(states, BATCH))
        )
        for count, states in kinds
    ]
    return (batch for _, batch in heapq.merge(*runs, key=lambda one: one[0]))


def prove(say: Say, most: int | None = None, part: Part | None = None) -> int:
    """0 when no state breaks a promise; else 1, with what broke. `most`: of each kind of state."""
    began, part = time.monotonic(), part or Part()
    with tempfile.TemporaryDirectory() as folder:
        path = template(Path(folder))
        proof = Proof()
        if part.number == 1:
            for kind, problems, state in (
                *broken_by_words(),
                *broken_by_database(path),
                *broken_by_mail(path),
            ):
                proof.note(kind, problems, state)
        kinds = states_of(world(path), most)
        total = sum(count for count, _ in kinds) // part.of
        batches = itertools.islice(batches_of(kinds), part.number - 1, None, part.of)
        progress = Progress(say, total)
        with ProcessPoolExecutor(
            _cores(), get_context("spawn"), initializer=_start, initargs=(path,)
        ) as pool:
            for done in _as_they_come(pool, batches):
                for line in done.shown if len(proof.shown) < SHOWN else ():
                    say(f"  {line}")
                proof.add(done)
                progress.told(done.visited.total(), proof.broken.total())
    return _told(proof, time.monotonic() - began, say)


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class Progress:
    """A line now and then: how far, how fast, and how long still."""

    say: Say
    total: int
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)

    def told(self, more: int, broken: int) -> None:
        self.done += more
        now = time.monotonic()
        if now - self.last < EVERY:
            return
        self.last = now
        rate = self.done / (now - self.began)
        left = max(0, self.total - self.done) / rate / 60
        self.say(
            f"{self.done:,} of {self.total:,} states, {rate:.0f} a second,"
            f" {left:.0f} min left, {broken:,} broken"
        )


def _as_they_come(
    pool: ProcessPoolExecutor, batches: Iterator[tuple[State, ...]]
) -> Iterator[Proof]:
    """A few batches at a time, so that a million states are never all in memory."""
    waiting = [pool.submit(_work, list(one)) for one in itertools.islice(batches, 8)]
    while waiting:
        yield waiting.pop(0).result()
        waiting += [pool.submit(_work, list(one)) for one in itertools.islice(batches, 1)]


def _told(proof: Proof, seconds: float, say: Callable[[str], None]) -> int:
    for kind, count in sorted(proof.visited.items()):
        say(f"{count:>9,} states of a {kind}")
    for name, count in proof.broken.most_common():
        say(f"{count:>9,} broke: {name}")
    for line in proof.shown:
        say(f"  {line}")
    total = proof.visited.total()
    say(f"{total:,} states visited in {seconds:.0f} s, {proof.broken.total():,} counterexamples")
    return 1 if proof.broken else 0
