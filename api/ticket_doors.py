"""The customer's own matter over the API: looked at, written to, rated, opened again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query

from api.contract import AddIn, Language, RatingIn, TicketState, problems
from api.ticket_visits import Pair, Visiting

router = APIRouter(tags=["tickets"])

Code = Annotated[str, Path(max_length=20)]
Secret = Annotated[str, Header(max_length=40)]


async def _pair(code: Code, x_ticket_secret: Secret = "") -> Pair:
    return Pair(code, x_ticket_secret)


Given = Annotated[Pair, Depends(_pair)]
Asked = Annotated[Language | None, Query(description="Of the words; without it the matter's own.")]


@router.get("/api/tickets/{code}", responses=problems(404, 422, 429))
async def ticket(pair: Given, visit: Visiting, language: Asked = None) -> TicketState:
    """Stage, owner, due time and what happens next, for who knows the secret; else 404, whatever
    was wrong."""
    return await visit.look(pair, language)


@router.post("/api/tickets/{code}/messages", responses=problems(400, 404, 409, 413, 422, 429))
async def add(
    pair: Given,
    given: AddIn,
    visit: Visiting,
    language: Asked = None,
) -> TicketState:
    """What the customer writes is before the owner; an answered matter is open again, with a new
    due time. 409 when it is closed."""
    return await visit.add(pair, given, language)


@router.post("/api/tickets/{code}/rating", responses=problems(400, 404, 409, 413, 422, 429))
async def rate(
    pair: Given,
    given: RatingIn,
    visit: Visiting,
    language: Asked = None,
) -> TicketState:
    """What the customer thinks of the answer; given again within 14 days it replaces the first.
    409 before there is an answer, and after that time."""
    return await visit.rate(pair, given, language)


@router.post("/api/tickets/{code}/reopen", responses=problems(400, 404, 409, 413, 422, 429))
async def reopen(
    pair: Given,
    given: AddIn,
    visit: Visiting,
    language: Asked = None,
) -> TicketState:
    """A matter closed within 60 days is open again, with a new due time; one that is open takes
    the words as a message. 409 after that time."""
    return await visit.reopen(pair, given, language)
