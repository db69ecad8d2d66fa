"""`luukku prove` in short: no drawn state breaks a promise, and planted defects are seen."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from actions import handover
from desk import ownership
from desk.models import Person
from desk.ownership import Owner
from eval.proof import houses
from eval.proof.run import Proof, State, Worker, prove, states_of, world
from eval.proof.space import TALKS, MatterState, TurnState

DRAWN = 700  # of each kind; all of them are `luukku prove`'s


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return Worker(houses.template(tmp_path_factory.mktemp("proof")))


def drawn(worker: Worker, kind: type[State], most: int, **wanted: str) -> list[State]:
    every = (one for one in states_of(worker.world, 20_000) if isinstance(one, kind))
    fit = (one for one in every if all(getattr(one, key) == is_ for key, is_ in wanted.items()))
    return list(islice(fit, most))


def names(proof: Proof) -> set[str]:
    return {one.split("  ")[0] for one in proof.shown}


def test_there_are_more_than_a_million_states(tmp_path: Path) -> None:
    of = world(houses.template(tmp_path))
    kinds = {TurnState: 0, MatterState: 0}
    for one in states_of(of, None):
        kinds[type(one)] += 1
    assert sum(kinds.values()) > 1_000_000
    assert min(kinds.values()) > 200_000


def test_no_drawn_state_breaks_a_promise() -> None:
    said: list[str] = []
    assert prove(said.append, DRAWN) == 0, "\n".join(said)
    assert " 0 counterexamples" in said[-1]


def test_every_situation_can_be_prepared(worker: Worker) -> None:
    for talk in TALKS:
        proof = worker.try_some(drawn(worker, TurnState, 2, talk=talk, absence="nobody"))
        assert proof.visited.total() == 2
        assert not proof.broken, proof.shown


@pytest.fixture
def leaver_owns(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ownership.owner

    def left(*given: Any, **named: Any) -> Owner:
        found = real(*given, **named)
        gone = Person(id=found.person.id, login="gone", name="Gone", roles=["clerk"], active=False)
        return Owner(gone, found.team)

    monkeypatch.setattr(ownership, "owner", left)


@pytest.mark.usefixtures("leaver_owns")
def test_an_owner_who_has_left_is_a_counterexample(worker: Worker) -> None:
    proof = worker.try_some(drawn(worker, MatterState, 5))
    assert "owner: has left" in names(proof)


def test_a_promise_that_names_nobody_is_a_counterexample(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_promise", lambda hand, taken: [])
    proof = worker.try_some(
        drawn(worker, TurnState, 3, intent="ask_person", talk="fresh", text="need", found="nothing")
    )
    assert {"handover: nobody is named", "handover: no code"} <= names(proof)


def test_a_decision_that_fails_is_a_counterexample(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any, **named: Any) -> None:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr("desk.tickets.take", fails)
    proof = worker.try_some(
        drawn(worker, TurnState, 3, intent="ask_person", talk="fresh", text="need", found="nothing")
    )
    assert proof.broken["error"] >= 1  # one that is not believed asks on
