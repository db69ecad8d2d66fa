"""Puts back the dots of å, ä and ö where a message was written without them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile

from catalog.lexical import folded

WORD = re.compile(r"[^\W\d_]+")
DOTTED = re.compile(r"[åäöÅÄÖ]")
SHORTEST = 3  # letters; shorter words have too many neighbours
ALIKE = 5  # letters that a word must share with a known one to be spelt like it
SHARE = 0.6  # of its letters
# Customers' phrases are written without dots at times: a spelling must be this many times commoner.
COMMONER = 3
BACK = set("aou")
FRONT = set("äöy")
HARMONY = str.maketrans("ao", "äö")


class Dots:
    """Spells as the catalogue does what was written on a keyboard without å, ä and ö."""

    def __init__(self, texts: Iterable[str], old: Dots | None = None) -> None:
        """What an `old` one has counted is not counted again."""
        self._texts: Counter[str] = Counter(texts)
        counts: Counter[str] = Counter(old._counts) if old is not None else Counter[str]()
        before = old._texts if old is not None else Counter[str]()
        for text in (self._texts - before).elements():
            counts.update(_words(text))
        for text in (before - self._texts).elements():
            counts.subtract(_words(text))
        self._counts: Counter[str] = counts
        spelt: dict[str, str] = {}
        for word, count in counts.most_common():
            if count > 0:
                spelt.setdefault(folded(word), word)
        self._spelt = {
            plain: word
            for plain, word in spelt.items()
            if plain == word or counts[word] >= COMMONER * counts[plain]
        }
        self._plain = sorted(self._spelt)
        self._word = lru_cache(10_000)(self._dotted)

    def restored(self, text: str) -> str:
        """The text with its dots, letter for letter as long; one that has any dot stays as it is.

        A word that the catalogue writes without dots is never changed.
        """
        if DOTTED.search(text):
            return text
        return WORD.sub(lambda found: _in_case(found[0], self._word(found[0].lower())), text)

    def times(self, word: str) -> int:
        """How often the texts write this word, in small letters, in either language."""
        return self._counts[word]

    def _dotted(self, word: str) -> str:
        if len(word) < SHORTEST or word in self._spelt or folded(word) != word:
            return self._spelt.get(word, word)
        known, shared = self._nearest(word)
        if shared < max(ALIKE, SHARE * len(word)):
            return word
        begun = known[:shared]
        return begun + _in_harmony(begun, word[shared:]) if begun != word[:shared] else word

    def _nearest(self, word: str) -> tuple[str, int]:
        """The known word that shares the most letters from the beginning, and how many."""
        at = bisect_left(self._plain, word)
        around = self._plain[max(at - 1, 0) : at + 1]
        shared = {plain: _shared(plain, word) for plain in around}
        best = max(shared, key=lambda plain: shared[plain], default="")
        return self._spelt.get(best, ""), shared.get(best, 0)


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _shared(one: str, other: str) -> int:
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike)


def _in_harmony(begun: str, ending: str) -> str:
    """A Finnish ending follows its stem: "tyttö" + "lle", "pöytä" + "ä"."""
    vowels = [letter for letter in begun if letter in BACK | FRONT]
    return ending.translate(HARMONY) if vowels and not BACK & set(vowels[-2:]) else ending


def _in_case(written: str, word: str) -> str:
    return "".join(
        letter.upper() if was.isupper() else letter
        for was, letter in zip(written, word, strict=True)
    )
