"""Fits the model that sees danger by meaning; run as `python -m eval.fit_danger`.

A logistic regression on the sentence vectors of eval.danger_data's examples. Regularisation and
class weight are those with the best recall in held-out folds, at the threshold that lets at most
ALARMS of the customers' phrases raise an alarm there. Writes catalog/data/danger_model.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from api.settings import Settings
from catalog import encoder
from catalog.danger_model import DangerModel
from catalog.encoder import Encoder
from catalog.vectors import VectorCache
from eval.danger_data import Example, examples

ALARMS = 0.005  # share of the customers' phrases
STRENGTHS = (1.0, 3.0, 10.0)  # sklearn's C: the greater, the less regularised
CLASS_WEIGHTS = (1, 5, 20)  # of a dangerous example
FOLDS = 5
SHUFFLES = 3

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """One setting and what it gave in the folds that it was not fitted on."""

    strength: float
    weight: int
    scores: Floats
    threshold: float  # a log-odds
    recall: float


def vectors_of(texts: Sequence[str], chosen: Encoder) -> npt.NDArray[np.float32]:
    return VectorCache(Settings().data_dir / "vectors.db").vectors(chosen, texts, "query")


def logistic(strength: float, weight: int) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight={0: 1, 1: weight}, max_iter=3000)


def tried(strength: float, weight: int, seen: Floats, told: Sequence[Example]) -> Choice:
    """The mean over several shuffles: one alone picks a setting by the luck of its folds."""
    danger = np.array([one.danger for one in told])
    phrases = [one.source == "phrase" for one in told]
    shuffles = [_held_out(strength, weight, seen, told, one) for one in range(SHUFFLES)]
    thresholds = [_threshold(scores[phrases]) for scores in shuffles]
    recalls = [
        (scores[danger] >= threshold).mean()
        for scores, threshold in zip(shuffles, thresholds, strict=True)
    ]
    return Choice(
        strength,
        weight,
        np.mean(shuffles, axis=0),
        float(np.mean(thresholds)),
        float(np.mean(recalls)),
    )


def _held_out(
    strength: float, weight: int, seen: Floats, told: Sequence[Example], shuffle: int
) -> Floats:
    """Log-odds of each example from a model that was not fitted on it, shape (examples,)."""
    scores = np.zeros(len(told))
    danger = np.array([one.danger for one in told])
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=shuffle)
    groups = [one.group for one in told]
    for fitted, held_out in folds.split(seen, [one.source for one in told], groups):
        model = logistic(strength, weight).fit(seen[fitted], danger[fitted])
        scores[held_out] = model.decision_function(seen[held_out])
    return scores


def _threshold(phrases: Floats) -> float:
    """The lowest log-odds that at most ALARMS of these reach."""
    allowed = int(len(phrases) * ALARMS)
    return float(np.nextafter(np.sort(phrases)[-allowed - 1], np.inf))


def main() -> None:
    told = examples()
    chosen = encoder.load(Settings().encoder)
    seen = vectors_of([one.text for one in told], chosen).astype(np.float64)
    grid = product(STRENGTHS, CLASS_WEIGHTS)
    best = max((tried(*one, seen, told) for one in grid), key=lambda choice: choice.recall)
    whole = logistic(best.strength, best.weight).fit(seen, [one.danger for one in told])
    DangerModel(
        encoder=chosen.name,
        weights=tuple(round(float(one), 4) for one in whole.coef_[0]),
        bias=round(float(whole.intercept_[0]), 4),
        threshold=round(float(1 / (1 + np.exp(-best.threshold))), 6),
    ).save()
    print(f"C {best.strength}, weight {best.weight}, threshold {best.threshold:.3f} (log-odds)")
    for language, source in sorted({(one.language, one.source) for one in told}):
        some = [(one.language, one.source) == (language, source) for one in told]
        alarms = best.scores[some] >= best.threshold
        print(f"{language} {source:8} {len(alarms):5}, alarms held out {alarms.mean():6.1%}")


if __name__ == "__main__":
    main()
