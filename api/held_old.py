"""The dated list of libraries held old knowingly: `docs/held-old.md`, its one home."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from api.prepare import NotPrepared
from api.settings import PROJECT

HELD_OLD = PROJECT / "docs" / "held-old.md"
COLUMNS = ("environment", "package", "version", "known", "held by", "contained by", "review by")
ADVISORY = re.compile(r"(CVE|GHSA|PYSEC)-[0-9A-Za-z-]+")


class ListUnreadable(NotPrepared):
    """A row of the list is not as it must be; the message says which."""


@dataclass(frozen=True)
class Held:
    """One library that is older than it could be, and what is known of it."""

    environment: str
    package: str
    version: str
    known: frozenset[str]  # advisories by any of their names
    review_by: date


def read(path: Path) -> list[Held]:
    """Every row of the page's table. Raises ListUnreadable."""
    rows = [_cells(line) for line in path.read_text().splitlines() if line.startswith("|")]
    if not rows or tuple(rows[0]) != COLUMNS:
        raise ListUnreadable(f"{path} has no table with the columns {', '.join(COLUMNS)}")
    return [_held(row, path) for row in rows[2:]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _held(row: list[str], path: Path) -> Held:
    if len(row) != len(COLUMNS) or not all(row):
        raise ListUnreadable(f"{path}: every column is filled in a row, not so: {row}")
    environment, package, version, known, _, _, review_by = row
    named = [] if known == "none" else [one.strip() for one in known.split(",")]
    if wrong := [one for one in named if not ADVISORY.fullmatch(one)]:
        raise ListUnreadable(f"{path}: {package}: {wrong[0]!r} is no advisory's name")
    try:
        last = date.fromisoformat(review_by)
    except ValueError:
        raise ListUnreadable(f"{path}: {package}: {review_by!r} is no date") from None
    return Held(environment, package, version, frozenset(named), last)
