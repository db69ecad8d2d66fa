"""What the desk knows of services beyond what their publisher says.

PTV has no word for a service that ended long ago, or for one that belongs to a single town though
it is filed as national; these facts stand beside the records and outlive every load of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

DATA = Path(__file__).parent / "data"


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str  # for the reader of the file; the catalogue has its own
    because: str | None = None


class PlaceBound(_Fact):
    """One place's own service; no area where the place is not said."""

    areas: tuple[str, ...]


class Ended(_Fact):
    status: Literal["ended", "replaced"]
    replaced_by: str | None = None
    texts: dict[str, str]


@dataclass(frozen=True)
class DeskFacts:
    place_bound: Mapping[str, PlaceBound] = field(default_factory=dict)
    ended: Mapping[str, Ended] = field(default_factory=dict)


@cache
def shipped_facts() -> DeskFacts:
    bound = TypeAdapter(list[PlaceBound]).validate_python(_json("place_bound.json"))
    ended = TypeAdapter(list[Ended]).validate_python(_json("status.json"))
    return DeskFacts({fact.id: fact for fact in bound}, {fact.id: fact for fact in ended})


def _json(name: str) -> object:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
