"""What the desk knows of services beyond what their publisher says.

PTV has no word for a service that ended long ago, or for one that belongs to a single town though
it is filed as national, and no record says who answers for it today; these facts stand beside the
records and outlive every load of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from catalog.responsibilities import Responsibility, shipped_tables

DATA = Path(__file__).parent / "data"


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str  # for the reader of the file; the catalogue has its own
    because: str | None = None


class PlaceBound(_Fact):
    """One place's own service; no area where the place is not said."""

    areas: tuple[str, ...]


class Standing(_Fact):
    """A service that ended, or one still there under another name or on other terms."""

    status: Literal["current", "ended", "replaced"]
    replaced_by: str | None = None
    texts: dict[str, str]


class Translation(BaseModel):
    """A name and summary that the publisher has not confirmed.

    One that `corrects` stands instead of the publisher's text, which tells of another service.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    language: str
    name: str
    summary: str
    corrects: bool = False


@dataclass(frozen=True)
class DeskFacts:
    place_bound: Mapping[str, PlaceBound] = field(default_factory=dict)
    standing: Mapping[str, Standing] = field(default_factory=dict)
    translations: Mapping[str, tuple[Translation, ...]] = field(default_factory=dict)
    responsible: Mapping[str, Responsibility] = field(default_factory=dict)


@cache
def shipped_facts() -> DeskFacts:
    bound = TypeAdapter(list[PlaceBound]).validate_python(_json("place_bound.json"))
    standing = TypeAdapter(list[Standing]).validate_python(_json("status.json"))
    own = TypeAdapter(list[Translation]).validate_python(_json("translations.json"))
    translations: dict[str, tuple[Translation, ...]] = {}
    for one in own:
        translations[one.id] = (*translations.get(one.id, ()), one)
    return DeskFacts(
        place_bound={fact.id: fact for fact in bound},
        standing={fact.id: fact for fact in standing},
        translations=translations,
        responsible=shipped_tables().services,
    )


def _json(name: str) -> object:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
