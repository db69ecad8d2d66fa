"""From what confidence each intent can be believed; development data only.

    python -m bot.gates [--out FILE | --heard FILE]

Trains the shipped pipeline on each four fifths of the intents' examples and asks it the last fifth,
and the needs of eval/questions every time. Prints from what confidence on at least 95 % of what is
named so is that, and from what on at least 95 % of it is no need; actions/desk_action.py takes its
gates from there. FILE gets what was heard of each message, for `python -m eval.fit_small_talk`;
with --heard FILE the table is printed again from it, without any training.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.folds import FOLDS, Example, every_example, folds, written
from bot.train import ROOT
from bot.training_data import LANGUAGES, SHARE
from bot.trial import Heard, read, train

QUESTIONS = ROOT / "eval" / "questions"
NEED = "find_service"
RIGHT = 0.95
ENOUGH = 10  # messages above a confidence, fewer prove nothing
# Needs are here nine times as many as messages of one other intent; at a desk, far more.
NEEDS_IN_LIFE = 4


@dataclass(frozen=True)
class Told:
    """A message, what it means and what was heard; a need is asked in each fold."""

    language: str
    meant: str
    text: str
    source: str  # "examples", "development" or "strangers"
    heard: Heard

    @property
    def weight(self) -> float:
        return 1.0 if self.source == "examples" else 1.0 / FOLDS

    @property
    def right(self) -> bool:
        return self.heard.best.intent == self.meant


@dataclass(frozen=True)
class Gate:
    """From this confidence on, an intent is named rightly often enough."""

    confidence: float
    kept: float  # share of the intent's messages that are named so, and as surely


def needs() -> list[tuple[str, Example]]:
    """The development questions with their source; all of them are matters for the search."""
    return [
        (source, Example(language, NEED, json.loads(line)["question"]))
        for language in LANGUAGES
        for source, name in (("development", language), ("strangers", f"strangers_{language}"))
        for line in (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
        if json.loads(line)["expect"]
    ]


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bot.gates", description=__doc__)
    reader.add_argument("--out", type=Path)
    reader.add_argument("--heard", type=Path)
    given = reader.parse_args()
    told = kept(given.heard) if given.heard else [one for asked in _asked() for one in asked]
    if given.out:
        given.out.write_text(json.dumps([asdict(one) for one in told], ensure_ascii=False), "utf-8")
    print("\n".join(table(told)))


def kept(file: Path) -> list[Told]:
    """What was heard at an earlier time."""
    return [
        Told(**(one | {"heard": Heard.of(one["heard"])}))
        for one in json.loads(file.read_text("utf-8"))
    ]


def _asked() -> Iterator[list[Told]]:
    for taught, held_out in folds(every_example(ROOT)):
        asked = [("examples", one) for one in held_out] + needs()
        with tempfile.TemporaryDirectory() as name:
            bench = Path(name)
            training = train(ROOT / "config.yml", written(taught, ROOT, bench, SHARE), bench)
            reading = read(Path(training.model), [one.text for _, one in asked], bench)
        yield [
            Told(one.language, one.intent, one.text, source, heard)
            for (source, one), heard in zip(asked, reading.heard, strict=True)
        ]


def table(told: Sequence[Told]) -> Iterator[str]:
    yield f"{'':22}                                    {RIGHT:.0%} right   {RIGHT:.0%} no need"
    yield f"{'intent':22} right  named so  needs among them  from keeps   from keeps"
    for intent in sorted({one.meant for one in told}):
        named = [one for one in told if one.heard.best.intent == intent]
        meant = sum(one.weight for one in told if one.meant == intent)
        found = sum(one.weight for one in named if one.right)
        needs_taken = [one for one in named if one.meant == NEED and intent != NEED]
        taken = sum(one.weight for one in needs_taken)
        share = found / sum(one.weight for one in named)
        # A gate sends what it refuses to the search: that mends a need and nothing else.
        or_needs = [one for one in named if one.right or one.meant == NEED]
        gates = f"{_told(gate_of(named, meant))}  {_told(gate_of(or_needs, meant, NEEDS_IN_LIFE))}"
        yield f"{intent:22} {share:5.0%} {found / meant:9.0%} {taken:17.1f}  {gates}"


def _told(gate: Gate | None) -> str:
    return f"{gate.confidence:.2f} {gate.kept:5.0%}" if gate else "never     "


def gate_of(named: Sequence[Told], meant: float, wrong_weighs: float = 1.0) -> Gate | None:
    """The lowest confidence above which RIGHT of these are right; None when there is none."""
    count = right = 0.0
    gate = None
    for one in sorted(named, key=lambda one: -one.heard.best.confidence):
        count += one.weight * (1 if one.right else wrong_weighs)
        right += one.weight * one.right
        if count >= ENOUGH and right >= RIGHT * count:
            gate = Gate(one.heard.best.confidence, right / meant)
    return gate


if __name__ == "__main__":
    main()
