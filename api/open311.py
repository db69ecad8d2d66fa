"""Open311 GeoReport v2: public clients report faults in public places, and follow them.

An application of its own below /open311/v2, since its errors are lists in JSON or XML and its
description is its own: /open311/v2/openapi.json.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from starlette.middleware.cors import CORSMiddleware

from api import open311_public, open311_reports
from api.contract import Language, Storable
from api.doors import Doors, doors
from api.open311_contract import (
    SPECIFICATION,
    AskedRequests,
    DefinitionOut,
    DiscoveryOut,
    EndpointOut,
    ErrorOut,
    Format,
    ReportIn,
    RequestOut,
    ServiceOut,
    TakenOut,
    TokenOut,
)
from api.open311_errors import Refused, handle_errors
from api.open311_flood import counted
from api.open311_formats import DEFINITION, DISCOVERY, REQUESTS, SERVICES, TYPES, answer
from api.open311_public import w3
from api.page_texts import In, texts
from catalog.areas import municipality_id
from catalog.card import best_text
from catalog.faults import FaultService, fault_services
from catalog.models import CatalogueRevision, Service

BELOW = "/open311/v2"
CHANGED = "2026-11-22 12:00"  # of what this door can do
NOT_KEPT = {"Cache-Control": "no-store"}

router = APIRouter()


At = Annotated[Doors, Depends(doors)]
Jurisdiction = Annotated[str | None, Query(max_length=300), Storable]
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,80}$")]


def _described(out: Any, *refusals: int) -> dict[int | str, dict[str, Any]]:
    """What a door answers, in both formats."""
    also = {"text/xml": {"schema": {"type": "string"}}}
    errors: dict[int | str, dict[str, Any]] = {
        status: {"model": list[ErrorOut], "content": also} for status in refusals
    }
    return {200: {"model": out, "content": also}, **errors}


@router.get("/discovery.{form}", responses=_described(DiscoveryOut, 400, 404, 503))
async def discovery(form: Format, at: At, language: In, request: Request) -> Response:
    """Where the doors are and what they speak."""
    home = _home(at, request)
    t = texts("open311", language)
    endpoint = EndpointOut(
        specification=SPECIFICATION,
        url=f"{home}{BELOW}",
        changeset=await at.work(_changeset, at),
        type="test" if at.settings.demo else "production",
        formats=[kind.partition(";")[0] for kind in (TYPES["xml"], TYPES["json"])],
    )
    told = DiscoveryOut(
        changeset=endpoint.changeset,
        contact=t["contact"].format(page=f"{home}/"),
        key_service=t["key_service"],
        endpoints=[endpoint],
    )
    return answer(told, DISCOVERY, form)


@router.get("/services.{form}", responses=_described(list[ServiceOut], 400, 404, 503))
async def services(
    form: Format, at: At, language: In, jurisdiction_id: Jurisdiction = None
) -> Response:
    """What can be reported, in the order of the groups."""

    def look() -> list[ServiceOut]:
        _area(at, jurisdiction_id)
        found = _current(at)
        return [
            _service(fault, found[code], language)
            for code, fault in fault_services().items()
            if code in found
        ]

    return answer(await at.work(look), SERVICES, form)


@router.get("/services/{service_code}.{form}", responses=_described(DefinitionOut, 400, 404, 503))
async def definition(
    service_code: Code, form: Format, at: At, jurisdiction_id: Jurisdiction = None
) -> Response:
    """What the service asks for beside the report itself: nothing."""

    def look() -> DefinitionOut:
        _area(at, jurisdiction_id)
        _known_service(at, service_code)
        return DefinitionOut(service_code=service_code, attributes=[])

    return answer(await at.work(look), DEFINITION, form)


@router.post(
    "/requests.{form}",
    responses=_described(list[TakenOut], 400, 404, 413, 429, 503),
    dependencies=[Depends(counted)],
)
async def report(
    form: Format, at: At, language: In, given: Annotated[ReportIn, Form()], request: Request
) -> Response:
    """A ticket for the report; its code is the request's id."""
    page = f"{_home(at, request)}/ticket"

    def work() -> TakenOut:
        area_id = _area(at, given.jurisdiction_id)
        _known_service(at, given.service_code)
        taken = open311_reports.take(at, given, area_id, language, page)
        return TakenOut(
            service_request_id=taken.code,
            service_notice=taken.notice,
            expected_datetime=w3(taken.due_at),
        )

    return answer([await at.work(work)], REQUESTS, form, headers=NOT_KEPT)


@router.get("/requests.{form}", responses=_described(list[RequestOut], 400, 404, 503))
async def requests(
    form: Format, at: At, language: In, query: Annotated[AskedRequests, Query()]
) -> Response:
    """The reports that fit, newest first: of 90 days and 1,000 at most."""

    def look() -> list[RequestOut]:
        area_id = _area(at, query.jurisdiction_id)
        with at.desk.reading() as session:
            if query.service_request_id:
                return open311_public.by_codes(session, query.service_request_id, language)
            return open311_public.asked(session, query, area_id, language, at.desk.now())

    return answer(await at.work(look), REQUESTS, form, headers=NOT_KEPT)


@router.get(
    "/requests/{service_request_id}.{form}",
    responses=_described(list[RequestOut], 400, 404, 503),
)
async def one_request(
    service_request_id: Code,
    form: Format,
    at: At,
    language: In,
    jurisdiction_id: Jurisdiction = None,
) -> Response:
    """One report; a ticket that came by another door is not found."""
    found = await at.work(_report, at, service_request_id, jurisdiction_id, language)
    return answer(found, REQUESTS, form, headers=NOT_KEPT)


@router.get("/tokens/{token}.{form}", responses=_described(list[TokenOut], 400, 404, 503))
async def token(
    token: Code, form: Format, at: At, language: In, jurisdiction_id: Jurisdiction = None
) -> Response:
    """Every report has its id at once, so the id is its token too."""
    found = await at.work(_report, at, token, jurisdiction_id, language, "token_unknown")
    told = [TokenOut(service_request_id=one.service_request_id, token=token) for one in found]
    return answer(told, REQUESTS, form, headers=NOT_KEPT)


def application(doors: Doors) -> FastAPI:
    """The Open311 doors over the desk's own; mount it at BELOW."""
    app = FastAPI(
        title="Luukku, Open311 GeoReport v2", version="2.0", docs_url=None, redoc_url=None
    )
    app.state.doors = doors
    handle_errors(app, router)
    app.include_router(router)
    # What is told here is public, and no cookie is ever read.
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"])
    return app


def _home(at: Doors, request: Request) -> str:
    """The desk's address as customers write it."""
    below = str(request.base_url).rstrip("/").removesuffix(BELOW)
    return at.settings.public_url or below


def _area(at: Doors, jurisdiction_id: str | None) -> str | None:
    """The municipality that is meant: by number, name or its site ("091", "Helsinki",
    "helsinki.fi"). Raises Refused for what is none; nothing given is the whole country."""
    if not jurisdiction_id or not jurisdiction_id.strip():
        return None
    name = jurisdiction_id.strip().lower().removeprefix("www.").removesuffix(".fi")
    with at.desk.reading() as session:
        found = municipality_id(session, at.desk.finder().places, name)
    if found is None:
        raise Refused(404, "jurisdiction_unknown")
    return found


def _current(at: Doors) -> dict[str, Service]:
    """The fault services that the catalogue holds today, by id."""
    with at.desk.reading() as session:
        wanted = select(Service).where(
            Service.id.in_(fault_services()), Service.status == "current"
        )
        texts_too = wanted.options(selectinload(Service.texts))
        return {one.id: one for one in session.scalars(texts_too) if one.texts}


def _known_service(at: Doors, service_code: str) -> None:
    if service_code not in _current(at):
        raise Refused(404, "service_unknown")


def _service(fault: FaultService, service: Service, language: Language) -> ServiceOut:
    text = best_text(service.texts, language)
    return ServiceOut(
        service_code=service.id,
        service_name=text.name,
        description=text.summary,
        metadata=False,
        type="realtime",
        keywords=fault.keywords[language],
        group=fault.groups[language],
    )


def _report(
    at: Doors,
    code: str,
    jurisdiction_id: str | None,
    language: Language,
    unknown: str = "request_unknown",
) -> list[RequestOut]:
    _area(at, jurisdiction_id)
    with at.desk.reading() as session:
        found = open311_public.by_codes(session, code.partition(",")[0], language)
    if not found:
        raise Refused(404, unknown)
    return found


def _changeset(at: Doors) -> str:
    """When the services last changed, or what the doors can do."""
    with at.desk.reading() as session:
        loaded = session.scalar(select(CatalogueRevision.changed_at))
    return max(CHANGED, f"{loaded:%Y-%m-%d %H:%M}") if loaded else CHANGED
