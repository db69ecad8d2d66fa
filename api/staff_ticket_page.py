"""The page of one ticket, shown again by its forms. A refused form keeps what was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.contract import Language
from api.doors import Doors
from api.page_texts import texts
from api.staff_canned_offers import offers
from api.staff_choices import choices
from api.staff_history import history
from api.staff_pages import HOME, language_for, path_to, staff_page
from api.staff_refusals import REFUSALS, refusal
from api.staff_session import SignedIn
from api.staff_views import ticket_by_code, ticket_view
from desk import acting
from desk.clock import HELSINKI

type Written = dict[str, str]


async def ticket_page(
    at: Doors,
    me: SignedIn,
    code: str,
    language: Language,
    *,
    status: int = 200,
    found: tuple[str, ...] = (),
    **values: Any,
) -> HTMLResponse:
    """Everything about the ticket that the person may see. Raises TicketUnknown."""

    def look() -> dict[str, Any]:
        with at.desk.reading() as session:
            person_id = me.person_id
            return {
                "ticket": ticket_view(
                    session,
                    code,
                    language,
                    person_id=person_id,
                    tasks=me.tasks,
                    now=at.desk.now(),
                ),
                "canned_offers": offers(session, ticket_by_code(session, code)),
                "history": history(
                    session,
                    ticket_by_code(session, code),
                    language,
                    person_id,
                    by_contact=at.settings.contact_history,
                ),
                "choices": choices(
                    session,
                    ticket_by_code(session, code),
                    language,
                    person_id=person_id,
                    found=found,
                ),
            }

    shown: dict[str, Any] = {"done": "", "problem": "", "form": "", "form_note": "", "written": {}}
    shown["t"] = texts("staff", language) | texts("files", language) | texts("canned", language)
    shown["most_mb"] = at.settings.attachment_max_mb
    shown["h"] = texts("history", language)
    shown["today"] = at.desk.now().astimezone(HELSINKI).date().isoformat()
    shown |= await at.work(look)
    acting.showed("history", [one.code for one in shown["history"]])
    return staff_page("ticket", language, me, status=status, part=HOME, **(shown | values))


async def after_work(
    at: Doors,
    me: SignedIn,
    code: str,
    lang: str | None,
    form: str,
    written: Written,
    done: str,
    work: Callable[[], object],
) -> Response:
    """The ticket's page after the work, or with the form and what to do where it is refused."""
    try:
        await at.work(work)
    except REFUSALS as error:
        language = language_for(me, lang)
        status, problem = refusal(error, language)
        return await ticket_page(
            at, me, code, language, status=status, problem=problem, form=form, written=written
        )
    return shown_again(code, done, lang)


def shown_again(code: str, what: str, lang: str | None) -> RedirectResponse:
    """The ticket's page, which says what was done."""
    return RedirectResponse(path_to(f"{HOME}/tickets/{code}", lang, done=what), 303)
