"""Files on the customer's page of a matter, by forms: sent, and saved. No script is needed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from api import file_problems, files
from api.contract import TicketState
from api.file_taking import given_out, sent
from api.page_texts import In, texts
from api.staff_pages import row_id
from api.ticket_pages import FormRefused, FormText, Given, after_deed, matter_page
from api.ticket_visits import Pair, Visiting
from desk.errors import FileRefused, FileUnknown, TicketUnknown

router = APIRouter(include_in_schema=False)


@router.post("/ticket/file")
async def add(request: Request, visit: Visiting, language: In) -> HTMLResponse:
    """The file is before the owner, and the page says so; or why it was not taken."""
    try:
        async with files.Form(request, visit.at) as form:
            pair = Pair(files.text_in(form, "code"), files.text_in(form, "secret"))
            chosen, seen = sent(files.file_in(form)), files.seen_in(form)

            async def adds() -> TicketState:
                if chosen is None:
                    raise FormRefused(texts("files", language)["no_file"])
                return await visit.add_file(pair, chosen, language, seen)

            return await after_deed(visit, pair, language, adds, done="done_file")
    except FileRefused as error:
        # The form was not read to its end, and the secret in it is lost: the page asks again.
        status, problem = file_problems.told(error, language)
        return matter_page(language, status=status, problem=problem)


@router.post("/ticket/open-file")
async def open_file(visit: Visiting, pair: Given, language: In, file: FormText = "") -> Response:
    """The file to be saved; or the matter's page, which says why not."""
    try:
        number = row_id(file)
        if number is None:
            raise FileUnknown
        return given_out(visit.at, await visit.file(pair, number))
    except (FileUnknown, TicketUnknown, HTTPException) as error:
        refused = error

        async def opens() -> TicketState:
            raise refused

        return await after_deed(visit, pair, language, opens, done="done_file")
