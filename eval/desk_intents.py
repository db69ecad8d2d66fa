"""What the whole desk makes of messages held apart; run as `python -m eval.desk_intents HEARD`.

HEARD is what `python -m bot.measure --heard HEARD` heard. The bot's word, the meaning and the
search are weighed as in a turn, by the shipped model. Adds a part to eval/INTENTS.md. Nothing may
be tuned on these messages.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from actions.intents import IntentModel, shipped_for
from actions.reading import BELIEVED_FROM, NEED
from api.settings import PROJECT, Settings
from catalog import encoder
from catalog.find import Finder
from catalog.fusion import Fusion
from eval.fit_fusion import catalogue_rows, finder_over

FILE = PROJECT / "eval" / "INTENTS.md"
TITLE = "## What the whole desk makes of them"
LANGUAGES = ("fi", "sv")
SELDOM = 1


@dataclass(frozen=True)
class Named:
    """One message, what it means, and what it was named."""

    language: str
    meant: str
    named: str
    acted_on: str  # what is not believed is searched for as a need


def named_by_both(told: Sequence[dict[str, Any]]) -> dict[str, list[Named]]:
    """The messages as the bot alone named them, and as the desk does."""
    model = shipped_for(encoder.load(Settings().encoder).name)
    if model is None:
        raise SystemExit("The model of intents was fitted for another encoder: make fit-intents")
    finder = finder_over(catalogue_rows(), Fusion.shipped())
    return {
        "the bot alone": [_by_the_bot(one) for one in told],
        "the desk": [_by_the_desk(one, model, finder) for one in told],
    }


def _by_the_bot(one: dict[str, Any]) -> Named:
    best = max(one["heard"]["guesses"], key=lambda guess: float(guess["confidence"]))["intent"]
    decided = one["heard"]["decided"]
    return Named(
        one["language"], one["meant"], best, NEED if decided == "nlu_fallback" else decided
    )


def _by_the_desk(one: dict[str, Any], model: IntentModel, finder: Finder) -> Named:
    guesses = {guess["intent"]: guess["confidence"] for guess in one["heard"]["guesses"]}
    found = finder.find(one["text"], one["language"]).services
    shares = model.probabilities(guesses, finder.vector(one["text"]), [s.score for s in found])
    best = max(shares, key=lambda intent: shares[intent])
    believed = best if shares[best] >= BELIEVED_FROM else NEED
    return Named(one["language"], one["meant"], best, believed)


def report(parts: dict[str, list[Named]]) -> Iterator[str]:
    yield TITLE
    yield ""
    yield "The bot's word, the sentence's meaning and the search weighed together"
    yield "(`actions/intents.py`, `python -m eval.desk_intents`). As acted on: an intent that is"
    yield "not believed is searched for as a need; what was said before is not known here."
    yield ""
    yield "| named by | messages | count | right | macro F1 | right as acted on |"
    yield "|---|---|---|---|---|---|"
    for name, every in parts.items():
        for language in (*LANGUAGES, "both"):
            some = [one for one in every if language in (one.language, "both")]
            meant, named = [one.meant for one in some], [one.named for one in some]
            f1 = f1_score(meant, named, average="macro", zero_division=0)
            acted = accuracy_score(meant, [one.acted_on for one in some])
            right = f"{accuracy_score(meant, named):.1%} | {f1:.3f} | {acted:.1%}"
            yield f"| {name} | {language} | {len(some)} | {right} |"
    yield ""
    yield from _intents(parts)
    yield from _confusions(parts["the desk"])


def _intents(parts: dict[str, list[Named]]) -> Iterator[str]:
    intents = sorted({one.meant for every in parts.values() for one in every})
    titles = [f"{name}, {what}" for name in parts for what in ("of those named", "of those meant")]
    yield f"| intent | {' | '.join(titles)} |"
    yield "|---" * (len(titles) + 1) + "|"
    columns: list[Any] = []
    for every in parts.values():
        meant, named = [one.meant for one in every], [one.named for one in every]
        columns += precision_recall_fscore_support(meant, named, labels=intents, zero_division=0)[
            :2
        ]
    for intent, *shares in zip(intents, *columns, strict=True):
        yield f"| {intent} | {' | '.join(f'{one:.0%}' for one in shares)} |"
    yield ""


def _confusions(every: Sequence[Named]) -> Iterator[str]:
    counted = Counter((one.meant, one.named) for one in every if one.meant != one.named)
    often = [f"{meant} → {named} {n}" for (meant, named), n in counted.most_common() if n > SELDOM]
    yield "What the desk confuses (meant → named instead), commonest first; those seen once are"
    yield f"left out ({sum(n <= SELDOM for n in counted.values())}):"
    yield f"{', '.join(often)}."


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m eval.desk_intents", description=__doc__)
    reader.add_argument("heard", type=Path)
    told = json.loads(reader.parse_args().heard.read_text("utf-8"))
    lines = "\n".join(report(named_by_both(told)))
    before = FILE.read_text("utf-8").partition(TITLE)[0].rstrip()
    FILE.write_text(f"{before}\n\n{lines}\n", "utf-8")
    print(lines)


if __name__ == "__main__":
    main()
