"""Names that are something else today: what a message still calls it, and what it is now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from catalog.language import Language

FILE = Path(__file__).parent / "data" / "old_names.yml"
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    old: dict[Language, str]
    now: dict[Language, str]
    begins: dict[Language, tuple[str, ...]] = {}
    words: dict[Language, tuple[str, ...]] = {}
    since: date | None = None
    checked: bool = True


@dataclass(frozen=True)
class OldName:
    """The name that was used, and today's, in one language."""

    old: str
    now: str
    since: date | None


def old_names(text: str, language: Language) -> tuple[OldName, ...]:
    """Each old name that the text uses, once, in the order that they come; in either language."""
    found: dict[int, OldName] = {}
    for word in dict.fromkeys(WORD.findall(text.casefold())):
        for position, (words, beginnings) in enumerate(_sought()):
            if position not in found and (word in words or word.startswith(beginnings)):
                entry = _entries()[position]
                found[position] = OldName(entry.old[language], entry.now[language], entry.since)
    return tuple(found.values())


@cache
def _sought() -> tuple[tuple[frozenset[str], tuple[str, ...]], ...]:
    """The words of each entry that stand for it whole, and the beginnings of others."""
    return tuple(
        (
            frozenset(one for each in entry.words.values() for one in each),
            tuple(one for each in entry.begins.values() for one in each),
        )
        for entry in _entries()
    )


@cache
def _entries() -> tuple[_Entry, ...]:
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return tuple(_Entry.model_validate(row) for row in rows)
