"""PTV records as the rows that they will become, worked out before the database is touched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import String

from catalog import ptv
from catalog.base import Base
from catalog.codes import AreaCodes
from catalog.models import Area
from catalog.rows import Row

type Need = tuple[type[Base], str]  # another row that must be there: its table and key
type Children = Mapping[type[Base], list[Row]]


class Unfit(ValueError):
    """The record is well formed, but cannot stand in the catalogue."""


@dataclass(frozen=True, slots=True)
class Staged:
    table: type[Base]  # Service, Channel or Organisation
    id: str
    file: Path
    row: Row
    children: Children
    needs: frozenset[Need]
    content_hash: str
    links: tuple[str, ...] | None = None  # channels of a service, services of a channel, if said
    removed: bool = False


def content_hash(row: Row, children: Children, links: tuple[str, ...] | None) -> str:
    """The same for the same content, wherever it was read from."""
    content = [
        row,
        {table.__tablename__: rows for table, rows in children.items()},
        sorted(links or ()),
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def check_lengths(table: type[Base], rows: Iterable[Row]) -> None:
    """SQLite would take a text that is too long in silence, and PostgreSQL fail the whole load."""
    for row in rows:
        for column, longest in _lengths(table).items():
            text = row.get(column)
            if isinstance(text, str) and len(text) > longest:
                raise Unfit(f"{column} is longer than {longest} characters: {text[:40]}…")


@cache
def _lengths(table: type[Base]) -> dict[str, int]:
    return {
        column.name: column.type.length
        for column in table.__table__.columns
        if isinstance(column.type, String) and column.type.length
    }


def by_language(texts: Iterable[ptv.Text]) -> dict[str, str]:
    """The first text of each language; empty ones say nothing."""
    found: dict[str, str] = {}
    for text in texts:
        if text.value and text.value.strip():
            found.setdefault(text.language, text.value.strip())
    return found


def of_type(texts: Iterable[ptv.TypedText], *types: str) -> dict[str, str]:
    return by_language(text for text in texts if text.type in types)


def area_ids(record: ptv.Service | ptv.BaseChannel, codes: AreaCodes) -> list[str]:
    """Where the record is valid; empty means everywhere."""
    match record.area_type:
        case None | "Nationwide" | "WholeCountry":
            return []
        case "NationwideExceptAlandIslands" | "WholeCountryExceptAlandIslands":
            return list(codes.mainland)
        case "LimitedType" | "AreaType":
            return _limited(record.areas, codes)
        case other:
            raise Unfit(f"unknown area type {other}")


def _limited(areas: Iterable[ptv.Area], codes: AreaCodes) -> list[str]:
    ids = [id_ for area in areas for id_ in _area(area, codes)]
    if not ids:
        raise Unfit("limited to areas that it does not name")
    return sorted(set(ids))


def _area(area: ptv.Area, codes: AreaCodes) -> list[str]:
    """The catalogue's areas; those that it does not know become their municipalities."""
    if area.code and area.type in ("Region", "Province"):
        return [codes.region(area.code)]
    if area.code and area.type.startswith("Wellbeing"):
        return [codes.county(area.code)]
    if area.code and area.type == "Municipality" and not area.municipalities:
        return [codes.municipality(area.code)]
    if not area.municipalities:
        raise Unfit(f"area {area.type} {area.code or ''} names no municipality")
    return [codes.municipality(municipality.code) for municipality in area.municipalities]


def area_needs(ids: Iterable[str]) -> set[Need]:
    return {(Area, id_) for id_ in ids}


def source(file: Path, publisher: str) -> str:
    return f"{file.name}: {publisher}"[:120] if publisher else file.name[:120]


def staged(
    table: type[Base],
    file: Path,
    row: Row,
    children: Children,
    needs: set[Need],
    **more: Any,
) -> Staged:
    """The record with its hash, every text of it checked for length."""
    check_lengths(table, [row])
    for child, rows in children.items():
        check_lengths(child, rows)
    hashed = content_hash(
        {name: value for name, value in row.items() if name != "source"},
        children,
        more.get("links"),
    )
    return Staged(
        table=table,
        id=row["id"],
        file=file,
        row=row,
        children=children,
        needs=frozenset(needs),
        content_hash=hashed,
        **more,
    )
