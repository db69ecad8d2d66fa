"""Stock Rasa as a finder of services: one intent for each, DIET, the same customers' phrases.

    python -m bot.peer FILE [--services N] [--epochs N] [--without-growth]

Trains Rasa's default pipeline (bot/diet.yml) on the phrases of the N services that have most, in a
folder of its own and on one core, asks it the development questions that one of these answers, and
writes what it heard and what it cost to FILE. `python -m eval.peers_diet FILE` sets the desk's own
figures beside and writes eval/PEERS_DIET.md. Smaller trainings first tell how the time grows.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from bot.measure import DIET
from bot.train import ROOT
from bot.training_data import LANGUAGES, as_nlu
from bot.trial import MEGA, Training, read, train

QUESTIONS = ROOT / "eval" / "questions"
SETS = {"development": "", "strangers": "strangers_", "passers": "passers_", "blind": "blind_"}
GROWTH = ((50, 1), (50, 5))  # services and epochs of the small trainings
SERVICES, EPOCHS = 100, 20


@dataclass(frozen=True)
class Asked:
    source: str
    language: str
    text: str
    expect: list[str]


@dataclass(frozen=True)
class Run:
    """One training and what it cost."""

    services: int
    phrases: int
    epochs: int
    training: Training

    @classmethod
    def of(cls, taught: dict[str, list[str]], epochs: int, bench: Path) -> Run:
        bench.mkdir()
        config = _config(bench, epochs)
        told = bench / "services.yml"
        told.write_text(as_intents(taught), "utf-8")
        phrases = sum(map(len, taught.values()))
        return cls(len(taught), phrases, epochs, train(config, [told], bench))


def phrases(root: Path) -> dict[str, list[str]]:
    """The customers' phrases of every service, of both languages."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for file in sorted((root / "nlu_data" / language / "words").glob("*.yml")):
            for service_id, said in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
                found.setdefault(service_id, []).extend(map(_line, said))
    return {one: list(dict.fromkeys(said)) for one, said in found.items()}


def most_told(taught: dict[str, list[str]], count: int) -> dict[str, list[str]]:
    """So many services, those with most phrases."""
    most = sorted(taught, key=lambda one: (-len(taught[one]), one))[:count]
    return {one: taught[one] for one in most}


def questions(among: set[str]) -> list[Asked]:
    """Every question that one of these services answers."""
    return [
        Asked(source, language, row["question"], row["expect"])
        for source, name in SETS.items()
        for language in LANGUAGES
        for row in _rows(QUESTIONS / f"{name}{language}.jsonl")
        if among & set(row["expect"])
    ]


def as_intents(taught: dict[str, list[str]]) -> str:
    """The phrases as examples of an intent for each service, in Rasa's form."""
    blocks = [yaml.safe_load(as_nlu(said, one))["nlu"][0] for one, said in taught.items()]
    return str(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True))


def _config(bench: Path, epochs: int) -> Path:
    held = yaml.safe_load(DIET.read_text("utf-8"))
    for part in held["pipeline"]:
        if part["name"] == "DIETClassifier":
            part["epochs"] = epochs
    file = bench / "diet.yml"
    file.write_text(yaml.safe_dump(held), "utf-8")
    return file


def _line(said: str) -> str:
    # Square brackets would be read as the marks of an entity.
    return " ".join(str(said).replace("[", " ").replace("]", " ").split())


def _rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bot.peer", description=__doc__)
    reader.add_argument("file", type=Path)
    reader.add_argument("--services", type=int, default=SERVICES)
    reader.add_argument("--epochs", type=int, default=EPOCHS)
    reader.add_argument("--without-growth", action="store_true")
    given = reader.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # what is started here inherits it
    every = phrases(ROOT)
    with tempfile.TemporaryDirectory() as name:
        bench = Path(name)
        small = () if given.without_growth else GROWTH
        growth = [_grown(every, services, epochs, bench) for services, epochs in small]
        told = _told(most_told(every, given.services), given.epochs, bench)
    told |= {"every_service": len(every), "every_phrase": sum(map(len, every.values()))}
    told["growth"] = [asdict(one) for one in growth]
    given.file.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _grown(every: dict[str, list[str]], services: int, epochs: int, bench: Path) -> Run:
    run = Run.of(most_told(every, services), epochs, bench / f"{services}x{epochs}")
    _say(run)
    return run


def _told(taught: dict[str, list[str]], epochs: int, bench: Path) -> dict:
    run = Run.of(taught, epochs, bench / "asked")
    _say(run)
    asked = questions(set(taught))
    model = Path(run.training.model)
    reading = read(model, [one.text for one in asked], bench / "asked")
    return {
        "run": asdict(run),
        "model_mb": model.stat().st_size / MEGA,
        "milliseconds": reading.milliseconds,
        "resident_mb": reading.resident_mb,
        "services": list(taught),
        "asked": _heard(asked, [one.guesses for one in reading.heard]),
    }


def _heard(asked: Sequence[Asked], guessed: Sequence[Sequence]) -> list[dict]:
    return [
        {**asdict(one), "named": [guess.intent for guess in guesses]}
        for one, guesses in zip(asked, guessed, strict=True)
    ]


def _say(run: Run) -> None:
    cost = run.training
    print(
        f"{run.services} services, {run.phrases} phrases, {run.epochs} epochs: "
        f"{cost.seconds:.0f} s, {cost.cpu_seconds:.0f} s of processor time, {cost.peak_mb:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
