"""The staff's pages: log-in, the queue, what an alarm tells.

Every member of staff whose role reads and answers may do so with every ticket: the desk is one,
and whoever is at work helps. Who owns a ticket is shown, and stays until it is handed on.
"""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import (
    counter,
    counter_receipts,
    staff_absences,
    staff_access,
    staff_callbacks,
    staff_canned,
    staff_catalogue,
    staff_due,
    staff_files,
    staff_ledger,
    staff_live,
    staff_oidc,
    staff_people,
    staff_rota,
    staff_tickets,
    staff_webhooks,
)
from api.contract import LAST_LINE, Language, Storable
from api.doors import Doors
from api.page_texts import language_of, texts
from api.staff_oidc import signed_out
from api.staff_pages import (
    HOME,
    At,
    FormText,
    Lang,
    StaffRoute,
    language_for,
    login_page,
    own_path,
    seen_other,
    staff_page,
)
from api.staff_queue import SHOWS, Queue, Show, queue, search_result
from api.staff_session import (
    COOKIE,
    FormOf,
    Me,
    SignedIn,
    form_for,
    keep_cookie,
    sign_in,
    sign_out,
    wrong_logins,
)
from api.tries import Tries
from desk import alarms
from desk.errors import AlarmUnknown
from desk.staff import normal_login

router = APIRouter(prefix=HOME, include_in_schema=False, route_class=StaffRoute)


@router.get("/login")
async def login_form(
    at: At,
    refused: Annotated[str, Query(max_length=20)] = "",
    next_: Annotated[str, Query(alias="next"), Storable] = "",
    lang: Lang = None,
    accept_language: Annotated[str, Header(max_length=500)] = "",
) -> HTMLResponse:
    """`refused`: why the organisation's own log-in did not come about."""
    language = language_of(lang, accept_language)
    problem = texts("oidc", language).get(f"refused_{refused}", "")
    return login_page(at, language, problem=problem, next=next_)


@router.post("/login")
async def log_in(
    at: At,
    wrong: Annotated[Tries, Depends(wrong_logins)],
    login: FormText = "",
    password: FormText = "",
    next_: Annotated[str, Form(alias="next"), Storable] = "",
    lang: Lang = None,
    accept_language: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """Opens a session; what was wrong is never told apart, and guessing is slowed down."""
    language = language_of(lang, accept_language)
    if at.settings.oidc_only:
        problem = texts("oidc", language)["refused_only"]
        return login_page(at, language, status=403, next=next_, problem=problem)
    known = normal_login(login)
    if await at.counts.aside(wrong.take, known):
        problem = texts("problems", language)["too_many"]
        return login_page(at, language, status=429, login=login, next=next_, problem=problem)
    token = await at.work(sign_in, at, login, password)
    if token is None:
        problem = texts("staff", language)["login_wrong"]
        return login_page(at, language, status=401, login=login, next=next_, problem=problem)
    await at.counts.aside(wrong.forget, known)
    answer = RedirectResponse(own_path(next_, lang), 303)
    keep_cookie(at, answer, token)
    return answer


@router.post("/logout")
async def log_out(request: Request, at: At, me: FormOf, lang: Lang = None) -> Response:
    await at.work(sign_out, at, me)
    answer = await signed_out(request, at, language_for(me, lang))
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


for part in (
    staff_tickets,
    staff_due,
    staff_files,
    staff_canned,
    staff_absences,
    staff_callbacks,
    staff_live,
    staff_ledger,
    staff_access,
    staff_people,
    staff_rota,
    staff_catalogue,
    staff_oidc,
    staff_webhooks,
    counter_receipts,
    counter,
):
    # Their addresses are whole already; together they are one list that can be walked through.
    router.routes.extend(part.router.routes)
