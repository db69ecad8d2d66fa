"""What the names of streets and places are made of, from catalog/data/fault_places.yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from catalog.language import plain

CLITICS = ("kin", "kaan", "han", "ko")


@dataclass(frozen=True)
class End:
    """What a word is in the basic form, and whether it stands in it."""

    name: str
    basic: bool


@dataclass(frozen=True)
class Vocabulary:
    """The forms, all without the marks on letters."""

    finnish_ends: Mapping[str, End]  # form -> what it is a form of
    adjectives: Mapping[str, str]
    finnish_landmarks: Mapping[str, str]
    swedish_ends: tuple[str, ...]
    swedish_short_ends: frozenset[str]  # as written
    swedish_landmarks: frozenset[str]
    swedish_definite: frozenset[str]
    sure_ends: frozenset[str]
    kinds_of_road: frozenset[str]
    no_streets: frozenset[str]
    plural_ends: tuple[str, ...]
    no_names: frozenset[str]
    beside_number: frozenset[str]
    counted: frozenset[str]

    def finnish_end(self, word: str) -> tuple[End, int] | None:
        """What street the word is by its end, and how many of its characters that takes."""
        for clitic in ("", *CLITICS):
            if not word.endswith(clitic):
                continue
            bare = word[: len(word) - len(clitic)]
            for start in range(len(bare)):
                if end := self.finnish_ends.get(bare[start:]):
                    return end, len(word) - start
        return None

    def swedish_end(self, word: str) -> str | None:
        """The end that the word has, or is; in its genitive too."""
        bare = word.removesuffix("s")
        return next((one for one in self.swedish_ends if bare.endswith(one)), None)

    def adjective(self, word: str) -> str | None:
        return self.adjectives.get(word)

    def finnish_landmark(self, word: str) -> str | None:
        return self.finnish_landmarks.get(word)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary as shipped."""
    text = resources.files("catalog.data").joinpath("fault_places.yml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    cases = data["finnish_cases"].split()
    ends = {form: name for name, form in _forms(data["finnish_ends"], cases)}
    adjectives = {form: name for name, form in _forms(data["finnish_adjectives"], cases)}
    landmarks = {form: name for name, form in _forms(data["finnish_landmarks"], cases)}
    swedish = {plain(one): one for one in data["swedish_adjectives"].split()}
    return Vocabulary(
        finnish_ends={form: End(name, form == plain(name)) for form, name in ends.items()},
        adjectives=adjectives | swedish,
        finnish_landmarks=landmarks,
        swedish_ends=tuple(plain(one) for one in data["swedish_ends"].split()),
        swedish_short_ends=frozenset(data["swedish_short_ends"].split()),
        swedish_landmarks=_words(data["swedish_landmarks"]),
        swedish_definite=_words(data["swedish_definite_landmarks"]),
        sure_ends=_words(data["sure_ends"]),
        kinds_of_road=_words(data["kinds_of_road"]),
        no_streets=_words(data["no_streets"]),
        plural_ends=tuple(plain(one) for one in data["plural_ends"].split()),
        no_names=_words(data["no_names"]) | _words(data["swedish_no_names"]),
        beside_number=_words(data["beside_number"]),
        counted=_words(data["counted"]),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(plain(one) for one in text.split())


def _forms(told: Mapping[str, str], cases: list[str]) -> Iterator[tuple[str, str]]:
    """Each name with every form of it; a stem that ends in "-" takes every case."""
    for name, forms in told.items():
        for form in forms.split():
            stem = plain(form)
            if stem.endswith("-"):
                yield from ((name, stem[:-1] + case) for case in cases)
            else:
                yield name, stem
