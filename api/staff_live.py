"""The page of customers who are here now, and the parts of pages that renew themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.contract import LAST_LINE, Language
from api.doors import Doors
from api.page_texts import texts
from api.staff_lines import Line, thread
from api.staff_pages import (
    HOME,
    At,
    Code,
    FormText,
    Lang,
    StaffRoute,
    language_for,
    seen_other,
    staff_page,
)
from api.staff_queue import SHOWS, counts
from api.staff_session import SignedIn, form_for, page_for
from api.staff_views import ticket_by_code
from api.staff_words import tags_in_words
from api.staff_work import take_free_floor
from catalog.card import names
from desk import presence
from desk.errors import TakenAlready
from desk.models import Conversation, Message, Person
from desk.presence import Guest
from desk.tickets import spoken_language

PATH = f"{HOME}/live"
SHOWN = 300  # characters of what the customer said last

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)
Reader = Annotated[SignedIn, Depends(page_for("read"))]
Answerer = Annotated[SignedIn, Depends(form_for("answer"))]


@dataclass(frozen=True)
class Present:
    """One customer on the page."""

    code: str
    subject: str
    spoken: str
    said: str
    service: str | None
    language: str
    owner: str
    floor: str | None
    tags: list[str]
    urgent: bool
    here: bool
    waits: bool
    minutes: int  # since when they have waited


@dataclass(frozen=True)
class Live:
    waiting: list[Present]
    mine: list[Present]


@router.get("")
async def live(
    at: At, me: Reader, auto: Annotated[str, Query(max_length=1)] = "", lang: Lang = None
) -> HTMLResponse:
    return await _page(at, me, language_for(me, lang), auto=auto)


@router.get("/now")
async def now(at: At, me: Reader, lang: Lang = None) -> HTMLResponse:
    """The part of the page that changes."""
    language = language_for(me, lang)
    return staff_page("live_now", language, me, **await at.work(_shown, at, me, language))


@router.post("/take")
async def take(at: At, me: Answerer, code: FormText = "", lang: Lang = None) -> Response:
    """The chat is this person's; who was a moment too late reads whose it is."""
    try:
        await at.work(take_free_floor, at, code, me.person_id)
    except TakenAlready as error:
        language = language_for(me, lang)
        problem = texts("live", language)["live_taken_already"].format(name=error.name)
        return await _page(at, me, language, status=409, problem=problem)
    return seen_other(f"{HOME}/tickets/{code}", lang, done="taken")


@router.get("/counts")
async def queue_counts(
    at: At, me: Reader, show: Annotated[str, Query(max_length=10)] = "", lang: Lang = None
) -> HTMLResponse:
    """How many wait in each queue, as the tabs of the queue's page tell it."""
    language = language_for(me, lang)

    def look() -> dict[Any, int]:
        with at.desk.reading() as session:
            return counts(session, me.person_id, now=at.desk.now())

    chosen = show if show in SHOWS else None
    switch = f"show={chosen}&" if chosen else ""
    values: dict[str, Any] = {"show": chosen, "shows": SHOWS, "counts": await at.work(look)}
    return staff_page("tabs", language, me, switch_query=switch, **values)


@router.get("/thread/{code}")
async def news(
    at: At,
    me: Reader,
    code: Code,
    after: Annotated[int, Query(ge=0, le=LAST_LINE)] = 0,
    here: Annotated[int, Query(ge=0, le=1)] = 0,
    lang: Lang = None,
) -> Response:
    """The lines of the ticket's thread after this one; 204 when nothing has changed."""
    language = language_for(me, lang)

    def look() -> tuple[list[Line], bool] | None:
        with at.desk.reading() as session:
            return _news(session, code, language, after, bool(here), at.desk.now())

    found = await at.work(look)
    if found is None:
        return Response(status_code=204)
    lines, is_here = found
    return staff_page(
        "live_thread",
        language,
        me,
        t=texts("staff", language) | texts("files", language),
        code=code,
        path=f"{HOME}/tickets/{code}",
        lines=lines,
        here=is_here,
        after=lines[-1].id if lines else after,
    )


def _news(
    session: Session, code: str, language: Language, after: int, here: bool, now: datetime
) -> tuple[list[Line], bool] | None:
    ticket = ticket_by_code(session, code)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    is_here = presence.here(conversation, now)
    newest = select(func.max(Message.id)).where(Message.conversation_id == conversation.id)
    if is_here == here and (session.scalar(newest) or 0) <= after:
        return None
    lines = [one for one in thread(session, ticket, language) if one.id > after]
    return None if is_here == here and not lines else (lines, is_here)


async def _page(
    at: Doors, me: SignedIn, language: Language, *, status: int = 200, **values: str
) -> HTMLResponse:
    shown = {"problem": "", "auto": ""} | await at.work(_shown, at, me, language)
    return staff_page("live", language, me, status=status, part=PATH, **(shown | values))


def _shown(at: Doors, me: SignedIn, language: Language) -> dict[str, Any]:
    with at.desk.reading() as session:
        now = at.desk.now()
        found = Live(
            waiting=_told(session, presence.waiting(session, now=now), language, now),
            mine=_told(session, presence.held_by(session, me.person_id), language, now),
        )
    return {"live": found, "l": texts("live", language)}


def _told(
    session: Session, guests: list[Guest], language: Language, now: datetime
) -> list[Present]:
    ids = sorted({one.ticket.service_id for one in guests if one.ticket.service_id})
    named = names(session, ids, language)
    return [_present(session, one, named, language, now) for one in guests]


def _present(
    session: Session, guest: Guest, named: dict[str, str], language: Language, now: datetime
) -> Present:
    ticket, chat = guest.ticket, guest.conversation
    holds = chat.floor_person_id if chat.floor == "staff" else None
    since = guest.waits_since
    return Present(
        code=ticket.code,
        subject=ticket.subject,
        spoken=spoken_language(ticket) or ticket.language,
        said=guest.last.text[:SHOWN] if guest.last else "",
        service=named.get(ticket.service_id or ""),
        language=ticket.language,
        owner=ticket.owner.name,
        floor=session.get_one(Person, holds).name if holds is not None else None,
        tags=tags_in_words(ticket.tags, language),
        urgent=ticket.priority == "urgent",
        here=presence.here(chat, now),
        waits=since is not None,
        minutes=int((now - since).total_seconds() // 60) if since else 0,
    )
