"""The page of the people: their roles, whose name is protected, and who has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from api.contract import LAST_LINE, Language, Storable
from api.doors import Doors
from api.page_texts import texts
from api.staff_pages import (
    HOME,
    At,
    Lang,
    StaffRoute,
    language_for,
    seen_other,
    staff_page,
)
from api.staff_session import SignedIn, form_for, page_for
from api.staff_telling import tell_of, write_notices
from desk import acting, people, rehoming
from desk.errors import NobodyToOwn, NotAllowed, RolesRefused
from desk.models import ROLES, Person, Team

PATH = f"{HOME}/people"

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)

Looker = Annotated[SignedIn, Depends(page_for("people"))]
Admin = Annotated[SignedIn, Depends(form_for("roles"))]
PersonId = Annotated[int, Form(ge=0, le=LAST_LINE)]


@dataclass(frozen=True)
class Shown:
    id: int
    login: str
    name: str
    roles: list[str]
    protected: bool
    teams: list[str]


@router.get("")
async def people_page(
    at: At, me: Looker, done: Annotated[str, Query(max_length=20)] = "", lang: Lang = None
) -> HTMLResponse:
    language = language_for(me, lang)
    said = texts("staff", language).get(f"done_{done}", "")
    return await _page(at, me, language, done=said)


@router.post("/roles")
async def set_roles(
    at: At,
    me: Admin,
    person: PersonId = 0,
    role: Annotated[list[Annotated[str, Storable]], Form()] = [],  # noqa: B006  (FastAPI copies)
    protected: Annotated[str, Form(), Storable] = "",
    lang: Lang = None,
) -> Response:
    def work() -> None:
        with at.desk.writing() as session:
            by = session.get_one(Person, me.person_id)
            people.set_roles(
                session, _known(session, person), role, protected=bool(protected), by=by
            )

    try:
        await at.work(work)
    except RolesRefused as refused:
        return await _refused(at, me, lang, f"roles_{refused.reason}", person)
    return seen_other(PATH, lang, done="roles")


@router.post("/left")
async def has_left(at: At, me: Admin, person: PersonId = 0, lang: Lang = None) -> Response:
    """The person can sign in no more, and everything of theirs is somebody else's at once."""

    def work() -> None:
        with at.desk.writing() as session:
            now = at.desk.now()
            leaver = _known(session, person)
            moved = rehoming.left(session, leaver, tell=tell_of(session, now=now), now=now)
            write_notices(session, moved, now=now)

    if person == me.person_id:
        return await _refused(at, me, lang, "roles_own_admin", person)
    try:
        await at.work(work)
    except NobodyToOwn:
        return await _refused(at, me, lang, "roles_last_one", person)
    return seen_other(PATH, lang, done="left")


def _known(session: Session, person_id: int) -> Person:
    found = session.get(Person, person_id)
    if found is None or not found.active:
        raise NotAllowed("roles")
    acting.on(found.login)
    return found


async def _refused(
    at: Doors, me: SignedIn, lang: str | None, problem: str, person: int
) -> HTMLResponse:
    language = language_for(me, lang)
    said = texts("staff", language)[problem]
    return await _page(at, me, language, status=422, problem=said, opened=person)


async def _page(
    at: Doors, me: SignedIn, language: Language, *, status: int = 200, **values: Any
) -> HTMLResponse:
    def look() -> list[Shown]:
        with at.desk.reading() as session:
            return _people(session, language)

    shown = {"done": "", "problem": "", "opened": 0, "roles": ROLES, "people": await at.work(look)}
    return staff_page("people", language, me, status=status, part=PATH, **(shown | values))


def _people(session: Session, language: Language) -> list[Shown]:
    teams: dict[int, list[str]] = {}
    for team in session.scalars(select(Team).options(selectinload(Team.members))):
        for member in team.members:
            teams.setdefault(member.person_id, []).append(team.named(language))
    active = session.scalars(select(Person).where(Person.active).order_by(Person.name))
    return [
        Shown(
            id=one.id,
            login=one.login,
            name=one.name,
            roles=list(one.roles),
            protected=one.protected,
            teams=sorted(teams.get(one.id, [])),
        )
        for one in active
    ]
