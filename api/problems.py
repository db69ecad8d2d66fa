"""Errors, told in both languages: one table from what went wrong to a status and a sentence."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from api.contract import Problem
from api.problem_pages import problem_page, said_on_a_page, wants_page
from api.shield import protecting
from api.watching import HEADER, declared
from desk.errors import (
    CallUnknown,
    CodeUnknown,
    MessageIdReused,
    NobodyToOwn,
    NoNumber,
    NothingToRate,
    NumberUnclear,
    RatingFixed,
    ReopenTooLate,
    SlotTaken,
    TicketClosed,
    TicketUnknown,
)

TEXTS = Path(__file__).parent / "texts" / "problems.yml"
STATUS: dict[type[Exception], tuple[int, str]] = {
    MessageIdReused: (409, "message_id_reused"),
    TicketUnknown: (404, "ticket_unknown"),
    CodeUnknown: (404, "code_unknown"),
    TicketClosed: (409, "ticket_closed"),
    CallUnknown: (409, "call_unknown"),
    NothingToRate: (409, "nothing_to_rate"),
    RatingFixed: (409, "rating_fixed"),
    ReopenTooLate: (409, "reopen_too_late"),
    SlotTaken: (409, "slot_taken"),
    NoNumber: (422, "number_missing"),
    NumberUnclear: (422, "number_unclear"),
    NobodyToOwn: (503, "busy"),
    SQLAlchemyError: (503, "busy"),
}
HTTP = {
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    408: "too_slow",
    413: "too_long",
    429: "too_many_tries",
    503: "busy",
}
NO_HEADERS: Mapping[str, str] = {}
WRITTEN = ("text", "q")  # the fields whose length is the customer's to change

log = logging.getLogger("luukku.problems")


@dataclass(frozen=True)
class Problems:
    texts: dict[str, dict[str, str]]

    def answer(
        self, request: Request, status: int, error: str, headers: Mapping[str, str] = NO_HEADERS
    ) -> Response:
        text = self.texts[error]
        if wants_page(request.scope):
            return problem_page(request.scope, status, said_on_a_page(error, text), headers)
        body = Problem(error=error, fi=text["fi"], sv=text["sv"])
        return JSONResponse(body.model_dump(), status, headers=dict(headers))


def status_of(error: Exception) -> tuple[int, str]:
    """The status of an error that STATUS knows, and the name of the sentence that tells it."""
    return next(told for kind, told in STATUS.items() if isinstance(error, kind))


def handle_problems(app: FastAPI) -> None:
    """Every error leaves with a Finnish and a Swedish sentence, and says nothing inner: as JSON, or
    as a page where a browser asked for one."""
    problems = Problems(yaml.safe_load(TEXTS.read_text("utf-8")))

    async def known(request: Request, error: Exception) -> Response:
        status, name = status_of(error)
        if status >= 500:
            # The type alone: a database error's text holds the statement and its values.
            log.error("%s at %s", type(error).__name__, _route(request))
        return problems.answer(request, status, name)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        too_long = any(
            one["type"] == "string_too_long" and one["loc"][-1] in WRITTEN for one in error.errors()
        )
        return problems.answer(request, 422, "too_long" if too_long else "not_understood")

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        name = HTTP.get(error.status_code, "not_understood")
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(request))
        return problems.answer(request, error.status_code, name, headers)

    async def unknown(request: Request, error: Exception) -> Response:
        log.error("%s at %s", type(error).__name__, _route(request))
        # Outermost of all: what the middlewares add to other answers has to be added here.
        added = {HEADER: request.state.request_id, **protecting(request.scope)}
        return problems.answer(request, 500, "our_fault", added)

    for kind in STATUS:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unknown)


def _route(request: Request) -> str:
    """The path as it is declared: the one asked for may hold a conversation's id, a secret."""
    return declared(request.scope, ())


def _allowed(request: Request) -> list[str]:
    """The methods of the address: several routes may share it, and Starlette asks the first."""
    routes = [one for one in request.app.routes if isinstance(one, Route)]
    met = [one for one in routes if one.matches(request.scope)[0] is Match.PARTIAL]
    return sorted(
        {method for one in met if one.path == met[0].path for method in one.methods or ()}
    )
