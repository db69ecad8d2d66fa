"""The customer's own data: had as a file, and asked to be erased, with a matter's code and secret.

Both by forms on the matter's page and over the API; no script is needed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from api import ticket_doors, ticket_pages
from api.contract import Language, TicketState, problems
from api.page_texts import In, texts
from api.ticket_doors import Asked
from api.ticket_state import told_state
from api.ticket_visits import Pair, Visit, Visiting
from desk import erasing, personal_record
from desk.errors import TicketUnknown
from desk.models import Ticket
from desk.personal_record import Record
from desk.secrets import normal_ticket_code
from desk.tickets import by_code

router = APIRouter()


@dataclass(frozen=True)
class OwnData:
    """What a customer asks of their own data. Raises as the methods of `Visit` do."""

    visit: Visit

    async def record(self, pair: Pair) -> Record:
        """What the customer has told and been told in this matter."""
        async with self.visit.guesses.one(self.visit.address, pair.code):
            return await self.visit.at.work(self._record, pair)

    async def erasure(self, pair: Pair, language: Language | None) -> TicketState:
        """The owner sees that the data are to be erased, and owes an answer."""
        known = await self.visit.look(pair, language)
        return await self.visit.at.work(self._ask, pair, language, known.language)

    def _record(self, pair: Pair) -> Record:
        desk = self.visit.at.desk
        with desk.reading() as session:
            return personal_record.of_ticket(session, self._mine(session, pair), now=desk.now())

    def _ask(self, pair: Pair, language: Language | None, spoken: Language) -> TicketState:
        desk = self.visit.at.desk
        with desk.writing() as session:
            ticket = self._mine(session, pair)
            words = texts("privacy", spoken)["erasure_line"]
            erasing.ask(session, ticket, words, now=desk.now())
            return told_state(session, ticket, language, now=desk.now())

    def _mine(self, session: Session, pair: Pair) -> Ticket:
        return by_code(session, self.visit.at.desk.keys, pair.code, pair.secret)


async def own_data(visit: Visiting) -> OwnData:
    return OwnData(visit)


Own = Annotated[OwnData, Depends(own_data)]


# --- over the API ---


@router.get("/api/tickets/{code}/data", tags=["tickets"], responses=problems(404, 422, 429))
async def data(pair: ticket_doors.Given, own: Own) -> Record:
    """What the customer has told and been told in the matter, with its files' names. The fields
    are described in docs/privacy.md."""
    return await own.record(pair)


@router.post("/api/tickets/{code}/erasure", tags=["tickets"], responses=problems(404, 422, 429))
async def erasure(pair: ticket_doors.Given, own: Own, language: Asked = None) -> TicketState:
    """The customer wants their data erased: the matter is open before its owner, however long ago
    it was closed, and staff answer within the time that the law sets."""
    return await own.erasure(pair, language)


# --- on the matter's page ---


@router.post("/ticket/data", include_in_schema=False)
async def save_data(visit: Visiting, own: Own, pair: ticket_pages.Given, language: In) -> Response:
    """The data to be saved as a file; or the matter's page, which says why not."""
    try:
        return _file(await own.record(pair), pair)
    except (TicketUnknown, HTTPException) as error:
        refused = error

        async def saves() -> TicketState:
            raise refused

        return await ticket_pages.after_deed(visit, pair, language, saves, done="done_erasure")


@router.post("/ticket/erasure", include_in_schema=False)
async def ask_erasure(
    visit: Visiting, own: Own, pair: ticket_pages.Given, language: In
) -> HTMLResponse:
    """The matter's page, which says who answers and by when."""

    async def asks() -> TicketState:
        return await own.erasure(pair, language)

    return await ticket_pages.after_deed(visit, pair, language, asks, done="done_erasure")


def _file(record: Record, pair: Pair) -> Response:
    written = json.dumps(record, ensure_ascii=False, indent=2)
    name = normal_ticket_code(pair.code) or "luukku"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.json"',
        "Cache-Control": "no-store",
    }
    return Response(written, media_type="application/json", headers=headers)
