"""Errors of the Open311 doors: the specification's list, in the format that was asked for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.contract import Language
from api.open311_contract import ErrorOut
from api.open311_formats import ERRORS, answer
from api.page_texts import language_of, texts
from desk.errors import NobodyToOwn

HTTP = {404: "not_found", 405: "not_found", 413: "too_large", 429: "too_many", 503: "busy"}
KINDS = {
    "missing": "missing",
    "string_too_long": "too_long",
    "location_missing": "location_missing",
}

log = logging.getLogger("luukku.open311")


class Refused(Exception):
    """What cannot be answered: the status, and the name of the sentence that says why."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status = status
        self.name = name


def handle_errors(app: FastAPI, router: APIRouter) -> None:
    """Every error of these routes leaves as a list of codes and sentences, and says nothing
    inner."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return _told(request, error.status, _sentence(request, error.name))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = error.errors()
        if any(one["loc"][0] == "path" for one in found):
            return _told(request, 404, _sentence(request, "not_found"))
        return _told(request, 400, *dict.fromkeys(_problem(request, one) for one in found))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        name = HTTP.get(error.status_code, "not_understood")
        told = _sentence(request, name)
        headers = (
            {"Allow": _allowed(request, router)} if error.status_code == 405 else error.headers
        )
        return _told(request, error.status_code, told, headers=headers)

    async def busy(request: Request, error: Exception) -> Response:
        # The type alone: a database error's text holds the statement and its values.
        log.error("%s", type(error).__name__)
        return _told(request, 503, _sentence(request, "busy"))

    async def unknown(request: Request, error: Exception) -> Response:
        log.error("%s", type(error).__name__)
        return _told(request, 500, _sentence(request, "our_fault"))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    for kind in (NobodyToOwn, SQLAlchemyError):
        app.add_exception_handler(kind, busy)
    app.add_exception_handler(Exception, unknown)


def _allowed(request: Request, router: APIRouter) -> str:
    """Every method of the address: reading and reporting are routes of their own."""
    routes = (one for one in router.routes if isinstance(one, APIRoute))
    there = [one for one in routes if one.matches(request.scope)[0] != Match.NONE]
    return ", ".join(sorted({method for one in there for method in one.methods or ()}))


def _problem(request: Request, error: Mapping[str, Any]) -> str:
    kind = KINDS.get(error["type"], "wrong")
    names = [str(one) for one in error["loc"][1:]]
    if not names and kind != "location_missing":
        return _sentence(request, "not_understood")
    return _sentence(request, kind, field=names[-1] if names else "")


def _sentence(request: Request, name: str, **values: str) -> str:
    accepted = request.headers.get("accept-language", "")
    language: Language = language_of(request.query_params.get("lang"), accepted)
    return texts("open311", language)[name].format(**values)


def _told(
    request: Request, status: int, *sentences: str, headers: Mapping[str, str] | None = None
) -> Response:
    form = "xml" if request.url.path.endswith(".xml") else "json"
    errors = [ErrorOut(code=status, description=one) for one in sentences]
    return answer(errors, ERRORS, form, status=status, headers=headers)
