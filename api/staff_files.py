"""Files on the staff's page of a ticket: saved by whoever may read the matter."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import FileResponse

from api.contract import LAST_LINE
from api.file_taking import given_out
from api.staff_pages import HOME, At, Code, StaffRoute
from api.staff_session import SignedIn, page_for
from api.staff_views import ticket_by_code
from desk import attachments
from desk.door_records import Attachment

router = APIRouter(
    prefix=HOME + "/tickets/{code}/files", include_in_schema=False, route_class=StaffRoute
)


@router.get("/{file_id}")
async def open_file(
    at: At,
    me: Annotated[SignedIn, Depends(page_for("read"))],
    code: Code,
    file_id: Annotated[int, Path(ge=1, le=LAST_LINE)],
) -> FileResponse:
    """The file to be saved; a page that says why not, where it may not be opened."""

    def look() -> Attachment:
        with at.desk.reading() as session:
            return attachments.of_conversation(session, ticket_by_code(session, code), file_id)

    return given_out(at, await at.work(look))
