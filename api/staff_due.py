"""The form by which a customer is promised an answer by another time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.doors import Doors
from api.page_texts import language_of, local_time, texts
from api.staff_pages import HOME, At, Code, FormText, Lang, StaffRoute
from api.staff_session import SignedIn, form_for
from api.staff_ticket_page import after_work
from api.staff_views import ticket_by_code
from desk import rescheduling, telling
from desk.clock import HELSINKI
from desk.errors import DueRefused
from desk.models import Conversation, Person, Ticket

router = APIRouter(prefix=HOME + "/tickets/{code}", include_in_schema=False, route_class=StaffRoute)


@router.post("/due")
async def due(
    at: At,
    me: Annotated[SignedIn, Depends(form_for("answer"))],
    code: Code,
    day: FormText = "",
    time: FormText = "",
    reason: FormText = "",
    lang: Lang = None,
) -> Response:
    def work() -> None:
        change_due(at, code, me.person_id, day, time, reason)

    written = {"due_day": day, "due_time": time, "due_reason": reason}
    return await after_work(at, me, code, lang, "due", written, "due", work)


def change_due(at: Doors, code: str, person_id: int, day: str, clock: str, reason: str) -> None:
    """The customer is promised the new time in the chat, and by a notice where they left a way
    back. Raises what `rescheduling.reschedule` does."""
    due_at = _instant(day, clock)
    with at.desk.writing() as session:
        now, ticket = at.desk.now(), ticket_by_code(session, code)
        person = session.get_one(Person, person_id)
        if rescheduling.reschedule(
            session, ticket, person, due_at, reason=reason, tell=_teller(session), now=now
        ):
            telling.promise_changed(session, ticket, now=now)


def _instant(day: str, clock: str) -> datetime:
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), HELSINKI)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DueRefused("unclear") from None


def _teller(session: Session) -> rescheduling.Tell:
    def tell(ticket: Ticket, due_at: datetime, reason: str) -> str:
        conversation = session.get_one(Conversation, ticket.conversation_id)
        language = language_of(conversation.language, "")
        line = texts("staff", language)["line_due_changed"]
        return line.format(due=local_time(due_at, language), reason=reason)

    return tell
