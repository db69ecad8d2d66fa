"""Files on a matter, over the API: added and had with the matter's code and secret."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from api.contract import LAST_LINE, TicketState, line_number, problems, storable
from api.doors import Doors
from api.file_taking import given_out, most_bytes, sent
from api.ticket_doors import Asked, Given
from api.ticket_visits import Visiting
from desk.errors import FileRefused

MOST_FIELDS = 10

router = APIRouter(tags=["tickets"])

FileId = Annotated[int, Path(ge=1, le=LAST_LINE)]
# The body is read only after the secret has been found right, so it is described by hand.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "seen": {
                            "type": "integer",
                            "description": "The last line that the customer had seen: the same "
                            "file sent again with it is kept once.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/api/tickets/{code}/files",
    responses=problems(400, 404, 409, 413, 422, 429),
    openapi_extra=BODY,
)
async def add(
    request: Request, pair: Given, visit: Visiting, language: Asked = None
) -> TicketState:
    """The file is before the owner; an answered matter is open again, with a new due time. What
    the file is, its content says: PDF, JPEG, PNG, WebP, plain text, DOCX, XLSX, ODT, ODS. 409 when
    the matter is closed or has too many files, 422 for a file that is not taken."""
    await visit.look(pair, language)
    async with Form(request, visit.at) as form:
        file = sent(file_in(form))
        if file is None:
            raise FileRefused("empty")
        return await visit.add_file(pair, file, language, seen_in(form))


@router.get(
    "/api/tickets/{code}/files/{file_id}",
    responses=problems(404, 422, 429) | {200: {"content": {"*/*": {}}}},
    response_class=FileResponse,
)
async def open_file(pair: Given, visit: Visiting, file_id: FileId) -> FileResponse:
    """The file as it was kept, to be saved. 404 until it has been searched for viruses, where the
    desk does so."""
    return given_out(visit.at, await visit.file(pair, file_id))


class Form:
    """A form with at most one file, which lies on the disk from its first megabyte on."""

    def __init__(self, request: Request, at: Doors) -> None:
        self._request, self._at = request, at

    async def __aenter__(self) -> FormData:
        """Raises FileRefused for a form that is too large, or none at all."""
        try:
            return await self._request.form(max_files=1, max_fields=MOST_FIELDS)
        except HTTPException as error:
            reason = "size" if error.status_code == 413 else "broken"
            raise FileRefused(reason, most_bytes(self._at)) from error
        except (UnicodeError, KeyError) as error:
            raise FileRefused("broken") from error

    async def __aexit__(self, *_: object) -> None:
        await self._request.close()


def file_in(form: FormData) -> UploadFile | None:
    given = form.get("file")
    return given if isinstance(given, UploadFile) else None


def text_in(form: FormData, name: str) -> str:
    given = form.get(name)
    return str(storable(given)) if isinstance(given, str) else ""


def seen_in(form: FormData) -> int | None:
    """The last line that the form's page showed; none where it does not say."""
    return line_number(text_in(form, "seen"))
