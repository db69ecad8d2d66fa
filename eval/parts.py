"""What each part of finding takes: a stopwatch stands before each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter
from unittest.mock import patch

from catalog import find, semantic
from catalog.encoder import Encoder, Kind, Vectors
from catalog.find import Finder
from catalog.fusion import Fusion
from catalog.lexical import Lemmas, Ngrams
from eval.questions_data import Question


class Timed:
    """An encoder that counts its seconds."""

    def __init__(self, within: Encoder) -> None:
        self._within = within
        self.name, self.width = within.name, within.width
        self.seconds = 0.0

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        began = perf_counter()
        vectors = self._within.embed(texts, kind)
        self.seconds += perf_counter() - began
        return vectors


@dataclass(frozen=True)
class Part:
    """A part of finding, and what it takes of one question on average."""

    name: str
    milliseconds: float
    share: float


# None of these calls another, so that their times add up.
PARTS: dict[str, tuple[object, str]] = {
    "encoding the question": (Timed, "embed"),
    "reading its words": (find, "read"),
    "letters (n-grams)": (Ngrams, "scores"),
    "words (lemmas)": (Lemmas, "scores"),
    "meaning: names, texts, labels": (semantic.Vectors, "best"),
    "meaning: customers' phrases": (semantic.Vectors, "best_and_three"),
    "the fusion": (Fusion, "probabilities"),
}


def parts_of(finder: Finder, asked: Sequence[Question]) -> Iterator[Part]:
    """What each part of finding takes; a stopwatch stands before each."""
    spent = dict.fromkeys(PARTS, 0.0)
    with ExitStack() as stopwatches:
        for name, (owner, method) in PARTS.items():
            stopwatches.enter_context(_stopwatch(owner, method, name, spent))
        began = perf_counter()
        for one in reversed(asked):  # the last ones asked are remembered
            finder.find(one.text, one.language)
        whole = perf_counter() - began
    spent["the rest"] = whole - sum(spent.values())
    for name, seconds in spent.items():
        yield Part(name, 1000 * seconds / len(asked), seconds / whole)


@contextmanager
def _stopwatch(owner: object, method: str, name: str, spent: dict[str, float]) -> Iterator[None]:
    plain = getattr(owner, method)

    def timed(*given: object, **named: object) -> object:
        began = perf_counter()
        try:
            return plain(*given, **named)
        finally:
            spent[name] += perf_counter() - began

    with patch.object(owner, method, timed):
        yield
