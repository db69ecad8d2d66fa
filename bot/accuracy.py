"""How often the classifier is right, by what it was told and by how sure it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.gate import FALLBACK, SEARCH
from bot.trial import Guess

BINS = 15


@dataclass(frozen=True)
class Answered:
    """One message, what it means and what was made of it."""

    language: str
    meant: str
    best: Guess
    decided: str  # after the fallback
    taught: bool  # it stands in the training data too

    @property
    def right(self) -> bool:
        return self.best.intent == self.meant

    @property
    def rightly_decided(self) -> bool:
        """Whether the action that runs is the right one: an unsure message is searched for."""
        return self.meant == (SEARCH if self.decided == FALLBACK else self.decided)


@dataclass(frozen=True)
class OfIntent:
    precision: float
    recall: float
    f1: float


def accuracy(answered: Sequence[Answered]) -> float:
    return sum(one.right for one in answered) / len(answered)


def accuracy_of_decisions(answered: Sequence[Answered]) -> float:
    return sum(one.rightly_decided for one in answered) / len(answered)


def by_intent(answered: Sequence[Answered]) -> dict[str, OfIntent]:
    """Of each intent that was meant: how often the name is right, and how often it is named."""
    from sklearn.metrics import precision_recall_fscore_support

    intents = sorted({one.meant for one in answered})
    meant, named = [one.meant for one in answered], [one.best.intent for one in answered]
    columns = precision_recall_fscore_support(meant, named, labels=intents, zero_division=0)
    return {
        intent: OfIntent(*(float(one) for one in figures))
        for intent, *figures in zip(intents, *columns[:3], strict=True)
    }


def macro_f1(answered: Sequence[Answered]) -> float:
    figures = by_intent(answered).values()
    return sum(one.f1 for one in figures) / len(figures)


def calibration_error(answered: Sequence[Answered]) -> float:
    """The expected one, of 15 bins of equal width: |said - right|, weighed by the bin's share."""
    bins: dict[int, list[Answered]] = {}
    for one in answered:
        bins.setdefault(min(int(one.best.confidence * BINS), BINS - 1), []).append(one)
    return sum(
        abs(sum(one.best.confidence for one in some) - sum(one.right for one in some))
        for some in bins.values()
    ) / len(answered)


def confusions(answered: Sequence[Answered]) -> Counter[tuple[str, str]]:
    """What was meant and what was named instead, the commonest first."""
    return Counter((one.meant, one.best.intent) for one in answered if not one.right)
