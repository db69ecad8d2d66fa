"""The project's own questions: what finding is fitted and measured on.

The first development questions were written with the catalogue at hand, so a figure measured on
them is kinder than strangers' questions will be; "strangers" and "blind" were written without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "questions"
LANGUAGES = ("fi", "sv")


@dataclass(frozen=True)
class Question:
    text: str
    language: str
    expect: tuple[str, ...]  # ids of the right services; empty where no authority has to do with it
    kind: str


def development() -> list[Question]:
    """Every development question, Finnish first."""
    return _questions("{language}.jsonl")


def strangers() -> list[Question]:
    """Development questions whose writer had seen neither the catalogue nor the phrases."""
    return _questions("strangers_{language}.jsonl")


def passers() -> list[Question]:
    """Questions of strangers written later, fault reports among them; Finnish first."""
    return _questions("passers_{language}.jsonl")


def blind() -> list[Question]:
    """Questions written before their writer had seen the catalogue; never fit anything on them."""
    return _questions("blind_{language}.jsonl")


def _questions(name: str) -> list[Question]:
    return [
        Question(row["question"], language, tuple(row["expect"]), row["kind"])
        for language in LANGUAGES
        for row in _rows(FOLDER / name.format(language=language))
    ]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
