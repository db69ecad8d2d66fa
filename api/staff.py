"""The staff's pages: log-in, the queue, what an alarm tells.

Every member of staff whose role reads and answers may do so with every ticket: the desk is one,
and whoever is at work helps. Who owns a ticket is shown, and stays until it is handed on.
"""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import staff_absences, staff_ledger, staff_people, staff_tickets
from api.contract import LAST_LINE, Language, Storable
from api.doors import Doors
from api.page_texts import language_of, texts
from api.staff_pages import (
    HOME,
    At,
    FormText,
    Lang,
    StaffRoute,
    language_for,
    login_page,
    own_path,
    path_to,
    seen_other,
    staff_page,
)
from api.staff_queue import SHOWS, Queue, Show, queue, search_result
from api.staff_session import (
    COOKIE,
    LASTS,
    FormOf,
    Me,
    SignedIn,
    WrongLogins,
    form_for,
    sign_in,
    sign_out,
    wrong_logins,
)
from desk import alarms
from desk.errors import AlarmUnknown

router = APIRouter(prefix=HOME, include_in_schema=False, route_class=StaffRoute)


@router.get("/login")
async def login_form(
    lang: Lang = None, accept_language: Annotated[str, Header(max_length=500)] = ""
) -> HTMLResponse:
    return login_page(language_of(lang, accept_language))


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
        return login_page(language, status=429, login=login, next=next_, problem=problem)
    wrong.add(login, at.desk.now())
    token = await at.work(sign_in, at, login, password)
    if token is None:
        problem = texts("staff", language)["login_wrong"]
        return login_page(language, status=401, login=login, next=next_, problem=problem)
    wrong.forget(login)
    answer = RedirectResponse(own_path(next_, lang), 303)
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
    answer = RedirectResponse(path_to(f"{HOME}/login", lang or me.language), 303)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


@router.get("")
async def tickets(
    at: At,
    me: Me,
    show: Annotated[str, Query(max_length=10)] = "",
    find: Annotated[str, Query(), Storable] = "",
    lang: Lang = None,
) -> Response:
    """Who waits: the person's own tickets, or another of the queues, or what a search finds."""
    if "read" not in me.tasks:
        return seen_other(f"{HOME}/absences", lang)
    language = language_for(me, lang)
    chosen: Show = next((one for one in SHOWS if one == show), "mine")
    found = await at.work(_queue, at, me, language, chosen, find.strip())
    return staff_page("queue", language, me, part=HOME, **_shown(found, find.strip()))


def _queue(at: Doors, me: SignedIn, language: Language, show: Show, find: str) -> Queue:
    now = at.desk.now()
    with at.desk.reading() as session:
        if find:
            return search_result(session, language, me.person_id, find, now=now)
        return queue(session, language, me.person_id, show, now=now)


def _shown(found: Queue, find: str) -> dict[str, Any]:
    switch = f"show={found.show}&" if found.show else ""
    # What is looked for may tell of a person: it goes on in the form alone, not in a link.
    return {"queue": found, "shows": SHOWS, "find": find, "switch_query": switch}


@router.post("/seen")
async def see_alarm(
    at: At,
    me: Annotated[SignedIn, Depends(form_for("read"))],
    alarm: Annotated[int, Form(ge=1, le=LAST_LINE)],
    lang: Lang = None,
) -> RedirectResponse:
    def see() -> None:
        # Another's alarm, or one that is gone: there is nothing of one's own to mark.
        with contextlib.suppress(AlarmUnknown), at.desk.writing() as session:
            alarms.see(session, alarm, me.person_id, now=at.desk.now())

    await at.work(see)
    return seen_other(HOME, lang)


for part in (staff_tickets, staff_absences, staff_ledger, staff_people):
    # Their addresses are whole already; together they are one list that can be walked through.
    router.routes.extend(part.router.routes)
