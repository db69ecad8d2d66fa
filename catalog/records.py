"""Files of PTV records, in the forms in which they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.report import BadRecord


@dataclass(frozen=True, slots=True)
class RawRecord:
    file: Path
    id: str  # as given, or its place in the file
    body: Any


def raw_records(file: Path) -> Iterator[RawRecord | BadRecord]:
    """Every record of the file: one object, an array, PTV's `itemList` pages or JSON Lines.

    JSON Lines (`.jsonl`, `.ndjson`) are read line by line, so the file may be larger than memory.
    """
    try:
        yield from _by_line(file) if _is_lines(file) else _whole(file)
    except (OSError, UnicodeDecodeError) as fault:
        yield BadRecord(file, "-", f"cannot be read: {fault}")


def _is_lines(file: Path) -> bool:
    return file.suffix in (".jsonl", ".ndjson")


def _whole(file: Path) -> Iterator[RawRecord | BadRecord]:
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as fault:
        if fault.msg == "Extra data":  # objects one after another: JSON Lines by another name
            yield from _by_line(file)
        else:
            yield BadRecord(file, f"line {fault.lineno}", f"not JSON: {fault.msg}")
        return
    for number, body in enumerate(_listed(document), start=1):
        yield RawRecord(file, _name(body, f"record {number}"), body)


def _listed(document: Any) -> list[Any]:
    if isinstance(document, list):
        pages = [_listed(item) if _is_page(item) else [item] for item in document]
        return [body for page in pages for body in page]
    return list(document["itemList"] or ()) if _is_page(document) else [document]


def _is_page(document: Any) -> bool:
    return isinstance(document, dict) and "itemList" in document


def _by_line(file: Path) -> Iterator[RawRecord | BadRecord]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                body = json.loads(line)
            except json.JSONDecodeError as fault:
                yield BadRecord(file, f"line {number}", f"not JSON: {fault.msg}")
                continue
            for item in _listed(body):
                yield RawRecord(file, _name(item, f"line {number}"), item)


def _name(body: Any, place: str) -> str:
    given = body.get("id") if isinstance(body, dict) else None
    return given if isinstance(given, str) and given else place
