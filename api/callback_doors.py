"""Calls back over the API: looked at, booked, changed, cancelled by who has the matter's secret."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from api.callback_contract import CallbackIn, CallbackOut
from api.callback_visits import CallbackVisit
from api.contract import TicketState, problems
from api.ticket_doors import Asked, Given
from api.ticket_visits import Visiting

router = APIRouter(prefix="/api/tickets/{code}/callback", tags=["tickets"])


def _kept(state: TicketState) -> CallbackOut:
    if state.callback is None:
        raise HTTPException(404)
    return state.callback


@router.get("", responses=problems(404, 422, 429))
async def callback(pair: Given, visit: Visiting) -> CallbackOut:
    """The call that is booked, and the times to choose from. 404 for a closed matter too."""
    return _kept(await visit.look(pair, None))


@router.post("", responses=problems(400, 404, 409, 413, 422, 429))
async def book(
    pair: Given, given: CallbackIn, visit: Visiting, language: Asked = None
) -> TicketState:
    """The customer is rung at this time, instead of any earlier one. 409 when the time has been
    taken meanwhile or the matter is closed; 422 without a telephone number."""
    return await CallbackVisit(visit).book(pair, given, language)


@router.delete("", responses=problems(404, 422, 429))
async def cancel(pair: Given, visit: Visiting, language: Asked = None) -> TicketState:
    """Nobody rings; the matter stays with its owner."""
    return await CallbackVisit(visit).cancel(pair, language)
