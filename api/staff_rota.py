"""The page of the rota: who is on duty in a team, the hours without anybody, who is away."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response
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
from desk import rota
from desk.clock import HELSINKI
from desk.covering import Covered, covered, services_of_teams
from desk.errors import RotaRefused
from desk.models import Person, Team
from desk.rota import Week

PATH = f"{HOME}/rota"
WEEKS_AHEAD = 12

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)

Looker = Annotated[SignedIn, Depends(page_for("rota"))]
Setter = Annotated[SignedIn, Depends(form_for("rota"))]
Ahead = Annotated[int, Query(ge=0, le=WEEKS_AHEAD)]
TeamId = Annotated[int, Form(ge=0, le=LAST_LINE)]


@dataclass(frozen=True)
class View:
    teams: list[Team]
    team: Team | None  # none for one who leads no team
    week: Week | None
    cover: Covered | None
    monday: date


@router.get("")
async def rota_page(
    at: At,
    me: Looker,
    team: Annotated[int, Query(ge=0, le=LAST_LINE)] = 0,
    ahead: Ahead = 0,
    done: Annotated[str, Query(max_length=20)] = "",
    lang: Lang = None,
) -> HTMLResponse:
    language = language_for(me, lang)
    said = texts("rota", language).get(f"done_{done}", "")
    return await _page(at, me, language, team, ahead, done=said)


@router.post("")
async def add_shift(
    at: At,
    me: Setter,
    team: TeamId = 0,
    person: FormText = "",
    day: FormText = "",
    starts: FormText = "",
    ends: FormText = "",
    ahead: Ahead = 0,
    lang: Lang = None,
) -> Response:
    def work() -> None:
        with at.desk.writing() as session:
            of = _team(session, me, team)
            who = session.get(Person, row_id(person) or 0)
            if who is None:
                raise RotaRefused("member")
            rota.add(session, of, who, _number(day), _time(starts), _time(ends))

    try:
        await at.work(work)
    except RotaRefused as refused:
        language = language_for(me, lang)
        problem = texts("rota", language)[f"refused_{refused.reason}"]
        written = {"person": person, "day": day, "starts": starts, "ends": ends}
        return await _page(
            at, me, language, team, ahead, status=422, problem=problem, written=written
        )
    return _again(team, ahead, "added", lang)


@router.post("/remove")
async def remove_shift(
    at: At,
    me: Setter,
    team: TeamId = 0,
    shift: Annotated[int, Form(ge=0, le=LAST_LINE)] = 0,
    ahead: Ahead = 0,
    lang: Lang = None,
) -> Response:
    def work() -> None:
        with at.desk.writing() as session:
            rota.remove(session, _team(session, me, team), shift)

    with contextlib.suppress(RotaRefused):  # a form without its team, which no page of ours sends
        await at.work(work)
    return _again(team, ahead, "removed", lang)


def _again(team: int, ahead: int, done: str, lang: str | None) -> Response:
    return seen_other(PATH, lang, team=str(team), ahead=str(ahead), done=done)


def _team(session: Session, me: SignedIn, team_id: int) -> Team:
    if not team_id:
        raise RotaRefused("team")
    return rota.set_by(session, session.get_one(Person, me.person_id), team_id)


def _number(day: str) -> int:
    number = row_id(day)
    if number is None:
        raise RotaRefused("day")
    return number


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        raise RotaRefused("times") from None
    return found.replace(tzinfo=None, second=0, microsecond=0)


async def _page(
    at: Doors,
    me: SignedIn,
    language: Language,
    team: int,
    ahead: int,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    def look() -> View:
        with at.desk.reading() as session:
            today = at.desk.now().astimezone(HELSINKI).date()
            monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
            return view(session, session.get_one(Person, me.person_id), team, monday)

    shown = {
        "r": texts("rota", language),
        "view": await at.work(look),
        "ahead": ahead,
        "farthest": WEEKS_AHEAD,
        "done": "",
        "problem": "",
        "written": {},
        "switch_query": f"team={team}&ahead={ahead}&",
    }
    return staff_page("rota", language, me, status=status, part=PATH, **(shown | values))


def view(session: Session, person: Person, team_id: int, monday: date) -> View:
    """The team's week, or that of the first team whose rota the person sets. Raises NotAllowed for
    a team that is not theirs."""
    teams = rota.teams_set_by(session, person)
    if not teams:
        return View([], None, None, None, monday)
    team = rota.set_by(session, person, team_id) if team_id else teams[0]
    services = services_of_teams(session)[team.id]
    return View(
        teams=teams,
        team=team,
        week=rota.week(session, team, monday),
        cover=covered(session, team, services),
        monday=monday,
    )
