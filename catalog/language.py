"""Which of our two languages a message is in, with the conversation as prior.

The short words carry most of it ("mistä", "ja", "inte"): they survive dialect and a missing ä or
ö better than character statistics do. `eldc` decides where no such word occurs.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml

from catalog.other_languages import other_language
from catalog.statistics import scores

Language = Literal["fi", "sv"]

DEFAULT: Language = "fi"
READ_CHARACTERS = 2000  # a language shows within a page; the rest costs time and tells nothing
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

PRIOR_WEIGHT = 0.7
WORD_WEIGHT = 1.1
SPELLING_WEIGHT = 0.6
STATISTICS_WEIGHT = 1.4
DECIDED = 0.35  # less evidence than this, and the conversation's language stands

# Finnish has no "å", "ck" or "sj" and ends no word in "k" or "rt"; Swedish has no long vowels in
# two letters and no case endings.
SWEDISH_SPELLING = re.compile(
    r"å|ck|sj|tj|[^k]sk[aeiouy]|[bdfg]{2}|[bcdfgjkmpvx]\b|[^aeiouyåäö][^aeiouyåäö]\b"
    r"|(?:ande|arna|erna|orna)s?\b"
)
FINNISH_SPELLING = re.compile(
    r"aa|ää|yy|uu|ii|[^aeiouyäö]ee|öö|uo|yö|(?:ss|st|ll|lt)[aä]\b|lle\b|[uy]s\b|nen\b|mme\b|[aä]mi"
)


@dataclass(frozen=True)
class Identified:
    """The language to answer in; `other` names one we do not speak (its shortest ISO 639 code)."""

    language: Language
    confidence: float  # 0.5 (a guess) … 1.0
    other: str | None = None


def identify(text: str, prior: Language | None = None, *, spoken: str | None = None) -> Identified:
    """Always names Finnish or Swedish; without evidence that is the conversation's language.

    `spoken` is the other language that the conversation is in, if any: less shows that it goes on.
    """
    home = prior or DEFAULT
    words = _words(text)
    if not words:
        return Identified(home, 0.5)
    if prior is not None and function_words()["courtesy"].issuperset(map(plain, words)):
        return Identified(prior, 0.5, None if any(map(_is_ours, words)) else spoken)
    other = other_language(text, _is_ours, spoken)
    if other is not None:
        return Identified(home, 0.5, other)
    evidence = _evidence(words)
    if abs(evidence) < DECIDED:
        return Identified(home, 0.5)
    if prior is not None:
        evidence += PRIOR_WEIGHT if prior == "fi" else -PRIOR_WEIGHT
    return Identified("fi" if evidence > 0 else "sv", 1 / (1 + math.exp(-abs(evidence))))


def plain(text: str) -> str:
    """Lower case without the marks on letters: "Äiti" and "aiti" are the same word to us."""
    marked = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def _words(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFC", text[:READ_CHARACTERS]).lower())


def _evidence(words: list[str]) -> float:
    """Above zero is Finnish, below is Swedish."""
    small = _count(words, "fi") - _count(words, "sv")
    spelling = sum(_spelling(word) for word in words) / math.sqrt(len(words))
    # The small words outvote the statistics: in a mixed message their majority is the language.
    return WORD_WEIGHT * small + SPELLING_WEIGHT * spelling + _statistics(words)


def _count(words: list[str], language: str) -> int:
    known = function_words()[language]
    return sum(plain(word) in known for word in words)


def _spelling(word: str) -> int:
    if len(word) < 4:
        return 0
    return bool(FINNISH_SPELLING.search(word)) - bool(SWEDISH_SPELLING.search(word))


def _statistics(words: list[str]) -> float:
    """Lean of character statistics, none for a word or two of few letters."""
    text = " ".join(words)
    if len(text) < 5:
        return 0.0
    likely = scores(text, "fi,sv")
    lean = likely.get("fi", 0.0) - likely.get("sv", 0.0)
    return STATISTICS_WEIGHT * math.tanh(4 * lean)


def _is_ours(word: str) -> bool:
    return plain(word) in function_words()["fi"] | function_words()["sv"]


@lru_cache
def function_words() -> dict[str, frozenset[str]]:
    """The small words of each language, without diacritics."""
    text = resources.files("catalog.data").joinpath("function_words.yml").read_text("utf-8")
    loaded: dict[str, str] = yaml.safe_load(text)
    return {str(language): frozenset(words.split()) for language, words in loaded.items()}
