"""Finding by letters and words: character n-grams forgive spelling, lemmas forgive inflection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer

Scores = npt.NDArray[np.float32]

# Two million places for some 300,000 n-grams: one in seven shares its place, mostly a rare one.
HASHER = FeatureHasher(
    n_features=2**21, input_type="string", alternate_sign=False, dtype=np.float32
)

# Diacritics are often left out on a foreign keyboard; both sides are folded alike.
FOLD = str.maketrans("åäöéüÅÄÖÉÜ", "aaoeuaaoeu")


def folded(text: str) -> str:
    return text.lower().translate(FOLD)


class Ngrams:
    """TF-IDF over character 3- to 5-grams within words; scores are cosines, 0 to 1.

    The n-grams are hashed, so that a document's count does not depend on the other documents and
    is taken over from an `old` index that has the same document.
    """

    def __init__(
        self, documents: Sequence[str], old: Ngrams | None = None, *, keep: bool = True
    ) -> None:
        """`keep`: a later index may take the counts over; they are as large as the index itself."""
        counted = _counted(documents, old._counted if old is not None else {})
        self._counted: dict[str, sparse.csr_matrix] = counted if keep else {}
        # A catalogue without any such text is no error: nothing is then found by it.
        self._nothing = np.zeros(len(documents), np.float32) if not any(documents) else None
        if self._nothing is None:
            counts = sparse.vstack([counted[one] for one in documents], format="csr")
            self._weighing = TfidfTransformer(sublinear_tf=True)
            self._matrix = self._weighing.fit_transform(counts).astype(np.float32).T.tocsr()

    def scores(self, query: str) -> Scores:
        """The cosine of the query with each document, shape (documents,)."""
        if self._nothing is not None:
            return self._nothing
        return _dense(self._weighed(query) @ self._matrix)

    def grams(self, text: str) -> list[str]:
        """The text's n-grams, folded; those of a text are those of its words."""
        found: list[str] = _analyzer()(text)
        return found

    def shared(self, query: str, document: int) -> dict[str, float]:
        """What each n-gram adds to the query's cosine with this document; they sum to it."""
        if self._nothing is not None:
            return {}
        pieces = list(dict.fromkeys(self.grams(query)))
        if not pieces:
            return {}
        columns = HASHER.transform([[piece] for piece in pieces]).indices.tolist()
        return _shared(
            self._weighed(query), self._matrix, zip(pieces, columns, strict=True), document
        )

    def _weighed(self, query: str) -> sparse.csr_matrix:
        return self._weighing.transform(HASHER.transform([_analyzer()(query)])).astype(np.float32)


def _counted(
    documents: Sequence[str], known: Mapping[str, sparse.csr_matrix]
) -> dict[str, sparse.csr_matrix]:
    """How often each document has each n-gram, one row each; what is known is not counted again."""
    return {
        one: known[one] if one in known else HASHER.transform([_analyzer()(one)])
        for one in documents
    }


@cache
def _analyzer() -> Callable[[str], list[str]]:
    found: Callable[[str], list[str]] = CountVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), preprocessor=_plain
    ).build_analyzer()
    return found


def _plain(text: str) -> str:
    # Half a character, as a broken client sends it, cannot be hashed.
    return folded(text).encode("utf-8", "replace").decode("utf-8")


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
        known = self._vectorizer.vocabulary_
        pieces = [(term, known[term]) for term in dict.fromkeys(terms) if term in known]
        return _shared(self._vectorizer.transform([terms]), self._matrix, pieces, document)


def _as_they_are(terms: Sequence[str]) -> Sequence[str]:
    return terms


def _shared(
    row: sparse.csr_matrix,
    matrix: sparse.csr_matrix,
    pieces: Iterable[tuple[str, int]],
    document: int,
) -> dict[str, float]:
    """What each piece, given with its column, adds to the row's product with the document."""
    there = matrix[row.indices][:, [document]].toarray()[:, 0]
    added = dict(zip(row.indices.tolist(), (row.data * there).tolist(), strict=True))
    found = {piece: added.pop(column, 0.0) for piece, column in pieces}
    return {piece: more for piece, more in found.items() if more > 0}


def _dense(row: sparse.csr_matrix) -> Scores:
    return np.asarray(row.toarray()[0], dtype=np.float32)
