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
    for word in WORD.findall(text.casefold()):
        for position, entry in enumerate(_entries()):
            if position not in found and _fits(word, entry):
                found[position] = OldName(entry.old[language], entry.now[language], entry.since)
    return tuple(found.values())


def _fits(word: str, entry: _Entry) -> bool:
    beginnings = tuple(one for each in entry.begins.values() for one in each)
    exact = {one for each in entry.words.values() for one in each}
    return word in exact or (bool(beginnings) and word.startswith(beginnings))


@cache
def _entries() -> tuple[_Entry, ...]:
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return tuple(_Entry.model_validate(row) for row in rows)
