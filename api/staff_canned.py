"""Ready answers: the page where leads and keepers keep them, and taking one into an answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response

from api.contract import LAST_LINE, LONGEST_MESSAGE, Language
from api.doors import Doors
from api.file_taking import Attached, sent
from api.page_texts import texts
from api.staff_canned_offers import with_canned
from api.staff_canned_view import EVERYBODY, canned_view
from api.staff_pages import (
    HOME,
    At,
    Code,
    FormText,
    Lang,
    StaffRoute,
    language_for,
    row_id,
    seen_other,
    staff_page,
)
from api.staff_session import SignedIn, form_for, page_for
from api.staff_ticket_page import ticket_page
from api.staff_views import ticket_by_code
from desk import canned
from desk.canned import LONGEST_TEXT, LONGEST_TITLE, PLACES, For, Words
from desk.errors import CannedRefused
from desk.models import Person

PATH = f"{HOME}/canned"
FOUND = 8  # services offered for what was looked for

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

Looker = Annotated[SignedIn, Depends(page_for("canned"))]
Keeper = Annotated[SignedIn, Depends(form_for("canned"))]
Answerer = Annotated[SignedIn, Depends(form_for("answer"))]


async def _fields(
    id_: Annotated[int, Form(alias="id", ge=0, le=LAST_LINE)] = 0,
    whom: FormText = "",
    title_fi: FormText = "",
    title_sv: FormText = "",
    text_fi: FormText = "",
    text_sv: FormText = "",
    service_words: FormText = "",
) -> dict[str, str]:
    return {
        "id": str(id_),
        "whom": whom,
        "title_fi": title_fi,
        "title_sv": title_sv,
        "text_fi": text_fi.replace("\r\n", "\n"),
        "text_sv": text_sv.replace("\r\n", "\n"),
        "service_words": service_words,
    }


Fields = Annotated[dict[str, str], Depends(_fields)]


@router.get(PATH)
async def canned_page(
    at: At,
    me: Looker,
    edit: Annotated[int, Query(ge=0, le=LAST_LINE)] = 0,
    done: Annotated[str, Query(max_length=20)] = "",
    lang: Lang = None,
) -> HTMLResponse:
    language = language_for(me, lang)
    said = texts("canned", language).get(f"canned_done_{done}", "")
    return await _page(at, me, language, edit=edit, done=said)


@router.post(PATH)
async def save(at: At, me: Keeper, fields: Fields, lang: Lang = None) -> Response:
    """The ready answer is offered from now on; or the form again, with what is amiss."""

    def work() -> None:
        with at.desk.writing() as session:
            by = session.get_one(Person, me.person_id)
            words = Words(**{key: fields[key] for key in Words.__annotations__})
            number = int(fields["id"]) or None
            whom = _for(fields["whom"])
            canned.put(session, words, whom, by=by, now=at.desk.now(), canned_id=number)

    try:
        await at.work(work)
    except CannedRefused as error:
        language = language_for(me, lang)
        problem = problem_of(error, language)
        return await _page(at, me, language, status=422, problem=problem, written=fields)
    return seen_other(PATH, lang, done="saved")


@router.post(f"{PATH}/find")
async def find(at: At, me: Keeper, fields: Fields, lang: Lang = None) -> HTMLResponse:
    """The same form, with the services that the words find to choose from."""
    language = language_for(me, lang)
    found = await at.work(_found, at, fields["service_words"], language)
    t = texts("canned", language)
    note = t["canned_found" if found else "canned_not_found"]
    written = fields | ({"whom": f"service:{found[0]}"} if found else {})
    return await _page(at, me, language, written=written, found=found, note=note)


@router.post(f"{PATH}/remove")
async def remove(
    at: At,
    me: Keeper,
    id_: Annotated[int, Form(alias="id", ge=0, le=LAST_LINE)] = 0,
    lang: Lang = None,
) -> Response:
    def work() -> None:
        with at.desk.writing() as session:
            canned.remove(session, id_)

    await at.work(work)
    return seen_other(PATH, lang, done="removed")


@router.post(HOME + "/tickets/{code}/canned")
async def use(
    at: At,
    me: Answerer,
    code: Code,
    text: FormText = "",
    canned_id: FormText = "",
    file: Attached = None,
    lang: Lang = None,
) -> HTMLResponse:
    """The ticket's page with the chosen answer after what was written; nothing is sent."""
    language = language_for(me, lang)
    t, number = texts("canned", language), row_id(canned_id)

    def work() -> str:
        if number is None:
            raise CannedRefused("choose_first")
        with at.desk.reading() as session:
            ticket = ticket_by_code(session, code)
            return with_canned(session, ticket, me.person_id, number, text)

    shown: dict[str, Any] = {"form": "answer", "written": {"text": text}}
    try:
        shown["written"] = {"text": await at.work(work)}
    except CannedRefused as error:
        return await ticket_page(
            at, me, code, language, status=422, problem=problem_of(error, language), **shown
        )
    # A browser never gives a chosen file back to a page.
    again = f" {t['canned_file_lost']}" if sent(file) else ""
    return await ticket_page(at, me, code, language, done=t["canned_used"] + again, **shown)


def problem_of(error: CannedRefused, language: Language) -> str:
    t = texts("canned", language)
    name = "canned_whom_refused" if error.reason == "whom" else f"canned_{error.reason}"
    most = LONGEST_TITLE if error.reason == "title_long" else LONGEST_TEXT
    return t[name].format(most=most, what=error.what, places=_places())


def _places() -> str:
    return ", ".join(f"{{{one}}}" for one in PLACES)


def _for(chosen: str) -> For:
    """Raises CannedRefused."""
    kind, _, named = chosen.partition(":")
    if chosen == EVERYBODY:
        return For()
    if kind == "service" and named:
        return For(service_id=named)
    team = row_id(named) if kind == "team" else None
    if team is None:
        raise CannedRefused("whom")
    return For(team_id=team)


def _found(at: Doors, words: str, language: Language) -> tuple[str, ...]:
    if not words.strip():
        return ()
    findings = at.desk.finder().find(words[:LONGEST_MESSAGE], language)
    return tuple(one.service_id for one in findings.services[:FOUND])


async def _page(
    at: Doors,
    me: SignedIn,
    language: Language,
    *,
    status: int = 200,
    edit: int = 0,
    found: tuple[str, ...] = (),
    **values: Any,
) -> HTMLResponse:
    def look() -> dict[str, Any]:
        with at.desk.reading() as session:
            return canned_view(session, language, found, values.get("written") or {}, edit)

    t = texts("staff", language) | texts("canned", language)
    shown: dict[str, Any] = {"t": t, "done": "", "problem": "", "note": "", "places": _places()}
    shown |= {"longest_title": LONGEST_TITLE, "longest_text": LONGEST_TEXT}
    switch = f"edit={edit}&" if edit else ""
    view = await at.work(look)
    return staff_page(
        "canned",
        language,
        me,
        status=status,
        part=PATH,
        switch_query=switch,
        **(shown | values | view),
    )
