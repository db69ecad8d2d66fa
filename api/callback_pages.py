"""The forms of the customer's page by which a call is booked, changed and cancelled."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from api.callback_contract import CallbackIn
from api.callback_visits import CallbackVisit
from api.contract import Language, TicketState
from api.page_texts import In, texts
from api.ticket_pages import FormRefused, FormText, Given, after_deed
from api.ticket_visits import Visiting

router = APIRouter(prefix="/ticket/callback", include_in_schema=False)


@router.post("")
async def book(
    visit: Visiting,
    pair: Given,
    language: In,
    starts_at: FormText = "",
    number: FormText = "",
) -> HTMLResponse:
    """When the customer is rung stands on the page; what was refused can be chosen anew."""

    async def books() -> TicketState:
        return await CallbackVisit(visit).book(pair, _given(starts_at, number, language), language)

    return await after_deed(visit, pair, language, books, done="done_booked", number=number)


@router.post("/cancel")
async def cancel(visit: Visiting, pair: Given, language: In) -> HTMLResponse:
    """Nobody rings, and the page says that the matter is still taken care of."""

    async def cancels() -> TicketState:
        return await CallbackVisit(visit).cancel(pair, language)

    return await after_deed(visit, pair, language, cancels, done="done_cancelled")


def _given(starts_at: str, number: str, language: Language) -> CallbackIn:
    """Raises FormRefused."""
    t = texts("callbacks", language) | texts("problems", language)
    try:
        return CallbackIn.model_validate({"starts_at": starts_at, "number": number})
    except ValidationError as error:
        fields = {one["loc"][0] for one in error.errors()}
        name = "slot_missing" if "starts_at" in fields else "number_unclear"
        raise FormRefused(t[name]) from None
