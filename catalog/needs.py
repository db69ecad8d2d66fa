"""Takes apart a message that may hold two needs, by its sentences and the words that begin anew."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_PARTS = 3  # more is a story, and a story has one need
FEWEST_WORDS = 3
LONGEST = 300  # characters; a longer message is a story too
ANEW = re.compile(
    r"(?:[,.]?\s+(?:ja|sekä|och|samt)\s+|[,.]?\s+)"
    r"(?:lisäksi|sitten vielä|toinen asia|toiseksi|samalla"
    r"|dessutom|sedan ännu|en annan sak|för det andra)\b:?"
    r"|,?\s+(?:ja sitten|och sen|och så)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Parts:
    texts: tuple[str, ...]
    said: bool  # the customer says that another matter begins


def parts(text: str) -> Parts | None:
    """The parts that can be needs of their own; none where the message is one, or a story."""
    if len(text) > LONGEST:
        return None
    said = bool(ANEW.search(text))
    told = [part.strip(" ,;:") for part in (ANEW if said else SENTENCE).split(text)]
    texts = tuple(part for part in told if len(part.split()) >= FEWEST_WORDS)
    return Parts(texts, said) if 2 <= len(texts) <= MOST_PARTS else None
