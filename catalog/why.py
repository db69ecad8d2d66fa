"""Why a question leads to a service: its words, the nearest phrase, and what each index adds.

Nothing is computed here in a second way: the parts are those that the ranking adds up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from catalog.fusion import Array, Fusion
from catalog.language import Language
from catalog.lexical import Ngrams
from catalog.pipeline import read, read_all, searched_words
from catalog.search_rows import Row, RowKind, Rows

if TYPE_CHECKING:
    from catalog.indexes import Indexes

MOST_WORDS = 5
# Two words are told of as alike from this share of the shorter one's n-grams on. Below it they
# share an ending or two, which adds little and convinces nobody.
ALIKE_FROM = 0.4
LEAST = 0.1  # points: a word that adds less moves no odds by more than a tenth
SPACED = re.compile(r"\S+")
EDGES = re.compile(r"^[\W_]+|[\W_]+$")

MatchedBy = Literal["word", "letters"]


@dataclass(frozen=True)
class Judged:
    """A question as the whole catalogue was judged by it; arrays have a row per service."""

    question: str
    spelt: str  # as the indexes read it
    language: str
    features: npt.NDArray[np.float32]  # (services, features)
    possible: npt.NDArray[np.bool_]
    probabilities: Array
    understood: bool


@dataclass(frozen=True)
class WordMatch:
    """One word of the question, as the indexes read it, and the service's word that it met."""

    word: str
    met: str
    language: str  # of the service's text
    where: RowKind
    by: MatchedBy  # a dictionary form or a compound's part in common, or letters alone
    points: float  # what the word adds, over the indexes of words and letters


@dataclass(frozen=True)
class NearestPhrase:
    """Of the customers' phrases of the service, the one nearest in meaning."""

    text: str
    language: str
    similarity: float  # cosine


@dataclass(frozen=True)
class Evidence:
    """What one index says for the service, or against it."""

    index: str
    score: float
    points: float  # against the average service; the sum over the indexes ranks the services
    share: float  # of all that speaks for the service, 0 to 1; 0 where it speaks against it


@dataclass(frozen=True)
class Why:
    """Why one question leads to one service, by today's index."""

    service_id: str
    probability: float
    words: tuple[WordMatch, ...]  # those that add most, first; at most `MOST_WORDS`
    phrase: NearestPhrase | None  # none: nobody's phrases are kept, its name stands for them
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class _Asked:
    """What stands between two spaces of the question, and the terms of the words within it."""

    spaced: str
    terms: list[str]
    hidden: bool  # nothing in it is searched for as a word: "mistä", "[TEL]"

    @property
    def written(self) -> str:
        return EDGES.sub("", self.spaced)


@dataclass(frozen=True)
class _Offered:
    """A word of the service's texts."""

    written: str
    language: Language
    where: RowKind
    terms: list[str]


def explain(
    judged: Judged,
    vector: npt.NDArray[np.float32],
    at: Indexes,
    rows: Rows,
    fusion: Fusion,
    service: int,
) -> Why:
    """Why this question, whose vector is `vector`, leads to the service at this position."""
    texts = rows.of_service(service)
    return Why(
        service_id=rows.service_ids[service],
        probability=float(judged.probabilities[service]),
        words=_words(judged, at, fusion, service, texts),
        phrase=_nearest(at.said.cosines(vector, service), texts),
        evidence=_evidence(judged, fusion, service),
    )


def _evidence(judged: Judged, fusion: Fusion, service: int) -> tuple[Evidence, ...]:
    points = fusion.points(judged.features)[service]
    speaks_for = float(points.clip(min=0).sum()) or 1.0
    return tuple(
        Evidence(index, float(score), float(more), max(float(more), 0.0) / speaks_for)
        for index, score, more in zip(
            fusion.features, judged.features[service], points, strict=True
        )
    )


def _nearest(cosines: npt.NDArray[np.float32], texts: Sequence[Row]) -> NearestPhrase | None:
    phrases = [row for row in texts if row.kind == "phrase"]
    if not phrases:
        return None
    best = int(cosines.argmax())
    return NearestPhrase(phrases[best].text, phrases[best].language, float(cosines[best]))


def _words(
    judged: Judged, at: Indexes, fusion: Fusion, service: int, texts: Sequence[Row]
) -> tuple[WordMatch, ...]:
    """The question's words that met one of the service's; those that add most come first."""
    asked = _asked(read(judged.spelt, at.pipelines["sv" if judged.language == "sv" else "fi"]))
    offered = _offered(texts, at.pipelines)
    forms = at.lemmas.shared([term for word in asked for term in word.terms], service)
    letters = at.ngrams.shared(judged.spelt, service)
    found: dict[str, WordMatch] = {}
    for word, points in zip(asked, _points(judged, asked, forms, at, fusion, service), strict=True):
        if word.hidden or points < LEAST:
            continue
        same = _by_form(word, forms, offered)
        met = same or _by_letters(word, letters, offered, at.ngrams)
        if met is not None:
            by: MatchedBy = "word" if same else "letters"
            match = WordMatch(word.written, met.written, met.language, met.where, by, points)
            found.setdefault(word.written.casefold(), match)
    return tuple(sorted(found.values(), key=lambda one: -one.points)[:MOST_WORDS])


def _asked(doc: Doc) -> list[_Asked]:
    searched = {token.idx: terms for token, terms in searched_words(doc)}
    words = []
    for span in SPACED.finditer(doc.text):
        within = [terms for start, terms in searched.items() if span.start() <= start < span.end()]
        terms = [term for some in within for term in some]
        words.append(_Asked(span.group(), terms, hidden=not within))
    return words


def _offered(texts: Sequence[Row], pipelines: dict[Language, Pipeline]) -> list[_Offered]:
    """The service's words that are searched for, in the languages that the indexes read."""
    found = []
    for language, pipeline in pipelines.items():
        spoken = [row for row in texts if row.language == language]
        docs = read_all((row.text for row in spoken), pipeline)
        for row, doc in zip(spoken, docs, strict=True):
            found += [
                _Offered(one.text, language, row.kind, terms) for one, terms in searched_words(doc)
            ]
    return found


def _points(
    judged: Judged,
    asked: list[_Asked],
    forms: dict[str, float],
    at: Indexes,
    fusion: Fusion,
    service: int,
) -> list[float]:
    """What each word adds by its terms and by its letters, in the points of the ranking."""
    added = fusion.worth("lemmas") * _by_word([word.terms for word in asked], forms)
    grams = [at.ngrams.grams(word.spaced) for word in asked]
    added += fusion.worth("ngrams") * _by_word(grams, at.ngrams.shared(judged.spelt, service))
    return [float(one) for one in added]


def _by_word(pieces: list[list[str]], added: dict[str, float]) -> npt.NDArray[np.float64]:
    """What the pieces add, by word; a piece that several words hold is shared out."""
    held = Counter(piece for some in pieces for piece in some)
    return np.array([sum(added.get(one, 0.0) / held[one] for one in some) for some in pieces])


def _by_form(word: _Asked, forms: dict[str, float], offered: list[_Offered]) -> _Offered | None:
    """The service's word with the strongest term in common; the very same word before others."""
    common = [term for term in word.terms if term in forms]
    if not common:
        return None
    strongest = max(common, key=lambda term: forms[term])
    meeting = [one for one in offered if strongest in one.terms]
    same = [one for one in meeting if one.written.casefold() == word.written.casefold()]
    return next(iter([*same, *meeting]), None)


def _by_letters(
    word: _Asked, letters: dict[str, float], offered: list[_Offered], ngrams: Ngrams
) -> _Offered | None:
    """The service's word whose common letters add most, where the two are alike enough."""
    own = set(ngrams.grams(word.written))
    best: tuple[float, _Offered] | None = None
    for one in offered:
        others = set(ngrams.grams(one.written))
        common = own & others
        weight = sum(letters.get(gram, 0.0) for gram in common)
        alike = bool(common) and len(common) / min(len(own), len(others)) >= ALIKE_FROM
        if alike and (best is None or weight > best[0]):
            best = weight, one
    return best[1] if best is not None else None
