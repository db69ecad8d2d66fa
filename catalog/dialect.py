"""Finnish words written as dialects sound, read as the catalogue writes them: by rule, since the
words of a dialect are too many for a list (`catalog.colloquial` holds those no rule leads to)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from catalog.colloquial import WORD

SHORTEST = 4  # letters; a shorter word comes too near too many others
# Customers' phrases have dialect too: what is read is this many times as common as the word.
COMMONER = 3
VOWEL = "[aeiouyäö]"
# What a dialect does to the written language, undone; each at every place where it fits.
SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = (
    # In the west d is r: "uuren", "tehrä".
    (re.compile(rf"(?<=[aeiouyäöh])r(?={VOWEL})"), "d"),
    # In the east and the north a vowel slips in after l, n, r and h: "vanaha", "palavelu".
    (re.compile(r"([aeiouyäö])([lnrh])\1(?=[hkmpvj])"), r"\1\2"),
    # In the east and Ostrobothnia a consonant is long before a long vowel: "rahhaa", "kottiin".
    (re.compile(rf"(?<={VOWEL})([hjklmnprstv])\1(?={VOWEL}{{2}})"), r"\1"),
    # Everywhere the last vowels become one: "opintotukee", "asuntoo", "pentuu".
    (re.compile(r"(?<=([oeiu]))\1$"), "a"),
    (re.compile(r"(?<=([öeiy]))\1$"), "ä"),
    # In the south-west and in cities the last vowel of a case is lost: "kuntoutuksest", "netis".
    (re.compile(r"(?<=[ls]t)$"), "a"),
    (re.compile(r"(?<=[ls]t)$"), "ä"),
    (re.compile(rf"(?<={VOWEL})([ls])$"), r"\1\1a"),
    (re.compile(rf"(?<={VOWEL})([ls])$"), r"\1\1ä"),
)


def in_written_finnish(text: str, times: Callable[[str], int], knows: Callable[[str], bool]) -> str:
    """The text with each word that Finnish does not write so, and that is one sound apart from one
    that the catalogue writes, as that one.

    `times` tells how often the catalogue and the customers' phrases write a word in small letters,
    `knows` whether the dictionary has it. A name inside a text stays as it is.
    """

    def read(found: re.Match[str]) -> str:
        word = found[0].lower()
        named = found[0] != word and found.start() > 0
        if named or len(word) < SHORTEST or knows(word):
            return found[0]
        likeliest = max(_written(word), key=times, default=word)
        known = times(likeliest)
        return likeliest if known and known >= COMMONER * times(word) else found[0]

    return WORD.sub(read, text)


def _written(word: str) -> Iterator[str]:
    """What the word may be in writing."""
    for sound, letters in SOUNDS:
        for found in sound.finditer(word):
            yield word[: found.start()] + found.expand(letters) + word[found.end() :]
