"""Fits the model that knows a whole life event told; run as `python -m eval.fit_life_events`.

A multinomial logistic regression on the sentence vectors of nlu_data/*/life_events.yml, with
`one_thing` there and the questions of one service or none as "no event". Questions that several
services answer are left out: often they tell an event. Regularisation is the one with the best
recall in held-out folds, at the threshold that lets at most ALARMS of the questions with one
service become a chain there. Writes catalog/data/life_events_model.json.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from api.settings import PROJECT, Settings
from catalog import encoder
from catalog.encoder import Encoder
from catalog.life_events import LifeEventModel, life_events
from catalog.vectors import VectorCache
from eval.questions_data import LANGUAGES, development, passers, strangers

ALARMS = 0.005  # share of the questions with one expected service
STRENGTHS = (3.0, 10.0, 30.0)  # sklearn's C: the greater, the less regularised
FOLDS = 5
NO_EVENT = "one_thing"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    text: str
    language: str
    event: str  # or NO_EVENT
    source: str  # "told": of nlu_data; "one", "none": a question of one service, of none


@dataclass(frozen=True)
class Choice:
    """One setting and what it gave in the folds that it was not fitted on."""

    strength: float
    odds: Floats  # shape (examples, events)
    threshold: float
    recall: float


def examples() -> list[Example]:
    """Every example, in an order that does not change."""
    told = [
        Example(text, language, event, "told")
        for language in LANGUAGES
        for event, texts in _file(language).items()
        for text in texts
    ]
    questions = [*development(), *strangers(), *passers()]
    return told + [
        Example(one.text, one.language, NO_EVENT, "one" if one.expect else "none")
        for one in questions
        if len(one.expect) <= 1
    ]


def vectors_of(texts: list[str], chosen: Encoder) -> Floats:
    cache = VectorCache(Settings().data_dir / "vectors.db")
    return cache.vectors(chosen, texts, "query").astype(np.float64)


def fitted(strength: float, seen: Floats, events: list[str]) -> tuple[Floats, Floats]:
    """Weights and biases of each event against "no event", in the data's order of events."""
    model = LogisticRegression(C=strength, max_iter=2000).fit(seen, events)
    rows = [list(model.classes_).index(one) for one in life_events()]
    no_event = list(model.classes_).index(NO_EVENT)
    weights: Floats = model.coef_[rows] - model.coef_[no_event]
    biases: Floats = model.intercept_[rows] - model.intercept_[no_event]
    return weights, biases


def tried(strength: float, seen: Floats, told: list[Example]) -> Choice:
    odds = np.zeros((len(told), len(life_events())))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    events = [one.event for one in told]
    for fit, held_out in folds.split(seen, [f"{one.event} {one.language}" for one in told]):
        weights, biases = fitted(strength, seen[fit], [events[i] for i in fit])
        odds[held_out] = seen[held_out] @ weights.T + biases
    threshold = _threshold(odds[[one.source == "one" for one in told]].max(axis=1))
    tellings = [one.event != NO_EVENT for one in told]
    return Choice(strength, odds, threshold, float(known(odds, threshold, told)[tellings].mean()))


def known(odds: Floats, threshold: float, told: list[Example]) -> npt.NDArray[np.bool_]:
    """Which examples are taken for the event that they tell."""
    names = np.array(list(life_events()))[odds.argmax(axis=1)]
    right = names == np.array([one.event for one in told])
    taken: npt.NDArray[np.bool_] = right & (odds.max(axis=1) >= threshold)
    return taken


def _threshold(odds: Floats) -> float:
    """The lowest log-odds that at most ALARMS of these reach."""
    allowed = int(len(odds) * ALARMS)
    return float(np.nextafter(np.sort(odds)[-allowed - 1], np.inf))


def _file(language: str) -> dict[str, list[str]]:
    text = (PROJECT / "nlu_data" / language / "life_events.yml").read_text("utf-8")
    read: dict[str, list[str]] = yaml.safe_load(text)
    return read


def _report(best: Choice, told: list[Example]) -> None:
    print(f"C {best.strength}, threshold {best.threshold:.3f} (log-odds); all held out")
    taken = known(best.odds, best.threshold, told)
    for event in life_events():
        shares = [
            np.mean([t for t, one in zip(taken, told, strict=True) if of(one, event, language)])
            for language in LANGUAGES
        ]
        print(f"{event:18} known: fi {shares[0]:6.1%}  sv {shares[1]:6.1%}")
    chains = best.odds.max(axis=1) >= best.threshold
    for source in ("told", "one", "none"):
        some = [one.source == source and one.event == NO_EVENT for one in told]
        print(f"no event, {source:5} {sum(some):5}: taken for one {chains[some].mean():6.2%}")


def of(one: Example, event: str, language: str) -> bool:
    return one.event == event and one.language == language


def main() -> None:
    told = examples()
    chosen = encoder.load(Settings().encoder)
    seen = vectors_of([one.text for one in told], chosen)
    best = max((tried(one, seen, told) for one in STRENGTHS), key=lambda choice: choice.recall)
    weights, biases = fitted(best.strength, seen, [one.event for one in told])
    LifeEventModel(
        encoder=chosen.name,
        events=tuple(life_events()),
        weights=tuple(tuple(round(float(one), 4) for one in row) for row in weights),
        biases=tuple(round(float(one), 4) for one in biases),
        threshold=round(best.threshold, 4),
    ).save()
    _report(best, told)


if __name__ == "__main__":
    main()
