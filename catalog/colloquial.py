"""Spoken words as they are written: what the encoder and the dictionaries have not learnt."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from catalog.language import Language

FILE = Path(__file__).parent / "data" / "colloquial.yml"
WORD = re.compile(r"(?<![\w:-])[^\W\d_]+(?![\w:-])")  # not the beginning of "e-tjänst" or "e:s"


def written(text: str, language: Language) -> str:
    """The text with each spoken word of this language as it is written; all else, and what is in
    capitals ("VA"), as it was."""
    known = spoken(language)

    def in_writing(found: re.Match[str]) -> str:
        word = found[0]
        return word if len(word) > 1 and word.isupper() else known.get(word.lower(), word)

    return WORD.sub(in_writing, text)


@cache
def spoken(language: Language) -> dict[str, str]:
    """Each spoken word, in small letters, and what it is in writing."""
    words: dict[str, str] = yaml.safe_load(FILE.read_text("utf-8"))[language]
    return words
