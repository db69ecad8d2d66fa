"""A problem as a page: what a browser asked for by itself, without a script, is never JSON."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from api.contract import Language
from api.page_texts import LANGUAGES, language_of, page, texts

WAITING = (429, 503)  # what will do by itself, in a while


def wants_page(scope: Scope) -> bool:
    """Whether a person is to read the answer: browsers ask for pages by name, programs do not."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def problem_page(
    scope: Scope, status: int, said: Mapping[Language, str], headers: Mapping[str, str]
) -> HTMLResponse:
    """The sentence in both languages, the reader's first, and the way back to the desk.

    Nothing of the body is read: it may be what the problem is.
    """
    language = _language(scope)
    other: Language = "sv" if language == "fi" else "fi"
    t = texts("chat", language) | texts("problem_page", language)
    shown = page(
        "problem.html",
        language,
        status=status,
        t=t,
        title=t["title_wait" if status in WAITING else "title"],
        text=said[language],
        in_other=said[other],
    )
    shown.headers.update({"Vary": "Accept, Accept-Language", **headers})
    return shown


def said_on_a_page(error: str, otherwise: Mapping[str, str]) -> dict[Language, str]:
    """The problem's sentence in both languages, in a page's own words where it has some."""
    return {one: texts("problem_page", one).get(error, otherwise[one]) for one in LANGUAGES}


def _language(scope: Scope) -> Language:
    """The address's; else that of the page the form stood on; else the browser's."""
    headers = Headers(scope=scope)
    before = parse_qs(urlsplit(headers.get("referer", "")).query).get("lang", [""])
    asked = QueryParams(scope["query_string"]).get("lang") or before[0]
    return language_of(asked, headers.get("accept-language", ""))
