"""What the pages say, and the templates they say it in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Annotated, Any, Protocol

import yaml
from fastapi import Depends, Header, Query
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from actions.replies import HELSINKI, day_and_time
from api.contract import Language
from api.settings import PROJECT

TEXTS = PROJECT / "api" / "texts"
TEMPLATES = PROJECT / "api" / "templates"
LANGUAGES: tuple[Language, ...] = ("fi", "sv")
# A sign that ends a sentence or closes a bracket is not part of the address before it.
ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'”’]")


@cache
def texts(page: str, language: Language) -> dict[str, str]:
    """Every text of a file of api/texts, by name. Raises KeyError when a language is missing."""
    kept = yaml.safe_load((TEXTS / f"{page}.yml").read_text("utf-8"))
    return {name: entry[language] for name, entry in kept.items()}


def language_of(asked: str | None, accepted: str, *, otherwise: Language = "fi") -> Language:
    """The language asked for, else the first that the browser's Accept-Language names."""
    for name in [asked or "", *_by_preference(accepted)]:
        for language in LANGUAGES:
            if name.lower().split("-")[0] == language:
                return language
    return otherwise


async def asked_language(
    lang: Annotated[str | None, Query(max_length=5, description="fi or sv.")] = None,
    accepted: Annotated[str, Header(alias="Accept-Language", max_length=500)] = "",
) -> Language:
    """FastAPI dependency: the language that the address names, else the reader's."""
    return language_of(lang, accepted)


In = Annotated[Language, Depends(asked_language)]


def _by_preference(accepted: str) -> list[str]:
    weighed = []
    for part in accepted.split(","):
        name, _, weight = part.strip().partition(";q=")
        weighed.append((-_number(weight or "1"), name))
    return [name for _, name in sorted(weighed, key=lambda one: one[0])]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def linked(text: str) -> Markup:
    """The text, escaped, with its http and https addresses as links."""
    parts, end = [], 0
    for found in ADDRESS.finditer(text):
        parts.append(escape(text[end : found.start()]))
        address = escape(found[0])
        parts.append(Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(address))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def local_time(at: datetime, language: str) -> str:
    return day_and_time(at, "sv" if language == "sv" else "fi")


def file_size(size: int, t: Mapping[str, str]) -> str:
    """Bytes as people say them: "340 kt", "1,2 Mt"."""
    if size < 1_000_000:
        return t["size_kb"].format(size=max(1, round(size / 1_000)))
    return t["size_mb"].format(size=f"{size / 1_000_000:.1f}".replace(".", ","))


def local_day(day: date) -> str:
    """A day as both languages write it in digits: "3.12.2026"."""
    return f"{day.day}.{day.month}.{day.year}"


def local_clock(at: datetime) -> str:
    """The time of day in Finland as both languages write it: "8.30"."""
    local = at.astimezone(HELSINKI)
    return f"{local.hour}.{local.minute:02}"


def local_weekday(at: datetime, language: str) -> str:
    """The day in Finland as people say it: "torstaina 12.3.", "torsdag 12.3"."""
    return local_time(at, language).partition(" kl")[0]


class _Starts(Protocol):
    @property
    def starts_at(self) -> datetime: ...


def by_day[At: _Starts](slots: Iterable[At], language: str) -> list[tuple[str, list[At]]]:
    """Slots in their order, under the day that they begin on."""
    days = groupby(slots, key=lambda one: local_weekday(one.starts_at, language))
    return [(day, list(each)) for day, each in days]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["linked"] = linked
    environment.filters["local_time"] = local_time
    environment.filters["local_day"] = local_day
    environment.filters["local_clock"] = local_clock
    environment.filters["local_weekday"] = local_weekday
    environment.filters["groupby_day"] = by_day
    environment.filters["file_size"] = file_size
    return environment


def page(template: str, language: Language, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The template, filled, in this language."""
    other: Language = "sv" if language == "fi" else "fi"
    body = _templates().get_template(template).render(language=language, other=other, **values)
    return HTMLResponse(
        body, status, headers={"Content-Language": language, "Vary": "Accept-Language"}
    )
