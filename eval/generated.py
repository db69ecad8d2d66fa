"""A catalogue larger than the shipped one, made of it: the same each time.

Services beyond the shipped ones are copies of these in turn, every third word of each text and
phrase taken from another service's. Their vectors are the real text's with a little noise, since
embedding a million texts takes hours; what a search costs does not depend on what they say.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import batched
from pathlib import Path

import numpy as np

from catalog.encoder import Encoder, Kind
from catalog.encoder import Vectors as Embedded
from catalog.search_rows import Row, Rows
from catalog.vectors import Progress, VectorCache

EVERY = 3  # words, of which one is another service's
NOISE = 0.3  # length of what is added to a vector of length 1: a cosine of 0.96 to the real one
AT_ONCE = 20_000  # vectors


@dataclass(frozen=True)
class Grown:
    """A larger catalogue, and which real text each of its texts was made of."""

    rows: Rows
    origins: dict[str, str]


def grown(rows: Rows, count: int) -> Grown:
    """The shipped services and copies of them, `count` in all; ValueError where those are more."""
    real = len(rows.service_ids)
    if count < real:
        raise ValueError(f"{count} services are fewer than the shipped {real}")
    of = _of_each(rows)
    others = _by_kind(rows)
    made, ids = list(rows.rows), list(rows.service_ids)
    origins = {row.text: row.text for row in rows.rows}
    for number in range(real, count):
        chance = random.Random(number)
        ids.append(f"{rows.service_ids[number % real]}-{number // real}")
        for row in of[number % real]:
            text = mixed(row.text, chance.choice(others[row.kind, row.language]), chance)
            if text in origins:
                text = f"{text} {number}"  # a word or two, mixed, can be what somebody else says
            made.append(replace(row, service=number, text=text))
            origins.setdefault(text, row.text)
    return Grown(replace(rows, service_ids=tuple(ids), rows=tuple(made)), origins)


def mixed(text: str, other: str, chance: random.Random) -> str:
    """The text with every third word taken from the other; never the text itself."""
    words, foreign = text.split(), other.split() or [text]
    first = chance.randrange(EVERY)
    for at in range(first, len(words), EVERY):
        words[at] = foreign[at % len(foreign)]
    said = " ".join(words)
    return said if said != text else f"{text} {chance.choice(foreign)}"


def _of_each(rows: Rows) -> list[list[Row]]:
    of: list[list[Row]] = [[] for _ in rows.service_ids]
    for row in rows.rows:
        of[row.service].append(row)
    return of


def _by_kind(rows: Rows) -> dict[tuple[str, str], list[str]]:
    texts: dict[tuple[str, str], list[str]] = {}
    for row in rows.rows:
        texts.setdefault((row.kind, row.language), []).append(row.text)
    return texts


class NoisyVectors(VectorCache):
    """Gives a generated text its real text's vector, some noise added; nothing is embedded twice.

    The same texts in the same order get the same vectors.
    """

    def __init__(self, real: VectorCache, origins: dict[str, str], folder: Path) -> None:
        self._real = real
        self._origins = origins
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Not the real one's: generated texts have no place beside the shipped ones."""
        return self._folder

    def vectors(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        kind: Kind,
        progress: Progress | None = None,
    ) -> Embedded:
        """Shape (len(texts), width), unit rows."""
        sources = [self._origins[text] for text in texts]
        known = {text: at for at, text in enumerate(dict.fromkeys(sources))}
        real = self._real.vectors(encoder, list(known), kind, progress)
        found = np.empty((len(texts), encoder.width), np.float32)
        chance = np.random.default_rng(0)
        for part in batched(range(len(texts)), AT_ONCE):
            some = slice(part[0], part[-1] + 1)
            copied = np.array([texts[at] != sources[at] for at in part], np.float32)
            noise = chance.standard_normal((len(part), encoder.width), np.float32)
            noise *= NOISE / np.sqrt(encoder.width, dtype=np.float32)
            found[some] = real[[known[sources[at]] for at in part]] + noise * copied[:, None]
            found[some] /= np.linalg.norm(found[some], axis=1, keepdims=True)
        return found
