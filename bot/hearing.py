"""What the bot hears of messages that it had not learnt; development data only.

    python -m bot.hearing FILE

Trains the shipped pipeline on each four fifths of the intents' examples and asks it the last fifth,
and the needs of eval/questions every time. FILE gets what was heard of each message and the
customers' words that were learnt as needs, for `python -m eval.fit_intents`, which weighs it with
the meaning of the sentence and the search.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.folds import Example, every_example, folds, written
from bot.train import ROOT
from bot.training_data import LANGUAGES, SHARE, taught_words
from bot.trial import Heard, read, train

QUESTIONS = ROOT / "eval" / "questions"
NEED = "find_service"
EXAMPLES = "examples"
# What each set of development questions is called, and its file's name but for the language.
SETS = {"development": "{}", "strangers": "strangers_{}", "passers": "passers_{}"}


@dataclass(frozen=True)
class Told:
    """A message, what it means and what was heard; a need is asked in each fold."""

    language: str
    meant: str
    text: str
    source: str  # EXAMPLES, or one of SETS
    fold: int
    heard: Heard


def needs() -> list[tuple[str, Example]]:
    """The development questions with their source; all of them are matters for the search."""
    return [
        (source, Example(language, NEED, json.loads(line)["question"]))
        for language in LANGUAGES
        for source, name in SETS.items()
        for line in (QUESTIONS / f"{name.format(language)}.jsonl").read_text("utf-8").splitlines()
        if json.loads(line)["expect"]
    ]


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bot.hearing", description=__doc__)
    reader.add_argument("file", type=Path)
    file: Path = reader.parse_args().file
    told = [asdict(one) for asked in _asked() for one in asked]
    kept = {"told": told, "words": taught_words(ROOT, SHARE)}
    file.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")


def _asked() -> Iterator[list[Told]]:
    for fold, (taught, held_out) in enumerate(folds(every_example(ROOT))):
        asked = [(EXAMPLES, one) for one in held_out] + needs()
        with tempfile.TemporaryDirectory() as name:
            bench = Path(name)
            training = train(ROOT / "config.yml", written(taught, ROOT, bench, SHARE), bench)
            reading = read(Path(training.model), [one.text for _, one in asked], bench)
        print(f"fold {fold + 1}: {len(asked)} messages heard", flush=True)
        yield [
            Told(one.language, one.intent, one.text, source, fold, heard)
            for (source, one), heard in zip(asked, reading.heard, strict=True)
        ]


if __name__ == "__main__":
    main()
