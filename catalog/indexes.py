"""The catalogue's texts in every way that the search reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from sys import intern
from typing import get_args

from spacy.language import Language as Pipeline

from catalog.colloquial import written
from catalog.dialect import in_written_finnish
from catalog.dots import Dots
from catalog.encoder import Encoder, Kind
from catalog.kept_terms import KeptTerms
from catalog.language import Language
from catalog.lexical import Lemmas, Ngrams
from catalog.pipeline import build, lemmatizer_of, terms_of_all
from catalog.search_rows import RowKind, Rows
from catalog.semantic import Vectors
from catalog.vectors import VectorCache

LANGUAGES: tuple[Language, ...] = get_args(Language)
# Texts: the index of a larger catalogue does not keep what a quick renewal would take over, since
# that is as large as the rest; it is built anew whole.
QUICKLY_RENEWED = 200_000
TAKEN_APART: tuple[RowKind, ...] = ("name", "summary", "labels", "phrase")

Progress = Callable[[int, int], None]  # texts embedded, of how many
Terms = dict[tuple[str, str], list[str]]  # language and text -> the terms of the text


@dataclass(frozen=True)
class Indexes:
    """Each reads the catalogue in its own way."""

    pipelines: dict[Language, Pipeline]
    terms: Terms
    dots: Dots
    ngrams: Ngrams
    lemmas: Lemmas
    names: Vectors
    texts: Vectors
    labels: Vectors
    said: Vectors

    def spelt(self, text: str, language: Language) -> str:
        """The text as the catalogue spells: with its dots, and spoken words as they are written."""
        spelt = written(self.dots.restored(text), language)
        if language != "fi":
            return spelt
        return in_written_finnish(spelt, self.dots.times, lemmatizer_of(self.pipelines["fi"]).knows)


def indexes(
    rows: Rows,
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress,
    old: Indexes | None = None,
) -> Indexes:
    """Every index over these rows; a text that the cache or `old` knows costs next to nothing."""
    count = len(rows.service_ids)

    def vectors(kind: Kind, before: Vectors | None, *kinds: RowKind) -> Vectors:
        return Vectors(rows.of(*kinds), count, encoder, cache, kind, progress, before)

    pipelines = {one: build(one, rows.places, rows.words(one)) for one in LANGUAGES}
    terms = _terms(rows, pipelines, old.terms if old else {}, KeptTerms(cache.folder / "terms"))
    spoken = rows.documents("name", "labels", "phrase")
    quick = len(rows.rows) < QUICKLY_RENEWED
    return Indexes(
        pipelines=pipelines,
        terms=terms if quick else {},
        dots=Dots((row.text for row in rows.rows), old.dots if old else None),
        ngrams=Ngrams(spoken, old.ngrams if old else None, keep=quick),
        lemmas=Lemmas(_lemma_documents(rows, terms)),
        names=vectors("passage", old.names if old else None, "name"),
        texts=vectors("passage", old.texts if old else None, "name", "summary"),
        labels=vectors("passage", old.labels if old else None, "labels", "description"),
        said=vectors("query", old.said if old else None, "phrase"),
    )


def _terms(rows: Rows, pipelines: dict[Language, Pipeline], known: Terms, kept: KeptTerms) -> Terms:
    """The terms of each text. Known texts keep theirs: a new service's name splits the compounds
    of the texts that come with it, and those of old texts from the next start on."""
    found: Terms = {}
    for language, pipeline in pipelines.items():
        spoken = {row.text for row in rows.of(*TAKEN_APART) if row.language == language}
        new = sorted(text for text in spoken if (language, text) not in known)
        found |= {(language, text): known[language, text] for text in spoken.difference(new)}
        read = _read(new, language, pipeline, None if known else kept)
        # The same word stands in thousands of texts and is held once.
        found |= {(language, text): [intern(one) for one in read[text]] for text in new}
    return found


def _read(
    texts: list[str], language: Language, pipeline: Pipeline, kept: KeptTerms | None
) -> dict[str, list[str]]:
    """The terms of these texts. A renewal's few are not kept: the next start reads all anew."""
    if kept is None:
        return dict(zip(texts, terms_of_all(texts, pipeline), strict=True))
    lemmatizer = lemmatizer_of(pipeline)
    return kept.of(texts, language, lemmatizer, lambda some: terms_of_all(some, pipeline))


def _lemma_documents(rows: Rows, terms: Terms) -> list[list[str]]:
    documents: list[list[str]] = [[] for _ in rows.service_ids]
    for row in rows.of(*TAKEN_APART):
        documents[row.service] += terms.get((row.language, row.text), ())
    return documents
