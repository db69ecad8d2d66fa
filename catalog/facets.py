"""What sets services apart that a customer can tell: whom it is about, and what is wanted."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal, get_args

import yaml

FOLDER = Path(__file__).parent / "data"
VALUES = FOLDER / "facets.csv"  # judged by reading each service's name and summary
VOCABULARY = FOLDER / "facets.yml"

Facet = Literal["whom", "aim"]
FACETS: tuple[Facet, ...] = get_args(Facet)


@dataclass(frozen=True)
class Facets:
    """The facets of each service, and which values a customer may well mean both of."""

    values: Mapping[str, Mapping[Facet, str]]  # by service id; "" for none in particular
    overlapping: Mapping[Facet, frozenset[frozenset[str]]]

    def of(self, service_id: str, facet: Facet) -> str:
        """The service's value; "" where it has none in particular."""
        return self.values.get(service_id, {}).get(facet, "")

    def separating(self, service_ids: Sequence[str]) -> Facet | None:
        """The fact that tells all of these apart, or none.

        Whom it is about does so where the same is wanted of each; beside other differences the
        question would leave them out.
        """
        if self._apart(service_ids, "aim"):
            return "aim"
        wanted = {self.of(one, "aim") for one in service_ids}
        alike = len(wanted) == 1 and "" not in wanted
        return "whom" if alike and self._apart(service_ids, "whom") else None

    def _apart(self, service_ids: Sequence[str], facet: Facet) -> bool:
        values = [self.of(one, facet) for one in service_ids]
        if len(values) < 2 or not all(values) or len(set(values)) < len(values):
            return False
        pairs = (frozenset(pair) for pair in combinations(values, 2))
        return not any(pair in self.overlapping[facet] for pair in pairs)


@cache
def vocabulary() -> Mapping[Facet, Mapping[str, Sequence[str]]]:
    """The values of each facet, each with those that it overlaps."""
    loaded: Mapping[Facet, Mapping[str, Sequence[str]]] = yaml.safe_load(
        VOCABULARY.read_text("utf-8")
    )
    return loaded


@cache
def facets() -> Facets:
    """The facets as shipped."""
    return Facets(_values(), {facet: _overlapping(facet) for facet in FACETS})


def _values() -> Mapping[str, Mapping[Facet, str]]:
    with VALUES.open(encoding="utf-8", newline="") as lines:
        return {
            row["service"]: {facet: row[facet] for facet in FACETS} for row in csv.DictReader(lines)
        }


def _overlapping(facet: Facet) -> frozenset[frozenset[str]]:
    return frozenset(
        frozenset((value, other))
        for value, others in vocabulary()[facet].items()
        for other in others
    )
