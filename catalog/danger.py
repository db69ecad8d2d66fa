"""Sees that a life is in danger now, before anything else reads the message.

Recall comes first: showing 112 to somebody who did not need it costs a line, not showing it can
cost a life. Every language is looked at in every message, since a frightened person mixes them and
the language of three words is a guess. Of languages that the desk does not speak the plainest
words are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, cast

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.language import Language, plain

Kind = Literal["self_harm", "illness", "fire", "violence", "poisoning", "person_in_danger"]

WORD = re.compile(r"[^\W_]+")
CLAUSE_END = re.compile(r"[.!?;\n]+")
SHORTEST_FORGIVEN = 5
NEVER = r"(?!)"
BREAK = "|"  # stands between sentences: no pattern reaches across


@dataclass(frozen=True)
class Danger:
    """What kind of danger, and the words that showed it."""

    kind: Kind
    words: str
    language: str  # of the words: fi, sv or another


@dataclass(frozen=True)
class _Signs:
    """One language's patterns, compiled."""

    language: str
    now: tuple[tuple[Kind, re.Pattern[str]], ...]
    named: tuple[tuple[Kind, re.Pattern[str]], ...]
    past: re.Pattern[str]
    harmless: re.Pattern[str]
    spelling: tuple[str, ...]


def in_danger(text: str, language: Language) -> Danger | None:
    """The danger that a message tells of, or None; the conversation's language is read first."""
    clauses = [WORD.findall(plain(clause)) for clause in CLAUSE_END.split(text)]
    for one in (language, *(other for other in _data() if other != language)):
        if danger := _seen(clauses, _signs(one)):
            return danger
    return None


def harmless_messages(language: str) -> tuple[str, ...]:
    """The counter-examples: messages with alarming words that must not raise an alarm."""
    return tuple(_data()[language].get("harmless_messages", ()))


def languages() -> tuple[str, ...]:
    """Those whose words of danger are known, Finnish and Swedish first."""
    return tuple(_data())


def _seen(clauses: list[list[str]], signs: _Signs) -> Danger | None:
    told = signs.harmless.sub(f" {BREAK} ", _spaced(clauses, signs.spelling))
    looked_for = signs.now if signs.past.search(told) else signs.now + signs.named
    for kind, pattern in looked_for:
        if match := pattern.search(told):
            return Danger(kind, match.group().strip(), signs.language)
    return None


def _spaced(clauses: list[list[str]], spelling: tuple[str, ...]) -> str:
    """The words with single spaces around each, common misspellings set right."""
    written = f" {BREAK} ".join(
        " ".join(_forgiven(word, spelling) if spelling else word for word in clause)
        for clause in clauses
    )
    return f" {written} "


@lru_cache(maxsize=20_000)
def _forgiven(word: str, spelling: tuple[str, ...]) -> str:
    """The word as it was meant: "sydankohtas" -> "sydankohtaus"; others come back unchanged."""
    if len(word) < SHORTEST_FORGIVEN:
        return word
    near = process.extractOne(
        word, spelling, scorer=OSA.distance, score_cutoff=1 if len(word) < 9 else 2
    )
    return word if near is None else near[0]


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_pattern(pattern) for pattern in patterns) or NEVER)


def _pattern(written: str) -> str:
    """A pattern of the data file as a regular expression over spaced words."""
    return " " + "".join(_word(part) for part in written.split())[:-1] + "(?= )"


def _word(part: str) -> str:
    if part == "..":
        return rf"(?:[^ {BREAK}]+ ){{0,3}}"
    choices = (re.escape(plain(word)).replace(r"\*", "[^ ]*") for word in part.split("|"))
    return f"(?:{'|'.join(choices)}) "


@lru_cache
def _signs(language: str) -> _Signs:
    data = _data()[language]
    return _Signs(
        language=language,
        now=tuple((cast(Kind, k), _compiled(found)) for k, found in data["now"].items()),
        named=tuple(
            (cast(Kind, k), _compiled(found)) for k, found in data.get("named", {}).items()
        ),
        past=_compiled(data.get("past", "").split()),
        harmless=_compiled(data.get("harmless", ())),
        spelling=tuple(data.get("spelling", "").split()),
    )


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = resources.files("catalog.data").joinpath("danger.yml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
