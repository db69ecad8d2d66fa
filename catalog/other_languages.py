"""Which language a message is in that the desk does not speak; none, where it may be one of ours.

Known small words and `eldc`'s statistics are added up. For Sámi, Somali, Kurmanji and what is typed
in Latin letters instead of Cyrillic or Arabic ones there are words alone: eldc does not know them.
A message of ours taken for a foreign one costs its sender the search, so short ones must be plain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import simplemma
import yaml

from catalog.statistics import scores

READ_CHARACTERS = 2000
WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")

# A score is the share of words that are theirs and not ours, and how much better the statistics
# like it: 0 is nothing, 2 is certain. Measured in tests/catalog/test_other_languages.py.
NEEDED = {1: 9.0, 2: 1.2, 3: 0.66}  # by how many words there are
NEEDED_OF_MANY = 0.42
NEEDED_GOING_ON = 0.15  # in a conversation that is in the language already
KNOWN_AT_LEAST = {1: 1, 2: 2, 3: 1}  # words, where there are so few of them
HALF_KNOWN = 0.5  # a word with a letter of theirs
# The same where a language has no statistics: a word, and a word with a letter of theirs.
KNOWN_ALONE, HALF_KNOWN_ALONE = 1.25, 0.85
NORTH_SAMI = "se"  # simplemma has a word list of it, small and full of its forms
# Our languages, and those that statistics take them for; who writes these is understood.
OURS = frozenset({"fi", "sv", "da", "no", "nb", "is"})

FOREIGN_SCRIPT = 0.5  # of the letters
SCRIPTS = {"CYRILLIC": "ru,uk,be,bg,sr", "ARABIC": "ar,fa,ur,ku"}
ALONE_IN_SCRIPT = {
    "THAI": "th",
    "HANGUL": "ko",
    "HEBREW": "he",
    "GREEK": "el",
    "CJK": "zh",
    "ETHIOPIC": "am",
}
AT_HOME = frozenset({"ru", "uk", "ar", "fa"})  # the likelier languages of a script in Finland
HOME_LEAN = 0.15


@dataclass(frozen=True)
class _Signs:
    """What tells a language: its words, and the letters that ours lack."""

    words: dict[str, frozenset[str]]
    letters: dict[str, frozenset[str]]
    script_letters: dict[str, frozenset[str]]
    shared: frozenset[str]  # words that stand in ours too
    courtesy: frozenset[str]

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.words)


def other_language(
    text: str, is_ours: Callable[[str], bool], spoken: str | None = None
) -> str | None:
    """The language tag, or "und" for a script that tells no language; None for ours and unclear.

    `is_ours` knows the small words of our languages; `spoken` is the other language that the
    conversation is in already, for which less is enough.
    """
    text = _written(text)
    script = _foreign_script(text)
    if script is not None:
        return _by_script(text, script)
    words = [word for word in WORD.findall(text) if _is_word(word)]
    found = _scores(words, is_ours) if words else {}
    if spoken is not None and found.get(spoken, 0.0) >= NEEDED_GOING_ON:
        return spoken
    best = max(found, key=lambda language: found[language], default="und")
    enough = found.get(best, 0.0) >= NEEDED.get(len(words), NEEDED_OF_MANY)
    return best if enough else None


def only_courtesy(text: str) -> bool:
    """Whether it is only a greeting or thanks, in whichever of these languages."""
    words = re.findall(r"[^\W\d_][^\s.,!?،؟。！]*", _written(text))
    together = " ".join(words)
    return bool(words) and (
        together in _signs().courtesy or all(word in _signs().courtesy for word in words)
    )


def _written(text: str) -> str:
    """One page, in small letters, each letter one sign, Skolt Sámi's mark as it should be."""
    page = text[:READ_CHARACTERS].replace("İ", "i").replace("´", "ʹ")
    return unicodedata.normalize("NFC", page).lower()


def _is_word(written: str) -> bool:
    """Letters; digits only where they stand for the sounds of Arabic ("mosa3ade")."""
    return not any(map(str.isdigit, written)) or written in _every_word()


def _scores(words: list[str], is_ours: Callable[[str], bool]) -> dict[str, float]:
    statistics = _statistics(words)
    ours = {word for word in words if word in _signs().shared or is_ours(word)}
    likely = _signs().languages | statistics.keys()
    found = {one: _share(words, ours, one, one not in statistics) for one in likely}
    return {
        language: share + statistics.get(language, 0.0)
        for language, share in found.items()
        if share is not None
    }


def _share(words: list[str], ours: set[str], language: str, alone: bool) -> float | None:
    """Words of the language less words of ours, of all words; None where too few are known."""
    known = _signs().words.get(language, frozenset())
    half = sum(word not in known and _half_known(language, word) for word in words)
    theirs = sum(word in known and word not in ours for word in words)
    against = sum(word in ours and word not in known for word in words)
    if theirs + half < KNOWN_AT_LEAST.get(len(words), 0):
        return None
    weighed = theirs * (KNOWN_ALONE if alone else 1.0)
    weighed += half * (HALF_KNOWN_ALONE if alone else HALF_KNOWN)
    return (weighed - against) / len(words)


def _half_known(language: str, word: str) -> bool:
    if not _signs().letters.get(language, frozenset()).isdisjoint(word):
        return True
    return language == NORTH_SAMI and simplemma.is_known(word, NORTH_SAMI, low_memory=True)


def _statistics(words: list[str]) -> dict[str, float]:
    """By how much each other language is likelier than ours; "ku" there is Sorani, not Kurmanji."""
    likely = scores(" ".join(words))
    ours = max(likely.get(one, 0.0) for one in OURS)
    return {one: score - ours for one, score in likely.items() if one not in OURS and one != "ku"}


def _foreign_script(text: str) -> str | None:
    """The script, as Unicode names it, that most letters are of; None when that is Latin."""
    # Sámi writes some of its marks as letters of their own: "MODIFIER LETTER PRIME".
    letters = [one for one in text if one.isalpha() and unicodedata.category(one) != "Lm"]
    foreign = [one for one in letters if not unicodedata.name(one, "LATIN").startswith("LATIN")]
    if not foreign or len(foreign) <= FOREIGN_SCRIPT * len(letters):
        return None
    return unicodedata.name(foreign[0]).split()[0]


def _by_script(text: str, script: str) -> str:
    for language, letters in _signs().script_letters.items():
        if not letters.isdisjoint(text):
            return language
    if script in ALONE_IN_SCRIPT:
        return ALONE_IN_SCRIPT[script]
    likely = scores(text, SCRIPTS.get(script, ""))
    leaning = {one: score + HOME_LEAN * (one in AT_HOME) for one, score in likely.items()}
    best = max(leaning, key=lambda language: leaning[language], default="und")
    return "ckb" if best == "ku" else best


@lru_cache
def _signs() -> _Signs:
    text = resources.files("catalog.data").joinpath("other_languages.yml").read_text("utf-8")
    kept: dict[str, Any] = yaml.safe_load(unicodedata.normalize("NFC", text))
    return _Signs(
        words=_sets(kept["words"]),
        letters={str(one): frozenset(letters) for one, letters in kept["letters"].items()},
        script_letters={str(one): frozenset(all_) for one, all_ in kept["script_letters"].items()},
        shared=frozenset(kept["shared"].split()),
        courtesy=frozenset(word for words in kept["courtesy"].values() for word in words),
    )


def _sets(kept: dict[str, str]) -> dict[str, frozenset[str]]:
    return {str(one): frozenset(words.split()) for one, words in kept.items()}


@lru_cache
def _every_word() -> frozenset[str]:
    return frozenset().union(*_signs().words.values())
