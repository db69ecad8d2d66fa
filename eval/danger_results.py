"""How well danger to life is seen; run as `python -m eval.danger_results`, writes eval/DANGER.md.

The blind messages were written before their writer had seen the patterns or trained the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from api.settings import Settings
from catalog import encoder
from catalog.danger import in_danger
from catalog.danger_model import DangerModel
from catalog.encoder import Encoder
from eval.danger_data import LANGUAGES, blind, customers_phrases, harmless_phrases
from eval.fit_danger import vectors_of

FILE = Path(__file__).parent / "DANGER.md"


@dataclass(frozen=True)
class Looked:
    """What each of the two signs made of one blind message."""

    language: str
    danger: bool
    patterns: bool
    probability: float
    model: bool

    @property
    def both(self) -> bool:
        return self.patterns or self.model


SIGNS: dict[str, Callable[[Looked], bool]] = {
    "patterns alone": lambda one: one.patterns,
    "model alone": lambda one: one.model,
    "both": lambda one: one.both,
}


def looked_at(model: DangerModel, chosen: Encoder) -> list[Looked]:
    messages = blind()
    vectors = vectors_of([one.text for one in messages], chosen)
    return [
        Looked(
            language=one.language,
            danger=one.danger,
            patterns=in_danger(one.text, one.language) is not None,
            probability=model.probability(vector),
            model=model.alarms(vector),
        )
        for one, vector in zip(messages, vectors, strict=True)
    ]


def main() -> None:
    model, chosen = DangerModel.shipped(), encoder.load(Settings().encoder)
    if model.encoder != chosen.name:
        raise SystemExit(f"the danger model was fitted for {model.encoder}, not {chosen.name}")
    looked = looked_at(model, chosen)
    lines = [
        "# How well danger to life is seen",
        "",
        "Written by `python -m eval.danger_results`; on blind messages, oblique or panicked ones",
        "and harmless ones with alarming words. The same hand wrote the model's examples, and much",
        "of the Swedish follows the Finnish, so strangers' messages may fare worse.",
        "",
        *_seen(looked),
        *_phrases(model, chosen),
        *_price(looked, model, chosen),
    ]
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def _seen(looked: Sequence[Looked]) -> Iterator[str]:
    yield "| | language | dangerous ones seen | false alarms |"
    yield "|---|---|---|---|"
    for name, sign in SIGNS.items():
        for language in LANGUAGES:
            some = [one for one in looked if one.language == language]
            seen = [sign(one) for one in some if one.danger]
            false = [sign(one) for one in some if not one.danger]
            yield f"| {name} | {language} | {_share(seen)} | {_share(false)} |"
    yield ""


def _phrases(model: DangerModel, chosen: Encoder) -> Iterator[str]:
    scores = phrase_probabilities(model, chosen)
    yield (
        f"Of the {len(scores)} customers' phrases that no pattern catches and that are not acute, "
        f"the model takes {(scores >= model.threshold).mean():.2%} for danger. It has seen them: "
        "the threshold was set where 0.5 % of them raise an alarm held out."
    )
    every = customers_phrases()
    caught = sum(in_danger(one.text, one.language) is not None for one in every)
    yield (
        f"The patterns catch {caught} of all {len(every)} ({caught / len(every):.2%}), rightly or "
        "not; what the model adds comes on top."
    )
    yield ""


def _price(looked: Sequence[Looked], model: DangerModel, chosen: Encoder) -> Iterator[str]:
    yield "What a lower threshold would see (both signs), and what it would cost:"
    yield ""
    yield "| threshold | dangerous ones seen | false alarms | phrases it was fitted on |"
    yield "|---|---|---|---|"
    phrases = phrase_probabilities(model, chosen)
    for threshold in (model.threshold, 0.7, 0.5, 0.3, 0.2, 0.1):
        seen = [one.patterns or one.probability >= threshold for one in looked if one.danger]
        false = [one.patterns or one.probability >= threshold for one in looked if not one.danger]
        share = (phrases >= threshold).mean()
        yield f"| {threshold:.2f} | {_share(seen)} | {_share(false)} | {share:.1%} |"


def phrase_probabilities(model: DangerModel, chosen: Encoder) -> npt.NDArray[np.float64]:
    vectors = vectors_of([one.text for one in harmless_phrases()], chosen)
    return np.array([model.probability(vector) for vector in vectors])


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)} of {len(hits)} ({sum(hits) / len(hits):.0%})"


if __name__ == "__main__":
    main()
