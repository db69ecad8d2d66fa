"""The service map and the sheets: pages to be browsed, printed and handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from api.contract import Language, Storable
from api.doors import Doors, doors
from api.page_texts import LANGUAGES, In, page, texts
from api.sheet import Sheet, sheet
from catalog import service_map
from catalog.areas import municipality_id
from catalog.card import names
from catalog.models import CatalogueRevision
from catalog.personal_data import mask
from catalog.reach import Asker
from catalog.service_map import Bundle, Group

router = APIRouter(include_in_schema=False)
At = Annotated[Doors, Depends(doors)]

PATHS: dict[Language, str] = {"fi": "/palvelukartta", "sv": "/tjanstekarta"}
MOST_FOUND = 5
FOUND_FROM = 0.02  # what is less likely than this is rather a chance meeting of words
LONGEST_QUESTION = 500

Words = Annotated[str, Form(max_length=LONGEST_QUESTION), Storable]
Municipality = Annotated[str, Query(max_length=80), Storable]


@dataclass(frozen=True)
class MapNow:
    """The map as of one revision of the catalogue, in both languages."""

    revision: int
    groups: dict[Language, tuple[Group, ...]]


@dataclass(frozen=True)
class FoundService:
    service_id: str
    name: str


def _map(request: Request) -> MapNow | None:
    kept = getattr(request.app.state, "service_map", None)
    return kept if isinstance(kept, MapNow) else None


async def map_now(request: Request, at: At) -> MapNow:
    """FastAPI dependency: the map, built anew only when the catalogue has changed."""
    kept = await at.work(_current, at, _map(request))
    request.app.state.service_map = kept
    return kept


def _current(at: Doors, kept: MapNow | None) -> MapNow:
    with at.desk.reading() as session:
        revision = session.scalar(select(CatalogueRevision.revision)) or 0
        if kept is not None and kept.revision == revision:
            return kept
        groups = {one: service_map.groups(session, one) for one in LANGUAGES}
    return MapNow(revision, groups)


Map = Annotated[MapNow, Depends(map_now)]


@router.get("/palvelukartta")
async def whole_fi(map_: Map) -> HTMLResponse:
    return _whole("fi", map_)


@router.get("/tjanstekarta")
async def whole_sv(map_: Map) -> HTMLResponse:
    return _whole("sv", map_)


@router.post("/palvelukartta")
async def search_fi(at: At, map_: Map, q: Words = "") -> HTMLResponse:
    return await _search(at, "fi", map_, q.strip())


@router.post("/tjanstekarta")
async def search_sv(at: At, map_: Map, q: Words = "") -> HTMLResponse:
    return await _search(at, "sv", map_, q.strip())


@router.get("/palvelukartta/{part}")
async def part_fi(part: Annotated[str, Path(max_length=80)], map_: Map) -> HTMLResponse:
    return _part("fi", map_, part)


@router.get("/tjanstekarta/{part}")
async def part_sv(part: Annotated[str, Path(max_length=80)], map_: Map) -> HTMLResponse:
    return _part("sv", map_, part)


@router.get("/service-map")
async def either(language: In) -> RedirectResponse:
    """The map in the reader's language."""
    return RedirectResponse(PATHS[language], 303)


@router.get("/sheet/{service_id}")
async def service_sheet(
    service_id: Annotated[str, Path(max_length=36), Storable],
    request: Request,
    at: At,
    language: In,
    municipality: Municipality = "",
    ticket: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The sheet of one service; `ticket` prints the code of a matter that was taken."""

    def look() -> Sheet | None:
        t = texts("sheet", language)
        now = at.desk.now()
        with at.desk.reading() as session:
            area = municipality_id(session, at.desk.finder().places, municipality)
            return sheet(session, service_id, language, t, now=now, area_id=area, ticket=ticket)

    found = await at.work(look)
    t = texts("chat", language) | texts("sheet", language)
    return page(
        "sheet.html",
        language,
        status=200 if found else 404,
        t=t,
        sheet=found,
        municipality=municipality,
        ticket=ticket,
        base=own_address(request),
        kind="paper-page",
    )


def own_address(request: Request) -> str:
    """This site's address as it is asked for, to be printed: "https://example.fi"."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _whole(
    language: Language,
    map_: MapNow,
    *,
    status: int = 200,
    q: str = "",
    found: tuple[FoundService, ...] | None = None,
    problem: str = "",
) -> HTMLResponse:
    return page(
        "map.html",
        language,
        status=status,
        t=texts("chat", language) | texts("map", language),
        groups=map_.groups[language],
        events=[event for group in map_.groups[language] for event in group.events],
        path=PATHS[language],
        switch=PATHS["sv" if language == "fi" else "fi"],
        q=q,
        found=found,
        problem=problem,
    )


async def _search(at: Doors, language: Language, map_: MapNow, q: str) -> HTMLResponse:
    if not q:
        return _whole(language, map_, status=422, problem=texts("map", language)["write_something"])
    found = await at.work(_found, at, language, mask(q).text)
    return _whole(language, map_, q=q, found=found)


def _found(at: Doors, language: Language, q: str) -> tuple[FoundService, ...]:
    services = at.desk.finder().find(q, language, Asker(), limit=MOST_FOUND).services
    likely = [one.service_id for one in services if one.score >= FOUND_FROM]
    with at.desk.reading() as session:
        named = names(session, likely, language)
    return tuple(FoundService(one, named[one]) for one in likely if one in named)


def _part(language: Language, map_: MapNow, part: str) -> HTMLResponse:
    """The page of a group or of a life event; the whole map where there is no such part."""
    other: Language = "sv" if language == "fi" else "fi"
    here = dict(_parts(map_.groups[language]))
    if part not in here:
        problem = texts("map", language)["not_found"]
        return _whole(language, map_, status=404, problem=problem)
    shown = here[part]
    there = next(path for path, one in _parts(map_.groups[other]) if one.id == shown.id)
    event = isinstance(shown, Bundle)
    return page(
        "map_event.html" if event else "map_group.html",
        language,
        t=texts("chat", language) | texts("map", language),
        part=shown,
        path=PATHS[language],
        switch=f"{PATHS[other]}/{there}",
    )


def _parts(groups: tuple[Group, ...]) -> list[tuple[str, Group | Bundle]]:
    found: list[tuple[str, Group | Bundle]] = [(one.path, one) for one in groups]
    return found + [(event.path, event) for group in groups for event in group.events if event.path]
