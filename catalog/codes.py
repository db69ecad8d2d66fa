"""The code lists: areas, PTV's classifications, the desk's own organisation and today's bodies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from catalog.base import Base
from catalog.models import (
    Area,
    AreaPart,
    AreaText,
    Classification,
    ClassificationText,
    Organisation,
    OrganisationText,
)
from catalog.report import Counts
from catalog.responsibilities import shipped_tables
from catalog.rows import Row, put

CODES = Path(__file__).parent / "data" / "codes"
DESK_ORGANISATION = "b5f3a9a4-4c1e-4d0b-9f4e-2f6f0c1d7a11"
NATION = "nation:FI"
ALAND = "province:21"
SCHEMES = {
    "service_class": "service_classes.json",
    "customer_group": "target_groups.json",
    "life_event": "life_events.json",
}


@dataclass(frozen=True)
class AreaCodes:
    """How PTV's area codes are said in this catalogue."""

    mainland: tuple[str, ...]  # the regions without Åland
    merged: Mapping[str, str]  # a municipality that is no more -> the one that it became part of

    def municipality(self, code: str) -> str:
        code = code.zfill(3)
        return f"municipality:{self.merged.get(code, code)}"

    def region(self, code: str) -> str:
        code = code.zfill(2)
        return ALAND if code == ALAND.partition(":")[2] else f"region:{code}"

    def county(self, code: str) -> str:
        return f"county:{code.zfill(2)}"


@cache
def shipped_areas() -> AreaCodes:
    return AreaCodes(
        mainland=tuple(f"region:{entry['code']}" for entry in _list("regions.json")),
        merged={entry["code"]: entry["into"] for entry in _list("former_municipalities.json")},
    )


@cache
def shipped_codes() -> Mapping[type[Base], list[Row]]:
    """The rows of every code list, each table after those that it refers to."""
    return {
        Organisation: list(_organisations()),
        OrganisationText: list(_organisation_texts()),
        Area: [_area(id_, entry) for id_, entry in _areas()],
        AreaText: _texts("area_id", _areas()),
        AreaPart: list(_parts()),
        Classification: [row for scheme in SCHEMES for row in _classifications(scheme)],
        ClassificationText: [
            row
            for file in SCHEMES.values()
            for row in _texts("uri", [(entry["uri"], entry) for entry in _list(file)])
        ],
    }


def put_codes(session: Session, codes: Mapping[type[Base], list[Row]]) -> Counts:
    """Brings the code lists to these; a code that is not among them stays."""
    return sum((put(session, table, rows) for table, rows in codes.items()), Counts())


def _organisations() -> Iterator[Row]:
    yield {"id": DESK_ORGANISATION, "kind": "desk"}
    for body in shipped_tables().bodies.values():
        yield {"id": body.id, "kind": body.kind}


def _organisation_texts() -> Iterator[Row]:
    yield from _texts("organisation_id", [(DESK_ORGANISATION, _list("desk.json")[0])])
    for body in shipped_tables().bodies.values():
        for language, name in body.names.items():
            yield {"organisation_id": body.id, "language": language, "name": name}


def _areas() -> list[tuple[str, Any]]:
    nation = (NATION, {"code": "FI", "names": {"fi": "Suomi", "sv": "Finland", "en": "Finland"}})
    kinds = {
        "province": "provinces.json",
        "region": "regions.json",
        "county": "counties.json",
        "municipality": "municipalities.json",
    }
    listed = [
        (f"{kind}:{entry['code']}", entry) for kind, file in kinds.items() for entry in _list(file)
    ]
    return [nation, *listed]


def _area(id_: str, entry: Any) -> Row:
    return {"id": id_, "kind": id_.partition(":")[0], "code": entry["code"]}


def _parts() -> Iterator[Row]:
    for id_, entry in _areas():
        if "region" in entry:
            yield {"area_id": id_, "within_id": shipped_areas().region(entry["region"])}
        if entry.get("county"):
            yield {"area_id": id_, "within_id": shipped_areas().county(entry["county"])}
        if id_ != NATION and "region" not in entry:
            yield {"area_id": id_, "within_id": NATION}


def _classifications(scheme: str) -> list[Row]:
    """Broader codes come first: a row may only point at one that is there."""
    entries = sorted(_list(SCHEMES[scheme]), key=lambda entry: entry["code"].count("."))
    return [
        {
            "uri": entry["uri"],
            "scheme": scheme,
            "code": entry["code"],
            "broader_uri": entry["broader"],
        }
        for entry in entries
    ]


def _texts(key: str, entries: list[tuple[str, Any]]) -> list[Row]:
    return [
        {key: id_, "language": language, "name": name}
        for id_, entry in entries
        for language, name in entry["names"].items()
    ]


@cache
def _list(name: str) -> list[Any]:
    entries: list[Any] = json.loads((CODES / name).read_text(encoding="utf-8"))
    return entries
