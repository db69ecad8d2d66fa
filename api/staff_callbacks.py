"""The staff's page of calls back: whom to ring today, in order, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from api.callback_state import line_of
from api.contract import LAST_LINE, Language
from api.doors import Doors
from api.page_texts import texts
from api.staff_pages import HOME, At, Lang, StaffRoute, language_for, seen_other, staff_page
from api.staff_session import SignedIn, form_for, page_for
from desk import callback_telling, callbacks, callers, clock, contacts
from desk.conversations import say
from desk.door_records import Callback
from desk.errors import CallbackUnknown
from desk.models import Conversation, Member, Person, Team, Ticket
from desk.tickets import spoken_language

PATH = f"{HOME}/callbacks"
MOST = 200  # calls on the page

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)
Reader = Annotated[SignedIn, Depends(page_for("read"))]
Ringer = Annotated[SignedIn, Depends(form_for("answer"))]
Id = Annotated[int, Path(ge=1, le=LAST_LINE)]


@dataclass(frozen=True)
class Call:
    """One call on the page."""

    id: int
    code: str
    subject: str
    spoken: str
    language: str
    number: str | None
    starts_at: datetime
    ends_at: datetime
    state: str
    by: str | None  # who rings; none once it is settled
    mine: bool
    now: bool  # its time is on
    late: bool
    covered: bool


@dataclass(frozen=True)
class Calls:
    mine: list[Call]
    team: list[Call]
    later: list[Call]
    settled: list[Call]


@router.get("")
async def calls(
    at: At, me: Reader, done: Annotated[str, Query(max_length=10)] = "", lang: Lang = None
) -> HTMLResponse:
    language = language_for(me, lang)
    said = texts("callbacks", language).get(f"callbacks_done_{done}", "")
    return await _page(at, me, language, done=said)


@router.get("/{call}/{what}")
async def calls_again(call: Id, what: str, lang: Lang = None) -> Response:
    """The address of a form that was not taken, opened anew."""
    return seen_other(PATH, lang)


@router.post("/{call}/made")
async def made(at: At, me: Ringer, call: Id, lang: Lang = None) -> Response:
    """The customer was reached: what was agreed is written on the ticket next, as its answer."""

    def work() -> str:
        with at.desk.writing() as session:
            callback, person = _held(session, call), session.get_one(Person, me.person_id)
            callbacks.made(session, callback, person, now=at.desk.now())
            return callback.ticket.code

    try:
        code = await at.work(work)
    except CallbackUnknown:
        return await _gone(at, me, language_for(me, lang))
    return seen_other(f"{HOME}/tickets/{code}", lang, done="called")


@router.post("/{call}/missed")
async def missed(at: At, me: Ringer, call: Id, lang: Lang = None) -> Response:
    """The customer is told by every way there is, and can choose a new time."""

    def work() -> None:
        with at.desk.writing() as session:
            _missed(session, _held(session, call), me.person_id, at.desk.now())

    try:
        await at.work(work)
    except CallbackUnknown:
        return await _gone(at, me, language_for(me, lang))
    return seen_other(PATH, lang, done="missed")


def _missed(session: Session, callback: Callback, person_id: int, now: datetime) -> None:
    person, ticket = session.get_one(Person, person_id), callback.ticket
    callbacks.missed(session, callback, person, now=now)
    say(
        session,
        session.get_one(Conversation, ticket.conversation_id),
        author="staff",
        kind="callback",
        text=line_of(session, "line_missed")(callback),
        now=now,
        ticket_id=ticket.id,
        person=person,
    )
    callback_telling.missed(session, callback, now=now)


def _held(session: Session, call: int) -> Callback:
    """The call, so that nobody else settles it meanwhile. Raises CallbackUnknown."""
    found = session.scalars(
        select(Callback).where(Callback.id == call).with_for_update(of=Callback),
        execution_options={"populate_existing": True},
    ).first()
    if found is None:
        raise CallbackUnknown(str(call))
    return found


async def _gone(at: Doors, me: SignedIn, language: Language) -> HTMLResponse:
    problem = texts("callbacks", language)["callbacks_gone"]
    return await _page(at, me, language, status=409, problem=problem)


async def _page(
    at: Doors, me: SignedIn, language: Language, *, status: int = 200, **values: str
) -> HTMLResponse:
    def look() -> Calls:
        with at.desk.reading() as session:
            return todays_calls(session, me.person_id, now=at.desk.now())

    shown: dict[str, Any] = {"done": "", "problem": "", "c": texts("callbacks", language)}
    shown["calls"] = await at.work(look)
    return staff_page("callbacks", language, me, status=status, part=PATH, **(shown | values))


def todays_calls(session: Session, person_id: int, *, now: datetime) -> Calls:
    """The calls of the person's teams and tickets, the soonest first; a late one is today's."""
    tonight = clock.end_of_day(now)
    whose = _whose(session, person_id)
    waiting = _found(session, Callback.state == "booked", whose)
    ringing = {one.callback.id: one for one in callers.ringing(session, waiting, now=now)}

    def told(one: Callback) -> Call:
        rings = ringing.get(one.id)
        person = rings.person if rings else None
        return _call(one, person, rings.covered if rings else True, person_id, now)

    shown = [told(one) for one in waiting]
    today = [one for one in shown if one.starts_at < tonight]
    midnight = tonight - clock.ONE_DAY
    settled = _found(
        session, Callback.state.in_(("made", "missed")), Callback.settled_at >= midnight, whose
    )
    return Calls(
        mine=[one for one in today if one.mine],
        team=[one for one in today if not one.mine],
        later=[one for one in shown if one.starts_at >= tonight],
        settled=[told(one) for one in settled],
    )


def _whose(session: Session, person_id: int) -> ColumnElement[bool]:
    own = select(Member.team_id).where(Member.person_id == person_id)
    teams = select(Team.id).where(or_(Team.id.in_(own), Team.lead_id == person_id))
    return or_(Callback.team_id.in_(teams), Ticket.owner_id == person_id)


def _found(session: Session, *which: ColumnElement[bool]) -> Sequence[Callback]:
    return session.scalars(
        select(Callback)
        .join(Ticket, Ticket.id == Callback.ticket_id)
        .where(*which)
        .order_by(Callback.starts_at, Callback.id)
        .limit(MOST)
    ).all()


def _call(
    one: Callback, person: Person | None, covered: bool, person_id: int, now: datetime
) -> Call:
    ticket = one.ticket
    waits = one.state == "booked"
    return Call(
        id=one.id,
        code=ticket.code,
        subject=ticket.subject,
        spoken=spoken_language(ticket) or ticket.language,
        language=ticket.language,
        number=contacts.number(ticket),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        state=one.state,
        by=person.name if person and waits else None,
        mine=person is not None and person.id == person_id,
        now=waits and one.starts_at <= now < one.ends_at,
        late=waits and one.ends_at <= now,
        covered=covered,
    )
