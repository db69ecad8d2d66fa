"""What the danger model learns from, and the blind messages that it is measured on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from api.settings import PROJECT
from catalog.danger import in_danger
from catalog.language import Language
from catalog.phrases import read_phrases

NLU_DATA = PROJECT / "nlu_data"
BLIND = PROJECT / "tests" / "catalog" / "data"
LANGUAGES: tuple[Language, ...] = ("fi", "sv")

EMERGENCY, THREAT = "emergency", "threat"

Source = Literal["now", "not_now", "phrase", "intent"]


@dataclass(frozen=True)
class Example:
    text: str
    language: Language
    source: Source
    group: str  # examples of one group are held out together

    @property
    def danger(self) -> bool:
        return self.source == "now"


@dataclass(frozen=True)
class BlindMessage:
    """Written before its writer had seen the patterns; never fit anything on it."""

    text: str
    language: Language
    danger: bool


def examples() -> list[Example]:
    """Every training example, in an order that does not change."""
    return [*_written(), *harmless_phrases(), *_intents()]


def harmless_phrases() -> list[Example]:
    """The customers' words of the services, without those that the patterns or the lists of acute
    ones name; grouped by service, since its words in both languages say the same."""
    return [one for one in customers_phrases() if _harmless(one.text, one.language)]


def customers_phrases() -> list[Example]:
    """All of the customers' words, the acute ones too; a text of several services once."""
    services = {(language, text): service for service, language, text in _sorted_phrases()}
    return [
        Example(text, language, "phrase", service)
        for wanted in LANGUAGES
        for (language, text), service in services.items()
        if language == wanted
    ]


def blind() -> list[BlindMessage]:
    return [
        BlindMessage(row["text"], language, row["danger"])
        for language in LANGUAGES
        for row in _rows(BLIND / f"danger_blind_{language}.jsonl")
    ]


def _written() -> Iterator[Example]:
    sources: tuple[Source, ...] = ("now", "not_now")
    for language in LANGUAGES:
        for source in sources:
            for text in _file(language)[source]:
                yield Example(text, language, source, f"{source} {text}")


def _intents() -> Iterator[Example]:
    """What the bot learns from: an emergency is danger now, a threat is neither, the rest is
    harmless."""
    for language in LANGUAGES:
        written = set(_file(language)["now"])
        for text, intent in _said(language).items():
            if intent == EMERGENCY and text not in written:
                yield Example(text, language, "now", f"now {text}")
            elif intent not in (EMERGENCY, THREAT) and _harmless(text, language):
                yield Example(text, language, "intent", f"intent {text}")


def _said(language: Language) -> dict[str, str]:
    """Each text of the intents' examples, with its intent."""
    document = yaml.safe_load((NLU_DATA / language / "nlu.yml").read_text("utf-8"))
    return {
        line[2:].strip(): one["intent"]
        for one in document["nlu"]
        for line in one["examples"].splitlines()
        if line.startswith("- ")
    }


def _harmless(text: str, language: Language) -> bool:
    return text not in _file(language)["acute"] and in_danger(text, language) is None


def _sorted_phrases() -> list[tuple[str, Language, str]]:
    known = sorted(read_phrases(NLU_DATA).keys)
    return [
        (service, "sv" if language == "sv" else "fi", text) for service, language, text in known
    ]


@lru_cache(maxsize=2)
def _file(language: Language) -> dict[str, list[str]]:
    text = (NLU_DATA / "danger" / f"{language}.yml").read_text("utf-8")
    read: dict[str, list[str]] = yaml.safe_load(text)
    return read


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
