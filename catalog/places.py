"""Which municipality a message speaks of, in the cases and spellings that people use.

The forms of a name are made beforehand from the rules of Finnish place names, so that finding one
is a look-up: "Äänekoskella", "aanekoskella" and "från Åbo" cost the same as any other word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml

from catalog.language import plain

Case = Literal["name", "inside", "outside", "other"]

# Written without diacritics, as everything is compared here; "V" repeats the stem's last vowel.
INSIDE = ("ssa", "sta", "Vn", "hVn", "seen", "ssaan", "staan")
OUTSIDE = ("lla", "lta", "lle", "llaan")
OTHER = ("n", "a", "ta", "ksi", "na", "nkin", "t")
SPOKEN_INSIDE = ("s", "Vs", "st", "V")
SPOKEN_OUTSIDE = ("l", "lt")
CLITICS = ("kin", "kaan", "ko", "han", "pa")
# The tail of a name, and the tails of the stems that its endings go to.
TAILS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kaupunki", ("kaupungi", "kaupunki")),
    ("lahti", ("lahde", "lahte")),
    ("joki", ("joe", "joke")),
    ("maki", ("mae", "make")),
    ("vesi", ("vede", "vete")),
    ("jarvi", ("jarve",)),
    ("koski", ("koske",)),
    ("saari", ("saare",)),
    ("niemi", ("nieme",)),
    ("salmi", ("salme",)),
    ("nummi", ("numme",)),
    ("inen", ("ise", "isi")),
    ("nen", ("se", "si")),
    ("kaus", ("kaude", "kaute")),
    ("us", ("ukse",)),
    ("os", ("okse",)),
    ("es", ("ekse",)),
)
GRADATION = (
    ("nk", "ng"), ("nt", "nn"), ("mp", "mm"), ("lt", "ll"), ("rt", "rr"), ("ht", "hd"),
    ("kk", "k"), ("pp", "p"), ("tt", "t"), ("t", "d"), ("p", "v"), ("k", ""),
)  # fmt: skip
LAST_CONSONANTS = re.compile(r"([^aeiouy]+)([aeiouy]+)$")
WORD = re.compile(r"[^\W\d_]+(?:[-:][^\W\d_]+)*")
SENTENCE_END = re.compile(r"(?:^|[.!?:\n])\W*$")


@dataclass(frozen=True)
class Mention:
    """A municipality in a text, by the characters that name it."""

    code: str
    start: int
    end: int


@dataclass(frozen=True)
class _Form:
    code: str
    case: Case
    name: str


class Municipalities:
    """Knows every form of the names it was given; nothing in it changes."""

    def __init__(self, forms: dict[str, tuple[_Form, ...]]) -> None:
        self._forms = forms

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, str]]) -> Municipalities:
        """From (code, Finnish name, Swedish name)."""
        forms: dict[str, dict[_Form, None]] = {}
        for code, finnish, swedish in rows:
            for text, case, name in _all_forms(finnish, swedish):
                forms.setdefault(text, {})[_Form(code, case, name)] = None
        return cls({text: tuple(found) for text, found in forms.items()})

    def codes(self, text: str) -> tuple[str, ...]:
        """The municipalities that a text names, each once, in the text's order."""
        return tuple(dict.fromkeys(mention.code for mention in self.find(text)))

    def find(self, text: str) -> tuple[Mention, ...]:
        """Every place in the text where a municipality is meant rather than another word."""
        words = list(WORD.finditer(text))
        found: list[Mention] = []
        for index, word in enumerate(words):
            if found and word.start() < found[-1].end:
                continue
            found += self._mentions(text, words, index)
        return tuple(found)

    def answer(self, text: str) -> tuple[str, ...]:
        """The codes for a reply to "which municipality?": there "varkaus" is a town, no crime."""
        forms = self._lookup(plain(text.strip(" .,!?")))
        return tuple(dict.fromkeys(form.code for form in forms)) or self.codes(text)

    def alone(self, text: str) -> tuple[str, ...]:
        """The codes where the text names a municipality and says nothing else: "asun Sipoossa".

        As in `answer`, "varkaus" is a town here; the caller knows whether a place was asked for.
        """
        small = _names().told_with
        words = [word.group() for word in WORD.finditer(text)]
        if any(letter.isdigit() for letter in text):
            return ()
        name = " ".join(word for word in words if plain(word) not in small)
        return tuple(dict.fromkeys(form.code for form in self._lookup(plain(name))))

    def _mentions(self, text: str, words: list[re.Match[str]], index: int) -> Iterator[Mention]:
        word = words[index]
        for written, end in self._spans(text, words, index):
            forms = [f for f in self._lookup(plain(written)) if _same_marks(written, f.name)]
            meant = [form for form in forms if _is_meant(form, text, words, index)]
            if meant:
                for code in dict.fromkeys(form.code for form in meant):
                    yield Mention(code, word.start(), end)
                return

    @staticmethod
    def _spans(text: str, words: list[re.Match[str]], index: int) -> Iterator[tuple[str, int]]:
        """The word with the next one ("S:t Karins", "Koski Tl"), the word, its part to a hyphen."""
        word = words[index]
        if index + 1 < len(words):
            end = words[index + 1].end()
            yield text[word.start() : end], end
        yield word.group(), word.end()
        first, hyphen, _ = word.group().partition("-")
        if hyphen:
            yield first, word.start() + len(first)

    def _lookup(self, word: str) -> tuple[_Form, ...]:
        if word in self._forms:
            return self._forms[word]
        for clitic in CLITICS:
            if word.endswith(clitic) and len(word) - len(clitic) >= 4:
                return self._forms.get(word.removesuffix(clitic), ())
        return ()


def _same_marks(written: str, name: str) -> bool:
    """Marks may be left out, not changed: "aanekoski" is Äänekoski, "vända" is not Vanda."""
    pairs = zip(written.lower(), name.lower(), strict=False)
    return not any(
        given != known and not given.isascii() and plain(given) == plain(known)
        for given, known in pairs
    )


def _is_meant(form: _Form, text: str, words: list[re.Match[str]], index: int) -> bool:
    """Whether a word that can be a municipality is one here."""
    names, word = _names(), words[index]
    if form.name not in names.doubtful or _beside(form, words, index):
        return True
    if form.name in names.first_names and form.case != "inside":
        return False
    capital = word.group()[0].isupper() and not word.group().isupper()
    if capital and not SENTENCE_END.search(text[max(0, word.start() - 20) : word.start()]):
        return True
    if form.name in names.ordinary_words:
        return False
    return form.case in ("inside", "outside")


def _beside(form: _Form, words: list[re.Match[str]], index: int) -> bool:
    """ "Simon kunta", "i Lovisa": the neighbours leave no doubt."""
    names = _names()
    after = plain(words[index + 1].group()) if index + 1 < len(words) else ""
    if after in names.beside:
        return True
    before = plain(words[index - 1].group()) if index else ""
    capital = words[index].group()[0].isupper()
    plain_name = names.ordinary_words.isdisjoint({form.name})
    return before in names.prepositions and (capital or plain_name)


def _all_forms(finnish: str, swedish: str) -> Iterator[tuple[str, Case, str]]:
    """Every written form of a municipality, without diacritics, with its case and its name."""
    bare = re.sub(r" (?:kunta|Tl)$", "", finnish)
    for name in {finnish, bare, swedish}:
        yield plain(name), "name", name
        yield plain(name) + "s", "other", name
    if bare.startswith("Uusi"):
        yield from ((form, case, bare) for form, case in _both_bend(plain(bare)))
    for stem in _stems(finnish, bare):
        yield from ((form, case, bare) for form, case in _cases(stem, bare))
    for spoken in _names().spoken.get(finnish, ()):
        yield plain(spoken), "name", bare
        yield from ((form, case, bare) for form, case in _cases(plain(spoken), bare))
    if swedish != finnish and swedish[-1:].lower() in "aeiouyåäö":
        return
    # Finnish-speakers bend Swedish names too: "Korsnäsissä", "Finströmissä".
    yield from ((form, case, swedish) for form, case in _cases(plain(swedish) + "i", swedish))


def _stems(name: str, bare: str) -> set[str]:
    names = _names()
    if name in names.stems:
        return {plain(stem) for stem in names.stems[name]}
    return _stems_by_rule(plain(bare))


def _stems_by_rule(name: str) -> set[str]:
    for tail, stems in TAILS:
        if name.endswith(tail):
            return {name.removesuffix(tail) + stem for stem in stems}
    if name[-1] not in "aeiouy":
        return {name + "i"}
    # Names in -e may or may not lengthen it: "Tampereella", "Raahessa".
    strong = {name, name + "e"} if name.endswith("e") else {name}
    return strong | {_weak(stem) for stem in strong}


def _weak(stem: str) -> str:
    """ "Helsinki" -> "Helsingi": the consonants before the last vowel give way."""
    match = LAST_CONSONANTS.search(stem)
    if match is None:
        return stem
    consonants, vowels = match.groups()
    for strong, weak in GRADATION:
        if consonants.endswith(strong):
            changed = consonants.removesuffix(strong) + weak
            kept = consonants[-2:-1] in ("s", "t") and len(strong) == 1  # "Kotka", "Lieksa"
            return stem if kept else stem[: match.start()] + changed + vowels
    return stem


def _cases(stem: str, name: str) -> Iterator[tuple[str, Case]]:
    endings: list[tuple[str, Case]] = [(ending, "inside") for ending in INSIDE]
    endings += [(ending, "outside") for ending in OUTSIDE]
    endings += [(ending, "other") for ending in OTHER]
    if name not in _names().doubtful:
        endings += [(ending, "inside") for ending in SPOKEN_INSIDE]
        endings += [(ending, "outside") for ending in SPOKEN_OUTSIDE]
    for ending, case in endings:
        yield stem + ending.replace("V", stem[-1]), case


def _both_bend(name: str) -> Iterator[tuple[str, Case]]:
    """ "Uusikaupunki" -> "Uudessakaupungissa": the adjective bends with its noun."""
    tail = name.removeprefix("uusi")
    for stem in _stems_by_rule(tail):
        for ending in ("ssa", "sta", "lla", "lta", "lle", "n"):
            yield f"uude{ending}{stem}{ending}", "inside"
        yield f"uuteen{stem}{stem[-1]}n", "inside"
        yield f"uutta{stem}a", "other"


@dataclass(frozen=True)
class _Names:
    stems: dict[str, list[str]]
    spoken: dict[str, list[str]]
    ordinary_words: frozenset[str]
    first_names: frozenset[str]
    doubtful: frozenset[str]
    beside: frozenset[str]
    prepositions: frozenset[str]
    told_with: frozenset[str]


@lru_cache(maxsize=1)
def _names() -> _Names:
    text = resources.files("catalog.data").joinpath("place_names.yml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    ordinary, first = data["ordinary_words"].split(), data["first_names"].split()
    return _Names(
        stems=data["stems"],
        spoken=data["spoken"],
        ordinary_words=frozenset(ordinary),
        first_names=frozenset(first),
        doubtful=frozenset([*data["words"].split(), *ordinary, *first]),
        beside=frozenset(data["beside"].split()),
        prepositions=frozenset(data["swedish_prepositions"].split()),
        told_with=frozenset(f"{data['beside']} {data['told_with']}".split()),
    )
