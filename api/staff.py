"""The staff's pages: log-in, the queue, a ticket, and what can be done with it.

In this version every member of staff may read and answer every ticket: the desk is one, and
whoever is at work helps. Who owns a ticket is shown, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Header, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError

from api import staff_work
from api.contract import LAST_LINE, LONGEST_MESSAGE, Language, Storable
from api.doors import Doors, doors
from api.page_texts import language_of, page, texts
from api.staff_session import (
    COOKIE,
    LASTS,
    FormForged,
    FormOf,
    Me,
    NotSignedIn,
    SignedIn,
    WrongLogins,
    form_field,
    sign_in,
    sign_out,
    wrong_logins,
)
from api.staff_views import queue, ticket_view
from api.staff_why import why_view
from api.staff_work import AnswerRefused
from desk.errors import TicketClosed, TicketUnknown

# What a page says when the desk refuses, and with which status.
REFUSED: dict[type[Exception], tuple[int, str]] = {
    FormForged: (403, "form_forged"),
    TicketUnknown: (404, "ticket_unknown"),
    TicketClosed: (409, "ticket_closed"),
    SQLAlchemyError: (503, "busy"),
}
HOME = "/staff"


class StaffRoute(APIRoute):
    """Every refusal is a page that says what to do and keeps what was written."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except NotSignedIn:
                return await _ask_to_sign_in(request)
            except tuple(REFUSED) as error:
                return await _refusal(request, error)

        return handled


router = APIRouter(prefix=HOME, include_in_schema=False, route_class=StaffRoute)

At = Annotated[Doors, Depends(doors)]
Lang = Annotated[str | None, Query(max_length=5)]
FormText = Annotated[str, Form(), Storable]
Seen = Annotated[int, Form(ge=0, le=LAST_LINE)]
Code = Annotated[str, Storable]


@router.get("/login")
async def login_form(
    lang: Lang = None, accept_language: Annotated[str, Header(max_length=500)] = ""
) -> HTMLResponse:
    return _login_page(language_of(lang, accept_language))


@router.post("/login")
async def log_in(
    at: At,
    wrong: Annotated[WrongLogins, Depends(wrong_logins)],
    login: FormText = "",
    password: FormText = "",
    next_: Annotated[str, Form(alias="next"), Storable] = "",
    lang: Lang = None,
    accept_language: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """Opens a session; what was wrong is never told apart, and guessing is slowed down."""
    language = language_of(lang, accept_language)
    if wrong.too_many(login, at.desk.now()):
        problem = texts("problems", language)["too_many"]
        return _login_page(language, status=429, login=login, next=next_, problem=problem)
    wrong.add(login, at.desk.now())
    token = await at.work(sign_in, at, login, password)
    if token is None:
        problem = texts("staff", language)["login_wrong"]
        return _login_page(language, status=401, login=login, next=next_, problem=problem)
    wrong.forget(login)
    answer = RedirectResponse(_own_path(next_, lang), 303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path=HOME,
        secure=at.settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout")
async def log_out(at: At, me: FormOf, lang: Lang = None) -> RedirectResponse:
    await at.work(sign_out, at, me)
    answer = RedirectResponse(_path(f"{HOME}/login", lang or me.language), 303)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


@router.get("")
async def tickets(
    at: At, me: Me, show: Annotated[str, Query(max_length=10)] = "", lang: Lang = None
) -> HTMLResponse:
    """Who waits: the person's own tickets, or with `show=all` everybody's."""
    language, everyone = language_of(lang, "", otherwise=me.language), show == "all"
    found = await at.work(_queue, at, language, None if everyone else me.person_id)
    switch = "show=all&" if everyone else ""
    return _page("queue", language, me, queue=found, everyone=everyone, switch_query=switch)


@router.get("/tickets/{code}")
async def ticket(
    at: At,
    me: Me,
    code: Code,
    done: Annotated[str, Query(max_length=20)] = "",
    lang: Lang = None,
) -> HTMLResponse:
    language = language_of(lang, "", otherwise=me.language)
    said = texts("staff", language).get(f"done_{done}", "")
    return await _ticket_page(at, me, code, language, done=said)


@router.get("/tickets/{code}/why")
async def why(
    at: At,
    me: Me,
    code: Code,
    turn: Annotated[int | None, Query(ge=1, le=LAST_LINE)] = None,
    lang: Lang = None,
) -> HTMLResponse:
    """Why the message of this number was answered so; else the one that made the ticket."""
    language = language_of(lang, "", otherwise=me.language)
    view = await at.work(why_view, at, code, turn, language)
    return _page("why", language, me, view=view, switch_query=f"turn={view.why.turn}&")


@router.get("/tickets/{code}/{what}")
async def ticket_again(code: Code, what: str, lang: Lang = None) -> RedirectResponse:
    """The address of a form that was not taken, opened anew."""
    return RedirectResponse(_path(f"{HOME}/tickets/{code}", lang), 303)


@router.post("/tickets/{code}/answer")
async def answer(
    at: At, me: FormOf, code: Code, text: FormText = "", seen: Seen = 0, lang: Lang = None
) -> Response:
    try:
        await at.work(staff_work.answer, at, code, me.person_id, text, seen)
    except AnswerRefused as refused:
        return await _not_sent(at, me, code, lang, text, refused)
    return _done(code, "answered", lang)


@router.post("/tickets/{code}/close")
async def close(
    at: At, me: FormOf, code: Code, text: FormText = "", seen: Seen = 0, lang: Lang = None
) -> Response:
    try:
        await at.work(staff_work.close, at, code, me.person_id, text, seen)
    except AnswerRefused as refused:
        return await _not_sent(at, me, code, lang, text, refused)
    return _done(code, "closed", lang)


@router.post("/tickets/{code}/take")
async def take(at: At, me: FormOf, code: Code, lang: Lang = None) -> RedirectResponse:
    await at.work(staff_work.take_floor, at, code, me.person_id)
    return _done(code, "taken", lang)


@router.post("/tickets/{code}/hand-back")
async def hand_back(at: At, me: FormOf, code: Code, lang: Lang = None) -> RedirectResponse:
    await at.work(staff_work.hand_back, at, code, me.person_id)
    return _done(code, "handed_back", lang)


def _queue(at: Doors, language: Language, owner_id: int | None) -> Any:
    with at.desk.reading() as session:
        return queue(session, language, owner_id=owner_id, now=at.desk.now())


async def _ticket_page(
    at: Doors, me: SignedIn, code: str, language: Language, *, status: int = 200, **values: str
) -> HTMLResponse:
    def look() -> Any:
        with at.desk.reading() as session:
            now = at.desk.now()
            return ticket_view(session, code, language, person_id=me.person_id, now=now)

    shown = {"done": "", "problem": "", "text": ""} | values
    return _page("ticket", language, me, status=status, ticket=await at.work(look), **shown)


async def _not_sent(
    at: Doors, me: SignedIn, code: str, lang: str | None, text: str, refused: AnswerRefused
) -> HTMLResponse:
    language = language_of(lang, "", otherwise=me.language)
    problem = texts("staff", language)[refused.reason].format(most=LONGEST_MESSAGE)
    return await _ticket_page(at, me, code, language, status=422, problem=problem, text=text)


def _done(code: str, what: str, lang: str | None) -> RedirectResponse:
    return RedirectResponse(_path(f"{HOME}/tickets/{code}", lang, done=what), 303)


def _path(path: str, lang: str | None, **query: str) -> str:
    """The path with what was done and the language that was chosen, if one was."""
    full = query | ({"lang": language_of(lang, "")} if lang else {})
    return f"{path}?{urlencode(full)}" if full else path


def _own_path(wanted: str, lang: str | None) -> str:
    """Where to go after log-in: only ever a page of the staff's own."""
    own = wanted == HOME or wanted.startswith((f"{HOME}/tickets/", f"{HOME}?"))
    return wanted if own else _path(HOME, lang)


def _page(
    name: str, language: Language, me: SignedIn | None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    frame: dict[str, Any] = {
        "t": texts("staff", language),
        "me": me,
        "form_token": me.form_token if me else "",
        "switch_query": "",
    }
    return page(f"staff/{name}.html", language, status=status, **(frame | values))


def _login_page(language: Language, *, status: int = 200, **values: str) -> HTMLResponse:
    shown = {"problem": "", "unsent": "", "login": "", "next": ""} | values
    return _page("login", language, None, status=status, **shown)


async def _ask_to_sign_in(request: Request) -> Response:
    """A page asked for leads to the log-in and back; a form sent too late keeps its text."""
    language = _language(request)
    if request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return _login_page(language, status=401, next=wanted)
    problem = texts("staff", language)["login_expired"]
    wanted = request.url.path.rsplit("/", 1)[0]
    unsent = await _written(request)
    return _login_page(language, status=401, next=wanted, problem=problem, unsent=unsent)


async def _refusal(request: Request, error: Exception) -> HTMLResponse:
    status, name = next(told for kind, told in REFUSED.items() if isinstance(error, kind))
    language = _language(request)
    problem = texts("staff", language)[name]
    unsent = await _written(request)
    return _page("problem", language, None, status=status, problem=problem, unsent=unsent)


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang"), request.headers.get("Accept-Language", ""))


async def _written(request: Request) -> str:
    return await form_field(request, "text") if request.method == "POST" else ""
