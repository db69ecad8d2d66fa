"""Doors that only look: services of the catalogue, health."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from starlette.exceptions import HTTPException

from api.contract import (
    ChannelOut,
    Language,
    ServiceHit,
    ServiceOut,
    Storable,
    problems,
)
from api.doors import Doors, doors
from api.readiness import PATIENCE
from catalog.areas import municipality_id
from catalog.card import Card, card, names
from catalog.reach import Asker

router = APIRouter()
At = Annotated[Doors, Depends(doors)]
STARTING: dict[int | str, dict[str, Any]] = {
    503: {"model": dict[str, str], "description": "The bot is starting, or a part does not work."}
}
LIMIT = 10
Municipality = Annotated[
    str | None,
    Query(max_length=80, description="The customer's: code (091) or name."),
    Storable,
]


@router.get("/api/services", tags=["services"], responses=problems(422))
async def services(
    at: At,
    q: Annotated[str, Query(min_length=1, max_length=500, description="In the customer's words.")],
    language: Language = "fi",
    municipality: Municipality = None,
) -> list[ServiceHit]:
    """The likeliest services for these words, best first."""

    def look() -> list[ServiceHit]:
        asker = Asker(_area(at, municipality))
        found = at.desk.finder().find(q, language, asker, limit=LIMIT).services
        with at.desk.reading() as session:
            named = names(session, [one.service_id for one in found], language)
        return [
            ServiceHit(id=one.service_id, name=named[one.service_id], score=round(one.score, 4))
            for one in found
            if one.service_id in named
        ]

    return await at.work(look)


@router.get("/api/services/{service_id}", tags=["services"], responses=problems(404, 422))
async def service(
    service_id: Annotated[str, Path(max_length=36), Storable],
    at: At,
    language: Language = "fi",
    municipality: Municipality = None,
) -> ServiceOut:
    """One service in the language asked for, or in one that its text exists in."""

    def look() -> Card | None:
        area_id = _area(at, municipality)
        with at.desk.reading() as session:
            return card(session, service_id, language, now=at.desk.now(), area_id=area_id)

    found = await at.work(look)
    if found is None:
        raise HTTPException(404)
    return _service(found)


@router.get("/health", tags=["operating"], responses=problems())
async def health(at: At) -> dict[str, str]:
    """200 as soon as messages are taken: the database can be read."""
    try:
        async with asyncio.timeout(PATIENCE):
            works = await at.work(at.database.works)
    except TimeoutError:
        works = False
    if not works:
        raise HTTPException(503)
    return {"status": "ok"}


@router.get("/ready", tags=["operating"], responses=problems() | STARTING)
async def ready(at: At, response: Response) -> dict[str, str]:
    """200 when bot, index and database work; else 503, and messages become tickets where they can.

    Says of each part what is wrong with it. A stuck outbox and a full disk are told with a 200:
    they want an operator, and customers are served meanwhile.
    """
    parts = await at.readiness.parts()
    response.status_code = 200 if parts.ready else 503
    return {"status": parts.status, **asdict(parts)}


def _area(at: Doors, municipality: str | None) -> str | None:
    """The customer's municipality; one that is not known is as if none were given."""
    if not municipality:
        return None
    with at.desk.reading() as session:
        return municipality_id(session, at.desk.finder().places, municipality)


def _service(found: Card) -> ServiceOut:
    return ServiceOut.model_validate(
        {
            **{name: getattr(found, name) for name in ServiceOut.model_fields},
            "dated": found.dated.isoformat() if found.dated else None,
            "channels": [
                {name: getattr(one, name) for name in ChannelOut.model_fields}
                for one in found.channels
            ],
            "promises": list(found.promises),
            "stages": [vars(one) for one in found.stages],
        }
    )
