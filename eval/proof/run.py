"""`luukku prove`: tries every state on all cores, and prints each that broke a promise."""

from __future__ import annotations

import itertools
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import select

from actions.hand import Desk
from actions.replies import Replies
from actions.rules import actions_by_intent
from actions.words import Words
from api.database import Database, sqlite_url
from api.settings import PROJECT
from catalog.areas import municipalities
from catalog.models import Area, Service, ServiceArea
from desk import ownership
from desk.secrets import Keys
from eval.proof.failures import broken_by_database, broken_by_mail
from eval.proof.houses import GivenFinder, House, house, template
from eval.proof.promises import broken_of_owner
from eval.proof.space import (
    MatterState,
    TurnState,
    matter_states,
    turn_states,
)
from eval.proof.turns import Services, Trial

SHOWN = 20
BATCH = 2_000

type State = TurnState | MatterState


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
class World:
    """What there is to enumerate over."""

    intents: tuple[str, ...]
    services: Services
    areas: tuple[str, ...]


class Worker:
    """One process's houses, made when the first state asks for them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._trials: dict[str, Trial] = {}
        self.world = world(path)

    def try_some(self, states: list[State]) -> Proof:
        proof = Proof()
        for state in states:
            trial = self._trial(state.absence)
            if isinstance(state, TurnState):
                proof.note("turn", _tried(trial.broken, state), state)
            else:
                proof.note("matter", _tried(partial(_owned, trial.house), state), state)
        return proof

    def _trial(self, absence: str) -> Trial:
        if absence not in self._trials:
            self._trials[absence] = trial(house(self._path, absence), self.world)
        return self._trials[absence]


def _tried[One](broken: Callable[[One], list[str]], state: One) -> list[str]:
    """What broke; an error that no door would turn into an outcome breaks the promise too."""
    try:
        return broken(state)
    except Exception as error:  # noqa: BLE001  (whatever it is, the customer had nothing)
        return [f"error: {type(error).__name__}: {error}"]


def _owned(at: House, state: MatterState) -> list[str]:
    with at.reading() as session:
        owner = ownership.owner(
            session,
            service_id=state.service,
            area_id=state.area,
            language=state.language,
            now=state.at,
        )
        return list(broken_of_owner(session, owner, state.language))


def trial(at: House, of: World) -> Trial:
    with at.reading() as session:
        finder = GivenFinder(municipalities(session), of.services.every)
    desk = Desk(
        writing=at.writing,
        reading=at.reading,
        finder=lambda: finder,  # type: ignore[arg-type,return-value]
        replies=Replies.from_folder(PROJECT / "nlu_data" / "replies"),
        words=Words.from_folder(PROJECT / "nlu_data"),
        rules=actions_by_intent(PROJECT / "nlu_data"),
        intents=None,  # the state says what the message was read as
        keys=Keys(b"k" * 32),
        now=lambda: at.now,
        pool=ThreadPoolExecutor(1),
    )
    return Trial(at, desk, finder, of.services, dict(desk.rules))


def world(path: Path) -> World:
    database = Database(sqlite_url(path))
    with database.reading() as session:
        bound = select(ServiceArea.service_id).where(ServiceArea.area_id.like("municipality:%"))
        of_one_place = session.scalars(bound.order_by(ServiceArea.service_id)).first()
        services = session.scalars(
            select(Service.id).where(Service.status == "current").order_by(Service.id)
        )
        areas = session.scalars(
            select(Area.id).where(Area.id.like("municipality:%")).order_by(Area.id)
        )
        found = tuple(services), tuple(areas)
    database.dispose()
    assert of_one_place is not None
    intents = tuple(sorted(actions_by_intent(PROJECT / "nlu_data")))
    return World(intents, Services(found[0], of_one_place), found[1])


_worker: list[Worker] = []


def _start(path: Path) -> None:
    logging.getLogger("luukku").setLevel(logging.CRITICAL)  # the failures are tried on purpose
    _worker.append(Worker(path))


def _work(states: list[State]) -> Proof:
    return _worker[0].try_some(states)


def states_of(of: World, most: int | None) -> Iterator[State]:
    """Every state, turns first; or `most` of each kind, evenly drawn from all."""
    turns = lambda: turn_states(of.intents, of.services.every)  # noqa: E731
    matters = lambda: matter_states(of.services.every, of.areas)  # noqa: E731
    for kind in (turns, matters):
        if most is None:
            yield from kind()
        else:
            every = sum(1 for _ in kind())
            # An odd stride: an even one would meet one language only.
            yield from itertools.islice(kind(), 0, None, max(1, every // most) | 1)


def prove(say: Callable[[str], None], most: int | None = None) -> int:
    """0 when no state breaks a promise; else 1, with what broke. `most`: of each kind of state."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = template(Path(folder))
        proof = Proof()
        for kind, problems, state in (*broken_by_database(path), *broken_by_mail(path)):
            proof.note(kind, problems, state)
        batches = itertools.batched(states_of(world(path), most), BATCH)
        cores = os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
        with ProcessPoolExecutor(
            cores, get_context("spawn"), initializer=_start, initargs=(path,)
        ) as pool:
            for done in _as_they_come(pool, batches):
                proof.add(done)
                if proof.visited.total() % (50 * BATCH) < BATCH:
                    say(f"{proof.visited.total():,} states, {proof.broken.total():,} broken")
    return _told(proof, time.monotonic() - began, say)


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
