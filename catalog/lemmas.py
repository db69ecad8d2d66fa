"""The dictionary form of a word, and the words that a compound is made of.

Voikko knows Finnish best and is optional: its dictionary comes from the operating system. Where
it is missing, simplemma stands in, with compounds split against words that the caller gives.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

import simplemma

from catalog.language import Language

LONGEST_WORD = 80  # longer strings are no words of a language; dictionaries refuse them anyway
SHORTEST_PART = 3
LINKS = ("", "s", "-")  # what joins the parts: "arbete-s-tillstånd", "jätte-avgift", "rivi-talo"
WORDBASE = re.compile(r"\+([^+()]+)\(([^()]*)\)")


class VoikkoMissing(RuntimeError):
    """Voikko or its Finnish dictionary is not installed."""


class Lemmatizer(Protocol):
    """Words in, dictionary forms out; safe to share between threads."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> str:
        """Changes with the dictionary, as far as it tells, and the words that split compounds."""

    def parts(self, word: str) -> tuple[str, ...]:
        """Dictionary form(s) first, likeliest before the others, then the parts of a compound.

        An unknown word comes back as it is, in lower case; there is always at least one form.
        """
        ...

    def knows(self, word: str) -> bool:
        """Whether the dictionary has the word, in this very form."""
        ...


class VoikkoLemmatizer:
    """Finnish by libvoikko (Debian: libvoikko1 and voikko-fi)."""

    name = "voikko"

    def __init__(self) -> None:
        self._voikko = _open_voikko()
        self.state = _dictionaries()
        self._lock = threading.Lock()  # one libvoikko handle serves one thread at a time
        self.parts = lru_cache(maxsize=50_000)(self._parts)

    def _parts(self, word: str) -> tuple[str, ...]:
        if not word or len(word) > LONGEST_WORD or not word[0].isalpha():
            return (word.lower(),)
        with self._lock:
            analyses: list[dict[str, str]] = self._voikko.analyze(word)
        if not analyses:
            return (word.lower(),)
        lemmas = (analysis["BASEFORM"].lower() for analysis in analyses)
        # The reading with the fewest parts is the one that the dictionary knows as a whole.
        bases = min((_bases(analysis) for analysis in analyses), key=len)
        return tuple(dict.fromkeys([*lemmas, *(bases if len(bases) > 1 else ())]))

    def knows(self, word: str) -> bool:
        if not word or len(word) > LONGEST_WORD:
            return False
        with self._lock:
            return bool(self._voikko.spell(word))


class SimplemmaLemmatizer:
    """Either language by simplemma's word lists, compounds by a given vocabulary."""

    name = "simplemma"

    def __init__(self, language: Language, vocabulary: Iterable[str] = ()) -> None:
        self._language = language
        words = sorted(vocabulary)
        self.state = hashlib.sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()
        self._split = CompoundSplitter(words)
        self.parts = lru_cache(maxsize=50_000)(self._parts)

    def _parts(self, word: str) -> tuple[str, ...]:
        if not word or len(word) > LONGEST_WORD or not word[0].isalpha():
            return (word.lower(),)
        lemma = self._lemma(word.lower())
        parts = self._split.parts(lemma) or self._split.parts(word.lower())
        return tuple(dict.fromkeys([lemma, *(self._lemma(part) for part in parts)]))

    def knows(self, word: str) -> bool:
        known: bool = simplemma.is_known(word, self._language, low_memory=True) if word else False
        return known

    def _lemma(self, word: str) -> str:
        # The compact word lists take 60 MB for both languages; the others 500.
        lemma = simplemma.lemmatize(word, self._language, greedy=True, low_memory=True)
        return str(lemma).lower()


class CompoundSplitter:
    """Splits a compound into the fewest known words, longest first."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        words = {word.lower() for word in vocabulary if len(word) >= SHORTEST_PART}
        # A first part may lose its last vowel in Swedish: "arbete" in "arbetstillstånd".
        clipped = {word[:-1]: word for word in words if len(word) > 4 and word[-1] in "ae"}
        self._known = {word: word for word in words}
        self._first = clipped | self._known

    def parts(self, word: str) -> tuple[str, ...]:
        """The parts, at least two, or nothing where some stretch of the word is not known."""
        if not self._known or len(word) > LONGEST_WORD:
            return ()
        found = self._fewest(word)
        return found if len(found) > 1 else ()

    def _fewest(self, word: str) -> tuple[str, ...]:
        """Best splits of every tail, shortest tail first: quadratic in a word's length at most."""
        best: dict[int, tuple[str, ...]] = {len(word): ()}
        for start in range(len(word) - SHORTEST_PART, -1, -1):
            ways = [
                (known[word[start:end]], *best[end + len(link)])
                for end in range(len(word), start + SHORTEST_PART - 1, -1)
                for known in [self._known if end == len(word) else self._first]
                if word[start:end] in known and (start, end) != (0, len(word))
                for link in LINKS
                if word.startswith(link, end) and self._ends(end, link, word, best)
            ]
            if ways:
                best[start] = min(ways, key=len)
        return best.get(0, ())

    @staticmethod
    def _ends(end: int, link: str, word: str, best: dict[int, tuple[str, ...]]) -> bool:
        after = end + len(link)
        return after in best and (not link or after < len(word))


def for_language(language: Language, vocabulary: Iterable[str] = ()) -> Lemmatizer:
    """The best that this machine has for a language; built once for each vocabulary."""
    return _for_language(language, frozenset(vocabulary))


@lru_cache(maxsize=8)
def _for_language(language: Language, vocabulary: frozenset[str]) -> Lemmatizer:
    if language == "fi" and voikko_installed():
        return VoikkoLemmatizer()
    return SimplemmaLemmatizer(language, vocabulary)


@lru_cache(maxsize=1)
def voikko_installed() -> bool:
    """Whether Voikko opens with its Finnish dictionary here."""
    try:
        _open_voikko()
    except VoikkoMissing:
        return False
    return True


def _dictionaries() -> str:
    """Voikko's version and its dictionaries, as it tells them."""
    import libvoikko

    told = [
        f"{one.language} {one.variant} {one.description}" for one in libvoikko.Voikko.listDicts()
    ]
    return "\n".join([str(libvoikko.Voikko.getVersion()), *sorted(told)])


def _bases(analysis: dict[str, str]) -> tuple[str, ...]:
    """The words of "+päivä(päivä)+hoito(hoito)+paikka(paikka)", without endings such as "+ja"."""
    found = WORDBASE.findall(analysis.get("WORDBASES", ""))
    return tuple(
        base.replace("=", "").lower() for _, base in found if base and not base.startswith("+")
    )


@lru_cache(maxsize=1)
def _open_voikko() -> Any:
    try:
        import libvoikko

        return libvoikko.Voikko("fi")
    except (ImportError, OSError) as error:
        raise VoikkoMissing(
            "Voikko is not installed: install libvoikko1 and voikko-fi, or do without"
            " (Finnish then goes by simplemma's word lists)."
        ) from error
    except libvoikko.VoikkoException as error:
        raise VoikkoMissing(
            "Voikko has no Finnish dictionary: install voikko-fi, or do without."
        ) from error
