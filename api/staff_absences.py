"""The page of absences: one's own, a team's, who stands in, and what is wrong with that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.contract import LAST_LINE, Language
from api.doors import Doors
from api.page_texts import texts
from api.staff_pages import (
    HOME,
    At,
    FormText,
    Lang,
    StaffRoute,
    language_for,
    row_id,
    seen_other,
    staff_page,
)
from api.staff_session import SignedIn, form_for, page_for
from api.staff_telling import tell_of, write_notices
from desk import absences, rehoming
from desk.absences import Days, Planned
from desk.clock import HELSINKI
from desk.errors import AbsenceRefused, NotAllowed
from desk.models import Absence, Person
from desk.roles import may

PATH = f"{HOME}/absences"

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)

Looker = Annotated[SignedIn, Depends(page_for("own_absence"))]
Absentee = Annotated[SignedIn, Depends(form_for("own_absence"))]


@dataclass(frozen=True)
class Shown:
    """One absence on the page."""

    id: int
    name: str
    first: date
    last: date
    begun: bool
    substitute: str | None
    warning: str | None


@dataclass(frozen=True)
class View:
    own: list[Shown]
    others: list[Shown]  # whose absences the person may set
    people: list[Person]  # for whom one can be announced, the person first
    substitutes: list[Person]


@router.get("")
async def absences_page(
    at: At,
    me: Looker,
    done: Annotated[str, Query(max_length=20)] = "",
    moved: Annotated[int, Query(ge=0, le=LAST_LINE)] = 0,
    lang: Lang = None,
) -> HTMLResponse:
    t = texts("staff", language_for(me, lang))
    said = t.get(f"done_{done}", "")
    if done == "away" and moved:
        said = t["done_away_moved"].format(count=moved)
    return await _page(at, me, language_for(me, lang), done=said)


@router.post("")
async def announce(
    at: At,
    me: Absentee,
    person: FormText = "",
    first: FormText = "",
    last: FormText = "",
    substitute: FormText = "",
    lang: Lang = None,
) -> Response:
    """The absence is kept, and what would have waited for it is somebody else's at once."""
    try:
        moved = await at.work(_announce, at, me, person, first, last, substitute)
    except AbsenceRefused as refused:
        language = language_for(me, lang)
        problem = texts("staff", language)[f"absence_{refused.reason}"]
        written = {"person": person, "first": first, "last": last, "substitute": substitute}
        return await _page(at, me, language, status=422, problem=problem, written=written)
    return seen_other(PATH, lang, done="away", moved=str(moved))


@router.post("/cancel")
async def cancel(
    at: At,
    me: Absentee,
    absence: Annotated[int, Form(ge=0, le=LAST_LINE)] = 0,
    lang: Lang = None,
) -> Response:
    await at.work(_cancel, at, me, absence)
    return seen_other(PATH, lang, done="cancelled")


def _announce(at: Doors, me: SignedIn, person: str, first: str, last: str, substitute: str) -> int:
    """How many tickets moved to somebody who is there."""
    with at.desk.writing() as session:
        now = at.desk.now()
        away = _managed(session, me, person or str(me.person_id))
        stands_in = _person(session, substitute) if substitute else None
        days = Days(_day(first, "first"), _day(last or first, "last"))
        absence = absences.announce(session, away, days, stands_in, now=now)
        moved = rehoming.away(session, absence, tell=tell_of(session, now=now), now=now)
        write_notices(session, moved, now=now)
        return len(moved)


def _cancel(at: Doors, me: SignedIn, absence_id: int) -> None:
    with at.desk.writing() as session:
        absence = session.get(Absence, absence_id)
        if absence is None:
            return  # cancelled already: a second press of the button
        _managed(session, me, str(absence.person_id))
        absences.cancel(session, absence, now=at.desk.now())


def _managed(session: Session, me: SignedIn, chosen: str) -> Person:
    """One whose absences the person sets. Raises NotAllowed."""
    own = absences.managed_by(session, session.get_one(Person, me.person_id))
    for one in own:
        if str(one.id) == chosen:
            return one
    raise NotAllowed("others_absences")


def _person(session: Session, chosen: str) -> Person:
    number = row_id(chosen)
    found = session.get(Person, number) if number is not None else None
    if found is None:
        raise AbsenceRefused("substitute_left")
    return found


def _day(text: str, which: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AbsenceRefused(f"{which}_unclear") from None


async def _page(
    at: Doors, me: SignedIn, language: Language, *, status: int = 200, **values: Any
) -> HTMLResponse:
    def look() -> View:
        with at.desk.reading() as session:
            return view(session, session.get_one(Person, me.person_id), now=at.desk.now())

    today = at.desk.now().astimezone(HELSINKI).date().isoformat()
    shown = {"done": "", "problem": "", "written": {}, "today": today, "view": await at.work(look)}
    return staff_page("absences", language, me, status=status, part=PATH, **(shown | values))


def view(session: Session, person: Person, *, now: datetime) -> View:
    """The absences that are on or to come, of the person and of those whose the person sets."""
    people = absences.managed_by(session, person)
    planned = [_shown(one, now) for one in absences.planned(session, people, now=now)]
    active = session.scalars(select(Person).where(Person.active).order_by(Person.name))
    return View(
        own=[one for mine, one in planned if mine == person.id],
        others=[one for whose, one in planned if whose != person.id],
        people=people,
        substitutes=[one for one in active if may(one, "answer")],
    )


def _shown(one: Planned, now: datetime) -> tuple[int, Shown]:
    absence = one.absence
    return one.person.id, Shown(
        id=absence.id,
        name=one.person.name,
        first=absence.starts_at.astimezone(HELSINKI).date(),
        last=(absence.ends_at - timedelta(microseconds=1)).astimezone(HELSINKI).date(),
        begun=absence.starts_at <= now,
        substitute=one.substitute.name if one.substitute else None,
        warning=one.warning,
    )
