"""A pipeline tried out: trained and read with, each in a process of its own.

A process each, so that the memory measured is its own. Run by bot.measure and bot.hearing:

    python -m bot.trial train --config FILE --bench FOLDER --report FILE EXAMPLES...
    python -m bot.trial read --model FILE --texts FILE --report FILE
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bot.gate import FALLBACK
from bot.train import ROOT, trained

WARM_UP = 20  # messages read before the clock starts
MEGA = 1e6


@dataclass(frozen=True)
class Training:
    model: str
    seconds: float
    cpu_seconds: float  # of all cores; other work on the machine does not lengthen it
    peak_mb: float


@dataclass(frozen=True)
class Guess:
    intent: str
    confidence: float


@dataclass(frozen=True)
class Heard:
    """What was made of one message: the classifier's best guesses, best first, and the decision."""

    guesses: tuple[Guess, ...]
    decided: str  # after the fallback

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Heard:
        return cls(tuple(Guess(**guess) for guess in kept["guesses"]), kept["decided"])

    @property
    def best(self) -> Guess:
        return self.guesses[0]


@dataclass(frozen=True)
class Reading:
    heard: tuple[Heard, ...]
    milliseconds: float  # one message, the middle one
    resident_mb: float


def train(config: Path, examples: Sequence[Path], bench: Path) -> Training:
    """Trains in a process of its own; what it makes stays in `bench`."""
    report = bench / "training.json"
    options = ["--config", config, "--bench", bench, "--report", report]
    _apart("train", *options, *examples)
    return Training(**json.loads(report.read_text("utf-8")))


def read(model: Path, texts: Sequence[str], bench: Path) -> Reading:
    """Reads the messages with a trained model, in a process of its own."""
    asked, report = bench / "texts.json", bench / "reading.json"
    asked.write_text(json.dumps(list(texts)), "utf-8")
    _apart("read", "--model", model, "--texts", asked, "--report", report)
    told = json.loads(report.read_text("utf-8"))
    heard = tuple(Heard.of(one) for one in told.pop("heard"))
    return Reading(heard, **told)


def _apart(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "bot.trial", *words], cwd=ROOT, check=True)  # noqa: S603


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bot.trial", description=__doc__)
    ways = reader.add_subparsers(required=True)
    training = ways.add_parser("train")
    training.add_argument("--config", type=Path, required=True)
    training.add_argument("--bench", type=Path, required=True)
    training.add_argument("examples", type=Path, nargs="+")
    training.set_defaults(run=lambda asked: _train_here(asked.config, asked.examples, asked.bench))
    reading = ways.add_parser("read")
    reading.add_argument("--model", type=Path, required=True)
    reading.add_argument("--texts", type=Path, required=True)
    reading.set_defaults(run=lambda asked: _read_here(asked.model, asked.texts))
    for way in (training, reading):
        way.add_argument("--report", type=Path, required=True)
    asked = reader.parse_args()
    asked.report.write_text(json.dumps(asdict(asked.run(asked))), "utf-8")


def _train_here(config: Path, examples: Sequence[Path], bench: Path) -> Training:
    began, cpu = time.perf_counter(), time.process_time()
    model = trained(config, ROOT / "domain.yml", examples, bench)
    return Training(
        model=str(model),
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA,
    )


def _read_here(model: Path, texts: Path) -> Reading:
    # Imported here: Rasa reads its surroundings while it is imported.
    from bot.surroundings import settle

    settle(model.parent / "home")
    from rasa.core.agent import load_agent

    from bot import logs, patches

    logs.configure()
    patches.apply()
    asked = json.loads(texts.read_text("utf-8"))

    async def reading() -> Reading:
        agent = await load_agent(model_path=str(model))
        for text in asked[:WARM_UP]:
            await agent.parse_message(text)
        heard, took = [], []
        for text in asked:
            began = time.perf_counter()
            message = await agent.parse_message(text)
            took.append((time.perf_counter() - began) * 1000)
            heard.append(_heard(message))
        return Reading(tuple(heard), median(took), _resident() / MEGA)

    return asyncio.run(reading())


def _heard(message: dict[str, Any]) -> Heard:
    ranking = message["intent_ranking"]
    guesses = [Guess(one["name"], float(one["confidence"])) for one in ranking]
    return Heard(
        tuple(guess for guess in guesses if guess.intent != FALLBACK), message["intent"]["name"]
    )


def _resident() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
