"""Finding by letters and words: character n-grams forgive spelling, lemmas forgive inflection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

Scores = npt.NDArray[np.float32]
Terms = Callable[[str], list[str]]

# Diacritics are often left out on a foreign keyboard; both sides are folded alike.
FOLD = str.maketrans("åäöéüÅÄÖÉÜ", "aaoeuaaoeu")


def folded(text: str) -> str:
    return text.lower().translate(FOLD)


class Ngrams:
    """TF-IDF over character 3- to 5-grams within words; scores are cosines, 0 to 1."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 5),
            sublinear_tf=True,
            preprocessor=folded,
            dtype=np.float32,
        )
        # A catalogue without any such text is no error: nothing is then found by it.
        self._nothing = np.zeros(len(documents), np.float32) if not any(documents) else None
        if self._nothing is None:
            self._matrix = self._vectorizer.fit_transform(documents).T.tocsr()

    def scores(self, query: str) -> Scores:
        """The cosine of the query with each document, shape (documents,)."""
        if self._nothing is not None:
            return self._nothing
        return _dense(self._vectorizer.transform([query]) @ self._matrix)

    def grams(self, text: str) -> list[str]:
        """The text's n-grams, folded; those of a text are those of its words."""
        found: list[str] = self._vectorizer.build_analyzer()(text)
        return found

    def shared(self, query: str, document: int) -> dict[str, float]:
        """What each n-gram adds to the query's cosine with this document; they sum to it."""
        if self._nothing is not None:
            return {}
        return _shared(self._vectorizer, self._matrix, query, self.grams(query), document)


class Lemmas:
    """TF-IDF over dictionary forms and compound parts; scores are cosines, 0 to 1."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._vectorizer = TfidfVectorizer(
            analyzer=_as_they_are, sublinear_tf=True, dtype=np.float32
        )
        self._matrix = self._vectorizer.fit_transform(documents).T.tocsr()

    def scores(self, terms: Sequence[str]) -> Scores:
        return _dense(self._vectorizer.transform([terms]) @ self._matrix)

    def knows_any(self, terms: Sequence[str]) -> bool:
        return any(term in self._vectorizer.vocabulary_ for term in terms)

    def shared(self, terms: Sequence[str], document: int) -> dict[str, float]:
        """What each term adds to the terms' cosine with this document; they sum to it."""
        return _shared(self._vectorizer, self._matrix, terms, terms, document)


def _as_they_are(terms: Sequence[str]) -> Sequence[str]:
    return terms


def _shared(
    vectorizer: TfidfVectorizer,
    matrix: sparse.csr_matrix,
    query: str | Sequence[str],
    pieces: Sequence[str],
    document: int,
) -> dict[str, float]:
    row = vectorizer.transform([query])
    there = matrix[row.indices][:, [document]].toarray()[:, 0]
    added = dict(zip(row.indices.tolist(), (row.data * there).tolist(), strict=True))
    known = vectorizer.vocabulary_
    found = {piece: added[known[piece]] for piece in pieces if piece in known}
    return {piece: more for piece, more in found.items() if more > 0}


def _dense(row: sparse.csr_matrix) -> Scores:
    return np.asarray(row.toarray()[0], dtype=np.float32)
