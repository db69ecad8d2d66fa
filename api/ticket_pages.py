"""The customer's page of a matter: looked up, written to, rated and opened again by forms.

No script is needed. Code and secret travel in form bodies only, never in an address, and the page
is not stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api import file_problems
from api.contract import (
    LONGEST_MESSAGE,
    AddIn,
    Language,
    RatingIn,
    Storable,
    TicketState,
    line_number,
)
from api.page_texts import In, language_of, page, texts
from api.problems import status_of
from api.ticket_visits import Pair, Visiting
from desk.errors import DeskError, FileRefused, FileUnknown, TicketClosed, TicketUnknown

router = APIRouter(include_in_schema=False)

Lang = Annotated[str | None, Query(max_length=5)]
FormText = Annotated[str, Form(), Storable]


async def _pair(code: FormText = "", secret: FormText = "") -> Pair:
    return Pair(code, secret)


Given = Annotated[Pair, Depends(_pair)]

type Asks = Callable[[], Awaitable[TicketState]]


class FormRefused(DeskError):
    """The form cannot be taken as it is; `sentence` tells the customer what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@router.get("/ticket")
async def ask(language: In) -> HTMLResponse:
    return matter_page(language)


@router.get("/ticket/{what}")
async def ask_again(what: str, lang: Lang = None) -> RedirectResponse:
    """The address of a form's answer, opened anew: neither code nor secret is in it."""
    return RedirectResponse(f"/ticket?lang={language_of(lang, '')}", 303)


@router.post("/ticket")
async def show(
    visit: Visiting,
    pair: Given,
    language: In,
) -> HTMLResponse:
    """The customer's matter; one and the same answer whichever of code and secret is wrong."""
    most = visit.at.settings.attachment_max_mb
    return await _shown(lambda: visit.look(pair, language), pair, language, most_mb=most)


@router.post("/ticket/message")
async def add(
    visit: Visiting,
    pair: Given,
    language: In,
    text: FormText = "",
    seen: FormText = "",
) -> HTMLResponse:
    """What the customer writes is before the owner, and the page tells what happens next."""

    async def adds() -> TicketState:
        return await visit.add(pair, _words(text, seen, language), language)

    return await after_deed(visit, pair, language, adds, done="done_message", text=text)


@router.post("/ticket/reopen")
async def reopen(
    visit: Visiting,
    pair: Given,
    language: In,
    text: FormText = "",
    seen: FormText = "",
) -> HTMLResponse:
    """The matter is open again, and the page tells who has it and by when an answer comes."""

    async def reopens() -> TicketState:
        return await visit.reopen(pair, _words(text, seen, language), language)

    return await after_deed(visit, pair, language, reopens, done="done_reopened", text=text)


@router.post("/ticket/rating")
async def rate(
    visit: Visiting,
    pair: Given,
    language: In,
    stars: FormText = "",
    text: FormText = "",
) -> HTMLResponse:
    """What the customer thinks of the answer is kept, and the page says who sees it."""

    async def rates() -> TicketState:
        return await visit.rate(pair, _rating(stars, text, language), language)

    return await after_deed(visit, pair, language, rates, done="done_rated", words=text)


def _words(text: str, seen: str, language: Language) -> AddIn:
    """Raises FormRefused."""
    if not text.strip():
        raise FormRefused(texts("chat", language)["write_something"])
    if len(text.strip()) > LONGEST_MESSAGE:
        raise FormRefused(texts("problems", language)["too_long"])
    return AddIn(text=_in_lines(text), seen=line_number(seen))


def _rating(stars: str, text: str, language: Language) -> RatingIn:
    """Raises FormRefused."""
    if len(text.strip()) > LONGEST_MESSAGE:
        raise FormRefused(texts("problems", language)["too_long"])
    try:
        return RatingIn.model_validate({"stars": stars, "text": _in_lines(text)})
    except ValidationError:
        raise FormRefused(texts("ticket", language)["choose_stars"]) from None


def _in_lines(text: str) -> str:
    """A form ends its lines as a telegraph did."""
    return text.replace("\r\n", "\n")


async def after_deed(
    visit: Visiting, pair: Pair, language: Language, asks: Asks, *, done: str, **kept: str
) -> HTMLResponse:
    """The page after the deed, or with what the customer wrote and why it was not taken."""
    kept["most_mb"] = str(visit.at.settings.attachment_max_mb)
    try:
        told = _texts(language)[done]
        return await _shown(asks, pair, language, done=told, most_mb=kept["most_mb"])
    except (DeskError, SQLAlchemyError) as error:
        problem, status = _problem(error, language)
    # If the database cannot even be read, this fails too, and the error handlers tell it.
    return await _shown(
        lambda: visit.look(pair, language), pair, language, status=status, problem=problem, **kept
    )


def _problem(error: Exception, language: Language) -> tuple[str, int]:
    if isinstance(error, FormRefused):
        return error.sentence, 422
    if isinstance(error, FileRefused | FileUnknown):
        status, sentence = file_problems.told(error, language)
        return sentence, status
    if isinstance(error, TicketClosed):
        return texts("ticket", language)["closed_meanwhile"], 409
    status, name = status_of(error)
    return texts("problems", language)[name], status


async def _shown(
    asks: Asks, pair: Pair, language: Language, *, status: int = 200, **values: Any
) -> HTMLResponse:
    try:
        return matter_page(language, status=status, ticket=await asks(), pair=pair, **values)
    except TicketUnknown:
        problem = texts("problems", language)["ticket_unknown"]
        return matter_page(language, status=404, pair=pair, problem=problem)
    except HTTPException as error:
        if error.status_code != 429:
            raise
        problem = texts("problems", language)["too_many_tries"]
        refused = matter_page(language, status=429, pair=pair, problem=problem)
        refused.headers.update(error.headers or {})
        return refused


def matter_page(language: Language, *, status: int = 200, **values: Any) -> HTMLResponse:
    empty: dict[str, Any] = {
        "ticket": None,
        "pair": Pair("", ""),
        "problem": "",
        "done": "",
        "text": "",
        "words": "",
        "most_mb": "",
        "number": "",
    }
    t = _texts(language)
    shown = page("ticket.html", language, status=status, t=t, **(empty | values))
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _texts(language: Language) -> dict[str, str]:
    told: dict[str, str] = {}
    for name in ("chat", "ticket", "files", "callbacks", "privacy"):
        told |= texts(name, language)
    return told
