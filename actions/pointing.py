"""Which of the services asked about a reply in free words points at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from actions.forms import pattern
from catalog.facets import FACETS, Facet, facets, vocabulary
from catalog.language import Language, function_words, plain
from catalog.pipeline import nlp, read, searched_words, terms

A_WORD = 5  # letters: a word this long may begin a longer one of the name ("kuraattori")
LONGEST = 8  # words: who writes more tells a need
WORD = re.compile(r"\w+")

Pattern = re.Pattern[str]


@dataclass(frozen=True)
class Offered:
    """One of the services asked about, by the name that the customer read."""

    service_id: str
    name: str
    title: str  # of its button


@dataclass(frozen=True)
class Pointed:
    position: int  # of the service among those offered, from 0
    more: int  # words with a meaning of their own that point at none
    refused: bool  # it is this one that is not meant


@dataclass(frozen=True)
class PointingWords:
    """The words of both languages together, since people mix them; but for a no."""

    values: Mapping[tuple[Facet, str], Pattern]  # by facet and value
    not_sure: Pattern
    refused: Mapping[Language, Pattern]  # apart: Finnish "en" is a no, Swedish "en" is none
    beside: Pattern

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PointingWords:
        """From what nlu_data/asking.yml holds. Raises KeyError where a value has no words."""
        values = {
            (facet, value): _both(data[facet][value])
            for facet in FACETS
            for value in vocabulary()[facet]
        }
        return cls(
            values=values,
            not_sure=_both(data["not_sure"]),
            refused={language: pattern(forms) for language, forms in data["refused"].items()},
            beside=_both(data["beside"]),
        )

    def cannot_choose(self, text: str) -> bool:
        """Whether a short reply says that the customer does not know which."""
        return is_short(text) and self.not_sure.search(text.lower()) is not None

    def refuses(self, text: str, language: Language) -> bool:
        """Whether the text says no to something."""
        return self.refused[language].search(text.lower()) is not None

    def pointed(self, text: str, offered: Sequence[Offered], language: Language) -> Pointed | None:
        """The one service that the words point at; none where they fit several."""
        if not is_short(text):
            return None
        fits = self._fits(text.lower(), offered, language)
        telling = [fit for fit in fits.values() if fit and len(fit) < len(offered)]
        meant = frozenset.intersection(*telling) if telling else frozenset()
        more = sum(1 for word, fit in fits.items() if not fit and not self._is_small(word))
        if len(meant) != 1 or more > len(telling):
            return None
        return Pointed(next(iter(meant)), more, self.refuses(text, language))

    def _fits(
        self, told: str, offered: Sequence[Offered], language: Language
    ) -> dict[str, frozenset[int]]:
        """Each word of the reply, with the positions of the services that it fits.

        A word of some service's own name is that before it is anything else.
        """
        names = [self._named(one, language) for one in offered]
        spans = [self._spans(told, one.service_id) for one in offered]
        lemmas = _lemmas(told, language)
        fits = {}
        for word in WORD.finditer(told):
            named = _positions(_is_named(word.group(), lemmas, one) for one in names)
            meant = _positions(any(a <= word.start() < b for a, b in one) for one in spans)
            fits[word.group()] = named if 0 < len(named) < len(offered) else named | meant
        return fits

    def _named(self, one: Offered, language: Language) -> frozenset[str]:
        """The words that the customer read of this service, as they stand and as lemmas."""
        words = WORD.findall(one.title.lower())
        shown = frozenset(word for word in words if not self._is_small(word))
        return shown | _name_words(one.name, language)

    def _spans(self, told: str, service_id: str) -> list[tuple[int, int]]:
        """Where the text has words for what the service is for."""
        values = ((facet, facets().of(service_id, facet)) for facet in FACETS)
        return [
            found.span()
            for value in values
            if value[1]
            for found in self.values[value].finditer(told)
        ]

    def _is_small(self, word: str) -> bool:
        words = function_words()
        small = (words["fi"] | words["sv"]) - words["content"]
        return plain(word) in small or self.beside.fullmatch(word) is not None


def _positions(fitting: Iterable[bool]) -> frozenset[int]:
    return frozenset(position for position, fits in enumerate(fitting) if fits)


def is_short(text: str) -> bool:
    """Whether the text is so short that it may be a mere reply."""
    return 0 < len(WORD.findall(text)) <= LONGEST


@lru_cache(maxsize=256)
def _name_words(name: str, language: Language) -> frozenset[str]:
    return frozenset(terms(name, language))


def _lemmas(told: str, language: Language) -> dict[str, list[str]]:
    """Each word's dictionary form, and after it the parts of a compound."""
    searched = searched_words(read(told, nlp(language)))
    return {token.lower_: lemmas for token, lemmas in searched if lemmas}


def _is_named(word: str, lemmas: dict[str, list[str]], named: frozenset[str]) -> bool:
    """One part of a compound in common is not enough: "school health care", "student care"."""
    lemma, *parts = lemmas.get(word, [word])
    if word in named or lemma in named or (parts and named.issuperset(parts)):
        return True
    return len(lemma) >= A_WORD and any(one.startswith(lemma) for one in named)


def _both(by_language: Mapping[str, Iterable[str]]) -> Pattern:
    return pattern(form for forms in by_language.values() for form in forms)
