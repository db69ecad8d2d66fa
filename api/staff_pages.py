"""What the staff's pages share: their frame, their addresses, and a page for every refusal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api import deeds
from api.contract import LAST_LINE, Language, Storable
from api.doors import Doors, doors
from api.page_texts import language_of, page, texts
from api.staff_session import STAFF, FormForged, NotSignedIn, SignedIn, form_field
from desk.errors import FileUnknown, NotAllowed, TicketClosed, TicketUnknown
from desk.roles import Task

# What a page says when the desk refuses, and with which status.
REFUSED: dict[type[Exception], tuple[int, str]] = {
    FormForged: (403, "form_forged"),
    NotAllowed: (403, "not_allowed"),
    TicketUnknown: (404, "ticket_unknown"),
    FileUnknown: (404, "file_unknown"),
    TicketClosed: (409, "ticket_closed"),
    SQLAlchemyError: (503, "busy"),
}
HOME = STAFF
# The parts of the console: address, the text that names it, and who may open it.
PARTS: tuple[tuple[str, str, Task], ...] = (
    (HOME, "queue_title", "read"),
    (f"{HOME}/live", "live_title", "read"),
    (f"{HOME}/callbacks", "callbacks_title", "read"),
    (f"{HOME}/counter", "counter_title", "counter"),
    (f"{HOME}/absences", "absences_title", "own_absence"),
    (f"{HOME}/rota", "rota_title", "rota"),
    (f"{HOME}/catalogue", "catalogue_title", "catalogue"),
    (f"{HOME}/canned", "canned_title", "canned"),
    (f"{HOME}/ledger", "ledger_title", "ledger"),
    (f"{HOME}/access", "access_title", "access_log"),
    (f"{HOME}/people", "people_title", "people"),
    (f"{HOME}/webhooks", "webhooks_title", "webhooks"),
)
WRITTEN = ("text", "reason", "goal", "done_when", "result")  # fields that took thought to fill in

At = Annotated[Doors, Depends(doors)]
Lang = Annotated[str | None, Query(max_length=5)]
FormText = Annotated[str, Form(), Storable]
Seen = Annotated[int, Form(ge=0, le=LAST_LINE)]
Code = Annotated[str, Storable]


class StaffRoute(APIRoute):
    """Every refusal is a page that says what to do and keeps what was written."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            deed = deeds.begin(request)
            try:
                answer = await handle(request)
                await deeds.note_seen(request, deed, answer)
                return answer
            except NotSignedIn:
                return await _ask_to_sign_in(request)
            except tuple(REFUSED) as error:
                return await _refusal(request, error)
            except HTTPException as error:
                if error.status_code != 413:
                    raise
                return _too_large(request)
            finally:
                deed.over = True

        return handled


def row_id(written: str) -> int | None:
    """The number that a form's choice names; none for what no row can have."""
    # isdecimal: "²" is a digit to isdigit and to no number; nine digits fit every database.
    plain = written.isascii() and written.isdecimal() and len(written) < 10
    return int(written) if plain else None


def language_for(me: SignedIn, lang: str | None) -> Language:
    """The language asked for, else the person's own."""
    return language_of(lang, "", otherwise=me.language)


def path_to(path: str, lang: str | None, **query: str) -> str:
    """The path with what was done and the language that was chosen, if one was."""
    full = query | ({"lang": language_of(lang, "")} if lang else {})
    return f"{path}?{urlencode(full)}" if full else path


def own_path(wanted: str, lang: str | None) -> str:
    """Where to go after log-in: only ever a page of the staff's own."""
    parts = tuple(path for path, _, _ in PARTS)
    own = wanted in parts or wanted.startswith(
        (f"{HOME}/tickets/", *(f"{path}?" for path in parts))
    )
    return wanted if own else path_to(HOME, lang)


def seen_other(path: str, lang: str | None, **query: str) -> RedirectResponse:
    """The page to look at after a form was taken."""
    return RedirectResponse(path_to(path, lang, **query), 303)


def staff_page(
    name: str, language: Language, me: SignedIn | None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    tasks = me.tasks if me else frozenset()
    # What a form was sent with, by field; a field that was not in it is empty.
    values["written"] = defaultdict(str, values.get("written", {}))
    frame: dict[str, Any] = {
        "t": texts("staff", language),
        "me": me,
        "form_token": me.form_token if me else "",
        "parts": [(path, text) for path, text, task in PARTS if task in tasks],
        "part": "",
        "switch_query": "",
    }
    return page(f"staff/{name}.html", language, status=status, **(frame | values))


def login_page(at: Doors, language: Language, *, status: int = 200, **values: str) -> HTMLResponse:
    shown: dict[str, Any] = {"problem": "", "unsent": "", "login": "", "next": ""} | values
    shown["t"] = texts("staff", language) | texts("oidc", language)
    settings = at.settings
    shown |= {"organisation": bool(settings.oidc_issuer), "own": not settings.oidc_only}
    return staff_page("login", language, None, status=status, **shown)


async def _ask_to_sign_in(request: Request) -> Response:
    """A page asked for leads to the log-in and back; a form sent too late keeps its text."""
    language, at = _language(request), doors(request)
    if request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return login_page(at, language, status=401, next=wanted)
    problem = texts("staff", language)["login_expired"]
    wanted = request.url.path.rsplit("/", 1)[0]
    unsent = await _written(request)
    return login_page(at, language, status=401, next=wanted, problem=problem, unsent=unsent)


async def _refusal(request: Request, error: Exception) -> HTMLResponse:
    status, name = next(told for kind, told in REFUSED.items() if isinstance(error, kind))
    language = _language(request)
    problem = texts("staff", language)[name]
    unsent = await _written(request)
    return staff_page("problem", language, None, status=status, problem=problem, unsent=unsent)


def _too_large(request: Request) -> HTMLResponse:
    """The form was not read to its end: what was written is in the browser, a step back."""
    language = _language(request)
    problem = texts("files", language)["too_large"]
    return staff_page("problem", language, None, status=413, problem=problem, unsent="")


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang"), request.headers.get("Accept-Language", ""))


async def _written(request: Request) -> str:
    if request.method != "POST":
        return ""
    fields = [await form_field(request, name) for name in WRITTEN]
    return "\n\n".join(one for one in fields if one.strip())
