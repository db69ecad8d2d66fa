"""The page of who of the staff saw and changed what: by ticket, person and day, and its check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api.contract import Language, Storable
from api.doors import Doors
from api.page_texts import local_clock, local_day, texts
from api.staff_pages import HOME, At, Lang, StaffRoute, language_for, row_id, staff_page
from api.staff_session import SignedIn, form_for, page_for
from desk import access
from desk.access import MOST_SHOWN, Wanted
from desk.clock import HELSINKI
from desk.door_records import AccessEntry
from desk.models import Person
from desk.secrets import normal_ticket_code

PATH = f"{HOME}/access"
CODE = "LK-"  # begins every ticket's code

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)

Given = Annotated[str, Query(max_length=200), Storable]


@dataclass(frozen=True)
class Shown:
    """An entry in the words of the page."""

    number: int
    who: str
    act: str
    what: str
    about: str
    code: bool  # whether `about` is a ticket's
    at: datetime
    when: str


@dataclass(frozen=True)
class Checked:
    """What reading the whole log found."""

    broken_at: int | None  # the number of the first entry that is not as it was written
    count: int


@router.get("")
async def access_page(
    at: At,
    me: Annotated[SignedIn, Depends(page_for("access_log"))],
    about: Given = "",
    person: Given = "",
    day: Given = "",
    lang: Lang = None,
) -> HTMLResponse:
    language = language_for(me, lang)
    wanted, problem = _wanted(about, person, day, language)
    status = 422 if problem else 200
    asked = {"about": about, "person": row_id(person), "day": day, "problem": problem}
    return await _page(at, me, language, wanted, status=status, **asked)


@router.post("")
async def verify(
    at: At, me: Annotated[SignedIn, Depends(form_for("access_log"))], lang: Lang = None
) -> HTMLResponse:
    """Reads the whole log, which takes a moment and is done when asked for."""
    checked = await at.work(_checked, at)
    return await _page(at, me, language_for(me, lang), Wanted(), checked=checked)


def _checked(at: Doors) -> Checked:
    with at.desk.reading() as session:
        kept, now = at.settings.clocks.access, at.desk.now()
        broken = access.verify(session, kept=kept, now=now)
        return Checked(broken.id if broken else None, access.count(session))


def _wanted(about: str, person: str, day: str, language: Language) -> tuple[Wanted, str]:
    """What to look for, and what is wrong with what was written, if anything."""
    p, about = texts("privacy", language), about.strip()
    code = normal_ticket_code(about)
    if about.upper().startswith(CODE) and code is None:
        return Wanted(), p["access_code_wrong"]
    try:
        since, until = _bounds(day.strip())
    except (ValueError, OverflowError):
        return Wanted(), p["access_day_wrong"]
    return Wanted(code or about, row_id(person), since, until), ""


def _bounds(day: str) -> tuple[datetime | None, datetime | None]:
    """The day's first instant and the next day's, in Finland. Raises ValueError, OverflowError."""
    if not day:
        return None, None
    chosen = date.fromisoformat(day)
    begins = datetime.combine(chosen, time(), HELSINKI)
    return begins, datetime.combine(chosen + timedelta(days=1), time(), HELSINKI)


async def _page(
    at: Doors, me: SignedIn, language: Language, wanted: Wanted, *, status: int = 200, **values: Any
) -> HTMLResponse:
    def look() -> dict[str, Any]:
        with at.desk.reading() as session:
            found = access.entries(session, wanted)
            return {"entries": _shown(session, found, language), "people": access.readers(session)}

    shown: dict[str, Any] = {"about": "", "person": None, "day": "", "problem": "", "checked": None}
    shown |= {"p": texts("privacy", language), "most": MOST_SHOWN}
    shown |= await at.work(look)
    return staff_page("access", language, me, status=status, part=PATH, **(shown | values))


def _shown(session: Session, found: list[AccessEntry], language: Language) -> list[Shown]:
    p = texts("privacy", language)
    return [
        Shown(
            number=one.id,
            who=session.get_one(Person, one.person_id).name,
            act=p[f"act_{one.act}"],
            what=_what(one.what, p),
            about="" if one.about == one.what else one.about,
            code=one.about.startswith(CODE),
            at=one.at,
            when=f"{local_day(one.at.astimezone(HELSINKI).date())} {local_clock(one.at)}",
        )
        for one in found
    ]


def _what(what: str, p: dict[str, str]) -> str:
    name, _, number = what.partition(":")
    return p.get(f"what_{name}", what).format(number=number)
