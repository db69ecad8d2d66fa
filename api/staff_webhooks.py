"""The page of webhooks: who is told of events, what did not arrive, and a new receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.contract import LAST_LINE, Language, Storable
from api.doors import Doors
from api.page_texts import texts
from api.staff_pages import (
    HOME,
    At,
    FormText,
    Lang,
    StaffRoute,
    language_for,
    seen_other,
    staff_page,
)
from api.staff_session import SignedIn, form_for, page_for
from api.webhook_sender import Addresses, AddressRefused
from api.webhook_views import listed, text_name
from desk import webhooks
from desk.door_records import Webhook
from desk.ticket_events import EVENTS

PATH = f"{HOME}/webhooks"
MOST_EVENTS = 20

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)

Looker = Annotated[SignedIn, Depends(page_for("webhooks"))]
Keeper = Annotated[SignedIn, Depends(form_for("webhooks"))]
WebhookId = Annotated[int, Form(alias="webhook", ge=0, le=LAST_LINE)]
Chosen = Annotated[list[Annotated[str, Storable]], Form(alias="event", max_length=MOST_EVENTS)]

type Deed = Callable[[Session, Webhook], object]


@router.get("")
async def webhooks_page(
    at: At, me: Looker, done: Annotated[str, Query(max_length=20)] = "", lang: Lang = None
) -> HTMLResponse:
    language = language_for(me, lang)
    return await _page(at, me, language, done=_texts(language).get(f"done_{done}", ""))


@router.post("")
async def add(
    at: At,
    me: Keeper,
    url: FormText = "",
    chosen: Chosen = [],  # noqa: B006  (FastAPI copies)
    lang: Lang = None,
) -> HTMLResponse:
    """The receiver is told from now on; its secret is shown on this page and never again."""
    language, url = language_for(me, lang), url.strip()
    wanted = [one for one in EVENTS if one in chosen]

    def work() -> str:
        with at.desk.writing() as session:
            return webhooks.add(session, url, wanted, now=at.desk.now()).secret

    try:
        await Addresses(at.settings.webhook_allow_private).checked(url)
        secret = await at.work(work)
    except AddressRefused as refused:
        wrong = refused.reason
    except IntegrityError:
        wrong = "taken"
    else:
        return await _page(at, me, language, secret=secret, written={"url": url})
    said = _texts(language)[f"wrong_{wrong}"]
    form = {"written": {"url": url}, "chosen": wanted}
    return await _page(at, me, language, status=422, problem=said, **form)


@router.post("/test")
async def try_out(at: At, me: Keeper, webhook: WebhookId = 0, lang: Lang = None) -> Response:
    def deed(session: Session, found: Webhook) -> object:
        return webhooks.write_test(session, found, now=at.desk.now())

    return await _done(at, me, webhook, lang, "test", deed)


@router.post("/pause")
async def pause(at: At, me: Keeper, webhook: WebhookId = 0, lang: Lang = None) -> Response:
    """Nothing is written or sent until it is resumed; what waits already goes then."""

    def deed(_: Session, found: Webhook) -> None:
        found.active = False

    return await _done(at, me, webhook, lang, "pause", deed)


@router.post("/resume")
async def resume(at: At, me: Keeper, webhook: WebhookId = 0, lang: Lang = None) -> Response:
    def deed(_: Session, found: Webhook) -> None:
        found.active = True

    return await _done(at, me, webhook, lang, "resume", deed)


@router.post("/again")
async def again(at: At, me: Keeper, webhook: WebhookId = 0, lang: Lang = None) -> Response:
    """Everything that failed or waits for its next attempt is tried at once."""

    def deed(session: Session, found: Webhook) -> int:
        return webhooks.again(session, found, now=at.desk.now())

    return await _done(at, me, webhook, lang, "again", deed)


@router.post("/remove")
async def remove(at: At, me: Keeper, webhook: WebhookId = 0, lang: Lang = None) -> Response:
    return await _done(at, me, webhook, lang, "remove", webhooks.remove)


async def _done(
    at: Doors, me: SignedIn, webhook_id: int, lang: str | None, name: str, deed: Deed
) -> Response:
    def work() -> bool:
        with at.desk.writing() as session:
            found = session.get(Webhook, webhook_id)
            if found is not None:
                deed(session, found)
            return found is not None

    if await at.work(work):
        return seen_other(PATH, lang, done=name)
    language = language_for(me, lang)
    return await _page(at, me, language, status=404, problem=_texts(language)["wrong_unknown"])


async def _page(
    at: Doors, me: SignedIn, language: Language, *, status: int = 200, **values: Any
) -> HTMLResponse:
    t = _texts(language)
    shown: dict[str, Any] = {
        "done": "",
        "problem": "",
        "secret": "",
        "chosen": [],
        "events": [(text_name(one), one) for one in EVENTS],
        "webhooks": await at.work(listed, at, t),
    }
    answer = staff_page("webhooks", language, me, status=status, part=PATH, t=t, **(shown | values))
    return answer


def _texts(language: Language) -> dict[str, str]:
    return texts("staff", language) | texts("webhooks", language)
