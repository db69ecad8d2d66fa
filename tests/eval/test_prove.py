"""`luukku prove` in short: no drawn state breaks a promise, and planted defects are seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from actions import handover
from desk import conversations, ownership
from desk.conversations import Place
from desk.models import Conversation, Person
from desk.ownership import Owner
from eval.proof import houses, promises, sentences
from eval.proof.run import Part, Proof, State, Worker, batches_of, prove, states_of
from eval.proof.space import INSTANTS, TALKS, MatterState, TurnState
from eval.proof.world import world

LATER = min(INSTANTS) + timedelta(days=7)  # after what was said before
# Its instruction begins: "Ota yhteyttä oman kunnan tai kuntayhtymän …"
TO_CONTACT = "1e94d171-077a-450a-b654-4c6533b6864e"
DRAWN = 250  # of each kind; all of them are `luukku prove`'s


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return Worker(houses.template(tmp_path_factory.mktemp("proof")))


def drawn(worker: Worker, kind: type[State], most: int, **wanted: object) -> list[State]:
    """The first states of this kind that are as wanted; evenly drawn ones where all will do."""
    turns, matters = states_of(worker.world, None if wanted else 20_000)
    states = turns[1] if kind is TurnState else matters[1]
    fit = (one for one in states if all(getattr(one, key) == is_ for key, is_ in wanted.items()))
    return list(islice(fit, most))


BELIEVED = {"intent": "ask_person", "confidence": 0.97, "talk": "fresh", "text": "need"}


def names(proof: Proof) -> set[str]:
    return {one.split("  ")[0] for one in proof.shown}


def test_there_are_more_than_a_million_states(tmp_path: Path) -> None:
    of = world(houses.template(tmp_path))
    counted = []
    for count, states in states_of(of, None):
        kept = sum(1 for _ in states)
        assert kept == count
        counted.append(count)
    assert sum(counted) > 1_000_000
    assert min(counted) > 200_000


def test_machines_that_share_the_states_try_each_once(worker: Worker) -> None:
    def batches() -> list[tuple[State, ...]]:
        return list(batches_of(states_of(worker.world, 2_000)))

    every = batches()
    parts = [Part.told(one) for one in ("1/3", "2/3", "3/3")]
    shared = [
        batch for part in parts for batch in islice(batches(), part.number - 1, None, part.of)
    ]
    assert sorted(map(repr, shared)) == sorted(map(repr, every))
    assert sum(map(len, every)) == sum(count for count, _ in states_of(worker.world, 2_000))
    for wrong in ("0/3", "4/3", "3", "a/b"):
        with pytest.raises(ValueError, match=r".*"):
            Part.told(wrong)


def test_what_a_state_changes_is_undone_and_what_a_block_writes_is_read_anew(
    worker: Worker,
) -> None:
    at = houses.house(worker._path, "nobody")
    with at.undone():
        with at.writing() as session:
            begun = conversations.begin(
                session, language="fi", place=Place(), now=houses.BEGINS, channel="web"
            )
            begun.pending = {"offered": True}
        with at.reading() as session:
            read = session.get_one(Conversation, begun.id)
            assert read is not begun
            assert read.pending == {"offered": True}
    with at.reading() as session:
        assert session.get(Conversation, begun.id) is None


def test_a_sentence_that_sends_somebody_away_is_a_counterexample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = list(sentences.broken_by_words())
    assert len(every) > 2_000  # of replies and pages, in both languages
    assert not [one for _, one, _ in every if one]
    planted = tmp_path / "planted.yml"
    planted.write_text("a: {fi: Moi, sv: Kontakta en annan enhet.}\n", "utf-8")
    monkeypatch.setattr(sentences, "files", lambda: [planted])
    broken = {where: problems for _, problems, where in sentences.broken_by_words()}
    assert broken["planted.yml", "a fi"] == []
    assert broken["planted.yml", "a sv"]


def test_whom_to_contact_is_a_services_to_say_and_not_the_desks(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = drawn(worker, TurnState, 1, **BELIEVED, language="fi", found="sure")
    state = replace(one, intent="ask_how_to_apply", service=TO_CONTACT)
    assert not worker.try_some([state]).broken
    monkeypatch.setattr(promises, "ITS_OWN", ())
    assert "bounce" in worker.try_some([state]).broken


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
    proof = worker.try_some(drawn(worker, TurnState, 2, **BELIEVED))
    assert {"handover: nobody is named", "handover: no code"} <= names(proof)


def test_a_promise_of_a_time_that_has_passed_is_a_counterexample(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = {**BELIEVED, "talk": "taken", "intent": "my_ticket"}
    late = [one for one in drawn(worker, TurnState, 50, **waiting) if one.at > LATER][:6]
    assert len(late) == 6
    assert not worker.try_some(late).broken
    monkeypatch.setattr(handover, "WHEN_LATE", {})
    assert worker.try_some(late).broken["promise"] == 6


def test_a_decision_that_fails_is_a_counterexample(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any, **named: Any) -> None:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr("desk.tickets.take", fails)
    proof = worker.try_some(drawn(worker, TurnState, 2, **BELIEVED))
    assert proof.broken["error"] == 2
