"""The services that take reports of faults in public places."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VALUES = Path(__file__).parent / "data" / "faults.csv"
LANGUAGES = ("fi", "sv")


@dataclass(frozen=True)
class FaultService:
    """A service and what its faults are about, by language; keywords stand between commas."""

    service_id: str
    groups: Mapping[str, str]
    keywords: Mapping[str, str]


@cache
def fault_services() -> Mapping[str, FaultService]:
    """The fault services as shipped, by service id, in the order that they are shown in."""
    with VALUES.open(encoding="utf-8", newline="") as lines:
        return {row["service"]: _of(row) for row in csv.DictReader(lines)}


def _of(row: Mapping[str, str]) -> FaultService:
    return FaultService(
        row["service"],
        {language: row[f"group_{language}"] for language in LANGUAGES},
        {language: row[f"keywords_{language}"] for language in LANGUAGES},
    )
