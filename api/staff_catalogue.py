"""The pages of the catalogue's keepers: a service with its words, and what words find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from api.contract import LONGEST_MESSAGE, Language, Storable
from api.doors import Doors
from api.page_texts import LANGUAGES, texts
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
from catalog import keeping
from catalog.card import Card, card, names
from catalog.freshness import fresh
from catalog.keeping import Kept, NotKept, NotTheirs
from catalog.models import Channel, Organisation, Service, ServiceChannel, ServiceText
from catalog.reach import Asker
from desk.errors import NotAllowed
from desk.models import Person

PATH = f"{HOME}/catalogue"
FOUND = 12

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)

Keeper = Annotated[SignedIn, Depends(page_for("catalogue"))]
Sender = Annotated[SignedIn, Depends(form_for("catalogue"))]
ServiceId = Annotated[str, Path(max_length=36), Storable]
Words = Annotated[str, Query(max_length=LONGEST_MESSAGE), Storable]

type Change = Callable[[Session, Service, str, str, str], None]
CHANGES: dict[str, tuple[Change, str]] = {  # what a form does, and the text that says it is done
    "add-phrase": (keeping.add_phrase, "done_phrase"),
    "remove-phrase": (keeping.remove_phrase, "done_phrase_gone"),
    "add-former": (keeping.add_former, "done_former"),
    "remove-former": (keeping.remove_former, "done_former_gone"),
}


@dataclass(frozen=True)
class Hit:
    id: str
    name: str
    percent: int


@dataclass(frozen=True)
class Way:
    """A channel, and when somebody last checked it."""

    name: str
    kind: str
    verified_at: datetime | None
    fresh: bool


@dataclass(frozen=True)
class Entry:
    """A service in both languages."""

    id: str
    cards: dict[str, Card]
    words: dict[str, Kept]
    ways: list[Way]
    keeper: str
    may_edit: bool


@router.get("")
async def catalogue_page(at: At, me: Keeper, find: Words = "", lang: Lang = None) -> HTMLResponse:
    """What the words find now, as a customer who writes them would be answered."""
    language = language_for(me, lang)
    hits = await at.work(_found, at, find, language)
    return _page("catalogue", language, me, find=find, hits=hits)


@router.get("/{service_id}")
async def service_page(
    at: At,
    me: Keeper,
    service_id: ServiceId,
    words: Words = "",
    done: Annotated[str, Query(max_length=20)] = "",
    lang: Lang = None,
) -> HTMLResponse:
    said = texts("catalogue", language_for(me, lang)).get(f"done_{done}", "")
    return await _service_page(at, me, service_id, language_for(me, lang), words, done=said)


@router.post("/{service_id}/{what}")
async def change(
    at: At,
    me: Sender,
    service_id: ServiceId,
    what: str,
    language: FormText = "",
    text: FormText = "",
    lang: Lang = None,
) -> Response:
    """A phrase or a former name comes or goes; the search follows within seconds."""
    if what not in CHANGES:
        raise HTTPException(404)
    does, done = CHANGES[what]

    def work() -> None:
        with at.desk.writing() as session:
            login = session.get_one(Person, me.person_id).login
            does(session, _known(session, service_id), login, language, text)

    try:
        await at.work(work)
    except NotTheirs:
        raise NotAllowed("catalogue") from None
    except NotKept as refused:
        at_hand = language_for(me, lang)
        problem = texts("catalogue", at_hand)[f"refused_{refused.reason}"]
        written = {"form": f"{what}-{language}", "text": text}
        return await _service_page(
            at, me, service_id, at_hand, "", status=422, problem=problem, written=written
        )
    return seen_other(f"{PATH}/{service_id}", lang, done=done.removeprefix("done_"))


async def _service_page(
    at: Doors,
    me: SignedIn,
    service_id: str,
    language: Language,
    words: str,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    def look() -> Entry:
        with at.desk.reading() as session:
            login = session.get_one(Person, me.person_id).login
            return entry(session, service_id, language, login, at.desk.now())

    shown = {"entry": await at.work(look), "words": words, "done": "", "problem": ""}
    shown |= {"written": {}, "hits": await at.work(_found, at, words, language)}
    return _page("service", language, me, status=status, **(shown | values))


def _page(
    name: str, language: Language, me: SignedIn, *, status: int = 200, **values: Any
) -> HTMLResponse:
    c = texts("catalogue", language)
    return staff_page(name, language, me, status=status, part=PATH, c=c, **values)


def entry(session: Session, service_id: str, language: str, login: str, now: datetime) -> Entry:
    """Everything that the keepers look after of one service. Raises HTTPException 404."""
    service = _known(session, service_id)
    told = {one: card(session, service_id, one, now=now) for one in LANGUAGES}
    return Entry(
        id=service_id,
        cards={one: found for one, found in told.items() if found is not None},
        words={one: keeping.words_of(session, service_id, one) for one in LANGUAGES},
        ways=_ways(session, service_id, language, now),
        keeper=_name(session.get_one(Organisation, service.keeper_id), language),
        may_edit=keeping.may_edit(session, service, login),
    )


def _known(session: Session, service_id: str) -> Service:
    service = session.get(Service, service_id)
    if service is None or not service.texts:
        raise HTTPException(404)
    return service


def _name(organisation: Organisation, language: str) -> str:
    by_language = {one.language: one.name for one in organisation.texts}
    return by_language.get(language) or next(iter(by_language.values()), organisation.id)


def _ways(session: Session, service_id: str, language: str, now: datetime) -> list[Way]:
    """Every channel, those too that customers are not shown since nobody has checked them."""
    rows = session.scalars(
        select(Channel).join(ServiceChannel).where(ServiceChannel.service_id == service_id)
    )
    found = [
        Way(_text(row, language), row.kind, row.verified_at, fresh(row, now))
        for row in rows
        if row.texts
    ]
    return sorted(found, key=lambda one: (one.fresh, one.name))


def _text(row: Channel, language: str) -> str:
    return next((one.name for one in row.texts if one.language == language), row.texts[0].name)


def _found(at: Doors, words: str, language: Language) -> list[Hit]:
    """As the search answers now; a service's own id finds it too."""
    if not words.strip():
        return []
    found = at.desk.finder().find(words, language, Asker(internal=True), limit=FOUND).services
    with at.desk.reading() as session:
        exact = session.get(ServiceText, (words.strip(), language))
        hits = [(one.service_id, one.score) for one in found]
        if exact is not None:
            hits = [(exact.service_id, 1.0), *(one for one in hits if one[0] != exact.service_id)]
        named = names(session, [one for one, _ in hits], language)
    return [Hit(id_, named[id_], round(100 * score)) for id_, score in hits if id_ in named]
