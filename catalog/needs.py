"""Takes apart a message that may hold two needs, by its sentences and the words that begin anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "data" / "second_need.yml"

MOST_PARTS = 3  # more is a story, and a story has one need
FEWEST_WORDS = 3
LONGEST = 300  # characters; a longer message is a story too
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Parts:
    texts: tuple[str, ...]
    said: bool  # the customer says that another matter begins


def parts(text: str) -> Parts | None:
    """The parts that can be needs of their own; none where the message is one, or a story."""
    if len(text) > LONGEST:
        return None
    anew = _anew()
    said = bool(anew.search(text))
    told = [part.strip(" ,;:") for part in (anew if said else SENTENCE).split(text)]
    texts = tuple(part for part in told if len(part.split()) >= FEWEST_WORDS)
    return Parts(texts, said) if 2 <= len(texts) <= MOST_PARTS else None


@lru_cache(maxsize=1)
def _anew() -> re.Pattern[str]:
    kept = yaml.safe_load(FILE.read_text("utf-8")).values()
    joins, after, joined = (
        "|".join(re.escape(word) for one in kept for word in one[key])
        for key in ("joins", "after", "joined")
    )
    alone = rf"[,.]?\s+(?:(?:{joins})\s+)?(?:{after})\b:?"
    return re.compile(rf"{alone}|,?\s+(?:{joined})\b", re.IGNORECASE)
