"""Measures the ranker on SweFAQ: which answer of its category belongs to a question.

`luukku eval --swefaq FILE`, FILE in the form of SuperLim's swefaq_*.jsonl (Språkbanken, CC BY 4.0;
not shipped, and nothing is fitted on it). The catalogue's fusion weighs indexes that an answer has
not (phrases, labels), so the two that it has, letters and meaning, weigh alike here, each brought
to mean 0 and spread 1 over the candidates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from catalog.encoder import Encoder
from catalog.lexical import Ngrams

LONGEST = 1_500  # characters of an answer that the encoder reads
PUBLISHED = "KB-BERT 66 % (SuperLim leaderboard, test split)"

Scores = npt.NDArray[np.float64]
Ranker = Callable[["Asked"], Scores]


@dataclass(frozen=True)
class Asked:
    question: str
    answers: tuple[str, ...]
    right: int


def read(file: Path) -> list[Asked]:
    """Raises KeyError or ValueError where a line is none of SweFAQ's."""
    return [
        Asked(one["question"], tuple(one["candidate_answers"]), int(one["label"]))
        for one in map(json.loads, file.read_text("utf-8").splitlines())
    ]


def report(file: Path, encoder: Encoder) -> Iterator[str]:
    asked = read(file)
    vectors = _Vectors(encoder)
    rankers: dict[str, Ranker] = {
        "word TF-IDF": _words,
        "letters (character TF-IDF)": _letters,
        "meaning (sentence vectors)": vectors.scores,
        "ours: letters and meaning": lambda one: _even(_letters(one)) + _even(vectors.scores(one)),
    }
    yield f"SweFAQ, {file.name}: {len(asked)} questions, right answer first"
    for name, ranker in rankers.items():
        right = sum(int(ranker(one).argmax()) == one.right for one in asked)
        yield f"  {name:32} {right / len(asked):6.1%}  ({right} of {len(asked)})"
    yield f"  published: {PUBLISHED}"


class _Vectors:
    """Cosines of question and answers; an answer that stands in many lines is read once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    def scores(self, one: Asked) -> Scores:
        question = self._encoder.embed([one.question], "query")[0]
        answers = np.stack([self._of(answer) for answer in one.answers])
        return np.asarray(answers @ question, dtype=np.float64)

    def _of(self, answer: str) -> npt.NDArray[np.float32]:
        if answer not in self._known:
            self._known[answer] = self._encoder.embed([answer[:LONGEST]], "passage")[0]
        return self._known[answer]


def _letters(one: Asked) -> Scores:
    return np.asarray(Ngrams(one.answers).scores(one.question), dtype=np.float64)


def _words(one: Asked) -> Scores:
    vectorizer = TfidfVectorizer()
    answers = vectorizer.fit_transform(one.answers)
    return np.asarray((answers @ vectorizer.transform([one.question]).T).todense()).ravel()


def _even(scores: Sequence[float] | Scores) -> Scores:
    held = np.asarray(scores, dtype=np.float64)
    return np.asarray((held - held.mean()) / (held.std() + 1e-9))
