"""One spaCy pipeline for each language: lemmas, municipalities and personal data on a message.

Finding, masking and place names read the same document, so that a word is taken apart once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources

import spacy
import yaml
from spacy.language import Language as Pipeline
from spacy.tokens import Doc, Span, Token

from catalog import personal_data
from catalog.language import Language
from catalog.lemmas import Lemmatizer, for_language
from catalog.places import Municipalities

PERSONAL = "personal"
MUNICIPALITY = "MUNICIPALITY"
# Control characters and halves of surrogate pairs are no text, and spaCy refuses the latter.
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
MASK = re.compile(r"\[(?:ID|IBAN|CARD|TEL|EMAIL)\]")


class Lemmas:
    """Gives each word its dictionary form, and the parts of a compound as `token._.parts`."""

    def __init__(self, lemmatizer: Lemmatizer) -> None:
        self.lemmatizer = lemmatizer

    def __call__(self, doc: Doc) -> Doc:
        for token in doc:
            lemma, *parts = self.lemmatizer.parts(token.text)
            token.lemma_ = lemma
            token._.parts = tuple(parts)
        return doc


class Places:
    """Marks municipalities as entities; `ent_id_` is the municipality's code."""

    def __init__(self, municipalities: Municipalities) -> None:
        self.municipalities = municipalities

    def __call__(self, doc: Doc) -> Doc:
        found = [
            doc.char_span(
                mention.start,
                mention.end,
                label=MUNICIPALITY,
                span_id=mention.code,
                alignment_mode="expand",
            )
            for mention in self.municipalities.find(doc.text)
        ]
        doc.ents = spacy.util.filter_spans([span for span in found if span is not None])
        return doc


class PersonalData:
    """Marks what identifies a person in `doc.spans["personal"]`."""

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[PERSONAL] = [
            span
            for found in personal_data.spans(doc.text)
            if (span := self._span(doc, found)) is not None
        ]
        return doc

    @staticmethod
    def _span(doc: Doc, found: personal_data.PersonalSpan) -> Span | None:
        return doc.char_span(found.start, found.end, label=found.label, alignment_mode="expand")


@Pipeline.factory("luukku_lemmas", assigns=["token.lemma", "token._.parts"])
def _lemmas(nlp: Pipeline, name: str) -> Lemmas:
    return Lemmas(for_language("sv" if nlp.lang == "sv" else "fi"))


@Pipeline.factory("luukku_places", assigns=["doc.ents"])
def _places(nlp: Pipeline, name: str) -> Places:
    return Places(Municipalities.from_rows([]))


@Pipeline.factory("luukku_personal_data")
def _personal_data(nlp: Pipeline, name: str) -> PersonalData:
    return PersonalData()


def build(
    language: Language,
    municipalities: Municipalities | None = None,
    vocabulary: Iterable[str] = (),
) -> Pipeline:
    """A pipeline that knows these municipalities and splits compounds by these words."""
    if not Token.has_extension("parts"):
        Token.set_extension("parts", default=())
    pipeline = spacy.blank(language)
    pipeline.add_pipe("luukku_lemmas")
    pipeline.add_pipe("luukku_places")
    pipeline.add_pipe("luukku_personal_data")
    # A factory's settings are plain values, so what was built elsewhere is handed in afterwards.
    _pipe(pipeline, Lemmas).lemmatizer = for_language(language, vocabulary)
    if municipalities is not None:
        _pipe(pipeline, Places).municipalities = municipalities
    return pipeline


@lru_cache(maxsize=2)
def nlp(language: Language) -> Pipeline:
    """The language's pipeline without municipalities, built at its first use."""
    return build(language)


def lemmatizer_of(pipeline: Pipeline) -> Lemmatizer:
    """What gives the pipeline's words their dictionary forms."""
    return _pipe(pipeline, Lemmas).lemmatizer


def read(text: str, pipeline: Pipeline) -> Doc:
    """The message as a document; offsets are those of the text, whatever it holds."""
    return pipeline(NO_TEXT.sub(" ", text))


def terms(text: str, language: Language) -> list[str]:
    """The words that the search looks for: content lemmas, parts of compounds after their whole."""
    return terms_of(read(text, nlp(language)))


def read_all(texts: Iterable[str], pipeline: Pipeline) -> Iterator[Doc]:
    """The catalogue's own texts, which hold nothing personal to look for."""
    needless = ["luukku_places", "luukku_personal_data"]
    return pipeline.pipe(texts, disable=needless)


def terms_of_all(texts: Iterable[str], pipeline: Pipeline) -> Iterator[list[str]]:
    """As `terms`, of the catalogue's own texts."""
    return map(terms_of, read_all(texts, pipeline))


def terms_of(doc: Doc) -> list[str]:
    """As `terms`, of a document that is read already; nothing personal is among them."""
    return [term for _, terms in searched_words(doc) for term in terms]


def searched_words(doc: Doc) -> Iterator[tuple[Token, list[str]]]:
    """Each word that the search looks for, as it is written, with its terms."""
    hidden = _hidden(doc)
    stop = stop_words("sv" if doc.lang_ == "sv" else "fi")
    for token in doc:
        if token.i not in hidden and token.lower_ not in stop and _is_word(token.lower_):
            yield token, [term for term in (token.lemma_, *token._.parts) if term not in stop]


@lru_cache(maxsize=2)
def stop_words(language: Language) -> frozenset[str]:
    """spaCy's, without those that say what somebody wants ("apu", "yksin", "beslut")."""
    text = resources.files("catalog.data").joinpath("function_words.yml").read_text("utf-8")
    kept = frozenset(yaml.safe_load(text)["content"].split())
    return frozenset(nlp(language).Defaults.stop_words) - kept


def _is_word(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _hidden(doc: Doc) -> frozenset[int]:
    """Tokens of personal data and of the marks that stand for it in a masked text."""
    masks = (
        doc.char_span(*match.span(), alignment_mode="expand") for match in MASK.finditer(doc.text)
    )
    personal = doc.spans.get(PERSONAL, ())
    spans = [*personal, *(span for span in masks if span is not None)]
    return frozenset(token.i for span in spans for token in span)


def _pipe[Component: (Lemmas, Places)](pipeline: Pipeline, kind: type[Component]) -> Component:
    return next(component for _, component in pipeline.pipeline if isinstance(component, kind))
