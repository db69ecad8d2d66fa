"""The page of one ticket, and the forms on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import staff_handing, staff_work
from api.contract import LAST_LINE, LONGEST_MESSAGE, Language
from api.doors import Doors
from api.file_taking import Attached, sent, taken
from api.page_texts import texts
from api.staff_pages import (
    HOME,
    At,
    Code,
    FormText,
    Lang,
    Seen,
    StaffRoute,
    language_for,
    seen_other,
    staff_page,
)
from api.staff_session import SignedIn, form_for, page_for
from api.staff_ticket_page import after_work, shown_again, ticket_page
from api.staff_why import why_view

FOUND = 8  # services offered for what was looked for

router = APIRouter(prefix=HOME + "/tickets/{code}", include_in_schema=False, route_class=StaffRoute)

Reader = Annotated[SignedIn, Depends(page_for("read"))]
Answerer = Annotated[SignedIn, Depends(form_for("answer"))]
Taker = Annotated[SignedIn, Depends(form_for("take_over"))]
Sender = Annotated[SignedIn, Depends(form_for("transfer"))]
Noter = Annotated[SignedIn, Depends(form_for("note"))]
Helped = Annotated[SignedIn, Depends(form_for("subtask"))]


@router.get("")
async def ticket(
    at: At,
    me: Reader,
    code: Code,
    done: Annotated[str, Query(max_length=20)] = "",
    lang: Lang = None,
) -> HTMLResponse:
    language = language_for(me, lang)
    said = texts("staff", language).get(f"done_{done}", "")
    return await ticket_page(at, me, code, language, done=said)


@router.get("/why")
async def why(
    at: At,
    me: Reader,
    code: Code,
    turn: Annotated[int | None, Query(ge=1, le=LAST_LINE)] = None,
    lang: Lang = None,
) -> HTMLResponse:
    """Why the message of this number was answered so; else the one that made the ticket."""
    language = language_for(me, lang)
    view = await at.work(why_view, at, code, turn, language)
    return staff_page("why", language, me, view=view, switch_query=f"turn={view.why.turn}&")


@router.get("/{what}")
async def ticket_again(code: Code, what: str, lang: Lang = None) -> RedirectResponse:
    """The address of a form that was not taken, opened anew."""
    return seen_other(f"{HOME}/tickets/{code}", lang)


# --- the customer ---


@router.post("/answer")
async def answer(
    at: At,
    me: Answerer,
    code: Code,
    text: FormText = "",
    seen: Seen = 0,
    file: Attached = None,
    lang: Lang = None,
) -> Response:
    def work() -> None:
        with taken(at, sent(file), language_for(me, lang)) as kept:
            staff_work.answer(at, code, me.person_id, text, seen, kept)

    return await after_work(at, me, code, lang, "answer", {"text": text}, "answered", work)


@router.post("/close")
async def close(
    at: At,
    me: Answerer,
    code: Code,
    text: FormText = "",
    seen: Seen = 0,
    file: Attached = None,
    lang: Lang = None,
) -> Response:
    def work() -> None:
        with taken(at, sent(file), language_for(me, lang)) as kept:
            staff_work.close(at, code, me.person_id, text, seen, kept)

    return await after_work(at, me, code, lang, "answer", {"text": text}, "closed", work)


@router.post("/take")
async def take(at: At, me: Answerer, code: Code, lang: Lang = None) -> RedirectResponse:
    await at.work(staff_work.take_floor, at, code, me.person_id)
    return shown_again(code, "taken", lang)


@router.post("/hand-back")
async def hand_back(at: At, me: Answerer, code: Code, lang: Lang = None) -> RedirectResponse:
    await at.work(staff_work.hand_back, at, code, me.person_id)
    return shown_again(code, "handed_back", lang)


# --- whose it is ---


@router.post("/take-over")
async def take_over(
    at: At, me: Taker, code: Code, seen_owner: Seen = 0, lang: Lang = None
) -> Response:
    def work() -> None:
        staff_handing.take_over(at, code, me.person_id, seen_owner)

    return await after_work(at, me, code, lang, "take_over", {}, "taken_over", work)


@router.post("/accept")
async def accept(at: At, me: Taker, code: Code, lang: Lang = None) -> Response:
    def work() -> None:
        staff_handing.accept(at, code, me.person_id)

    return await after_work(at, me, code, lang, "accept", {}, "accepted", work)


@router.post("/transfer")
async def transfer(
    at: At,
    me: Sender,
    code: Code,
    receiver: FormText = "",
    reason: FormText = "",
    service_words: FormText = "",
    seen_owner: Seen = 0,
    lang: Lang = None,
) -> Response:
    def work() -> None:
        staff_handing.transfer(at, code, me.person_id, receiver, reason, seen_owner)

    written = {"receiver": receiver, "reason": reason, "service_words": service_words}
    return await after_work(at, me, code, lang, "transfer", written, "transferred", work)


@router.post("/find-service")
async def find_service(
    at: At,
    me: Sender,
    code: Code,
    receiver: FormText = "",
    reason: FormText = "",
    service_words: FormText = "",
    lang: Lang = None,
) -> HTMLResponse:
    """The same page, with the services that the words find to choose from."""
    language = language_for(me, lang)
    ids = await at.work(_found, at, service_words, language)
    written = {"reason": reason, "service_words": service_words}
    written["receiver"] = f"service:{ids[0]}" if ids else receiver
    told = texts("staff", language)["services_found" if ids else "no_service_found"]
    return await ticket_page(
        at, me, code, language, form="transfer", written=written, found=ids, form_note=told
    )


def _found(at: Doors, words: str, language: Language) -> tuple[str, ...]:
    if not words.strip():
        return ()
    findings = at.desk.finder().find(words[:LONGEST_MESSAGE], language)
    return tuple(one.service_id for one in findings.services[:FOUND])


# --- among colleagues ---


@router.post("/note")
async def note(at: At, me: Noter, code: Code, text: FormText = "", lang: Lang = None) -> Response:
    def work() -> None:
        staff_handing.note(at, code, me.person_id, text)

    return await after_work(at, me, code, lang, "note", {"note": text}, "noted", work)


@router.post("/ask")
async def ask(
    at: At,
    me: Helped,
    code: Code,
    helper: FormText = "",
    goal: FormText = "",
    done_when: FormText = "",
    day: FormText = "",
    lang: Lang = None,
) -> Response:
    def work() -> None:
        staff_handing.ask_help(at, code, me.person_id, helper, goal, done_when, day)

    written = {"helper": helper, "goal": goal, "done_when": done_when, "day": day}
    return await after_work(at, me, code, lang, "ask", written, "asked", work)


@router.post("/help-done")
async def help_done(
    at: At,
    me: Helped,
    code: Code,
    subtask: Annotated[int, Form(ge=0, le=LAST_LINE)] = 0,
    result: FormText = "",
    lang: Lang = None,
) -> Response:
    def work() -> None:
        staff_handing.help_done(at, code, me.person_id, subtask, result)

    return await after_work(
        at, me, code, lang, f"help-{subtask}", {"result": result}, "helped", work
    )
