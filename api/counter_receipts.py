"""Documents left at the counter: found a receiver for, taken, and a receipt printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from api.contract import LAST_LINE, Language
from api.counter_pages import CHANNEL, PATH, counter_page
from api.doors import Doors
from api.map_pages import own_address
from api.page_texts import language_of, local_time, texts
from api.staff_pages import At, FormText, Lang, StaffRoute, language_for, row_id, seen_other
from api.staff_session import SignedIn, form_for, page_for
from catalog.areas import municipality_id
from catalog.card import names
from catalog.opening import HELSINKI
from catalog.personal_data import contact, mask
from catalog.reach import Asker
from desk import conversations, receipts, telling
from desk.conversations import Place
from desk.customers import shown_owner
from desk.door_records import Receipt
from desk.errors import NothingLeft, ReceiverUnknown
from desk.models import Conversation, Person
from desk.receipts import Left

RECEIPTS = f"{PATH}/receipts"
MOST_FOUND = 5
LONGEST_PLACE, LONGEST_DESCRIPTION = 200, 2_000
# The receiver may print the secret again for this long; later the customer alone has it.
SECRET_FOR = timedelta(hours=1)
A_DAY = timedelta(hours=24)

router = APIRouter(prefix=RECEIPTS, include_in_schema=False, route_class=StaffRoute)
Clerk = Annotated[SignedIn, Depends(form_for("counter"))]
Reader = Annotated[SignedIn, Depends(page_for("counter"))]


@dataclass(frozen=True)
class Dropped:
    """The form of what was left, as the clerk filled it in."""

    place: str = ""
    description: str = ""
    documents: str = "1"
    service: str = ""
    misdelivered: bool = False
    contact: str = ""
    municipality: str = ""
    visitor: Language = "fi"


@dataclass(frozen=True)
class Receiver:
    service_id: str
    name: str


@dataclass(frozen=True)
class Shown:
    """A receipt in the words of its page."""

    id: int
    code: str
    secret: str | None
    place: str
    description: str
    documents: int
    received_at: datetime
    received_day: date
    received_by: str
    owner: str
    team: str
    due_at: datetime
    service: str | None
    misdelivered: bool
    language: Language


async def _dropped(
    place: FormText = "",
    description: FormText = "",
    documents: FormText = "1",
    service: FormText = "",
    misdelivered: FormText = "",
    contact: FormText = "",
    municipality: FormText = "",
    visitor: FormText = "",
) -> Dropped:
    """FastAPI dependency: the form, cut to what is kept."""
    return Dropped(
        place.strip()[:LONGEST_PLACE],
        description.strip()[:LONGEST_DESCRIPTION],
        documents.strip()[:10],
        service.strip()[:36],
        bool(misdelivered),
        contact.strip()[:200],
        municipality.strip()[:80],
        language_of(visitor, ""),
    )


Form = Annotated[Dropped, Depends(_dropped)]


@router.get("")
async def empty(at: At, me: Reader, lang: Lang = None) -> HTMLResponse:
    language = language_for(me, lang)
    return await _form(at, me, language, Dropped(visitor=language))


@router.post("/find")
async def find(at: At, me: Clerk, form: Form, lang: Lang = None) -> HTMLResponse:
    """Whom the documents may be for: services found by what the clerk wrote of them."""
    language = language_for(me, lang)
    if not form.description:
        return await _form(at, me, language, form, "receipt_missing", status=422)
    return await _form(at, me, language, form, found=await at.work(_found, at, form))


@router.post("")
async def receive(at: At, me: Clerk, form: Form, lang: Lang = None) -> Response:
    """Takes the documents, and leads to the receipt; a wrong form is shown again with why."""
    language = language_for(me, lang)
    if form.contact and contact(form.contact) is None:
        return await _form(at, me, language, form, "contact_wrong", status=422)
    try:
        made = await at.work(_receive, at, form, me.person_id)
    except (NothingLeft, ReceiverUnknown) as error:
        problem = "receipt_missing" if isinstance(error, NothingLeft) else "receiver_gone"
        return await _form(at, me, language, form, problem, status=422)
    return seen_other(f"{RECEIPTS}/{made}", lang)


@router.get("/{receipt}")
async def printed(
    receipt: Annotated[int, Path(ge=1, le=LAST_LINE)],
    request: Request,
    at: At,
    me: Reader,
    lang: Lang = None,
) -> HTMLResponse:
    """The receipt, to be printed and given to whoever left the documents."""
    language = language_for(me, lang)
    shown = await at.work(_shown, at, receipt, me.person_id)
    if shown is None:
        problem = "receipt_unknown"
        return await _form(at, me, language, Dropped(visitor=language), problem, status=404)
    return counter_page(
        "counter_receipt",
        language,
        me,
        receipt=shown,
        v=texts("counter", shown.language),
        base=own_address(request),
    )


async def _form(
    at: Doors,
    me: SignedIn,
    language: Language,
    form: Dropped,
    problem: str = "",
    *,
    found: tuple[Receiver, ...] | None = None,
    status: int = 200,
) -> HTMLResponse:
    if found is None and form.service:
        found = await at.work(_found, at, form)
    recent = await at.work(_recent, at, me.person_id)
    return counter_page(
        "counter_drop",
        language,
        me,
        status=status,
        form=form,
        found=found,
        recent=recent,
        problem=texts("counter", language)[problem] if problem else "",
    )


def _found(at: Doors, form: Dropped) -> tuple[Receiver, ...]:
    asker, words = Asker(_area(at, form)), mask(form.description).text
    found = at.desk.finder().find(words, form.visitor, asker, limit=MOST_FOUND).services
    ids = [one.service_id for one in found]
    with at.desk.reading() as session:
        named = names(session, ids, form.visitor)
    return tuple(Receiver(one, named[one]) for one in ids if one in named)


def _area(at: Doors, form: Dropped) -> str | None:
    with at.desk.reading() as session:
        return municipality_id(session, at.desk.finder().places, form.municipality)


def _receive(at: Doors, form: Dropped, person_id: int) -> int:
    """One transaction: conversation, ticket, receipt, and a notice where there is a way to send."""
    now, area, way = at.desk.now(), _area(at, form), contact(form.contact)
    left = Left(
        place=mask(form.place).text,
        description=mask(form.description).text,
        documents=row_id(form.documents) or 0,
        service_id=form.service or None,
        misdelivered=form.misdelivered,
        contact=way.value if way else None,
    )
    with at.desk.writing() as session:
        person = session.get_one(Person, person_id)
        again = receipts.just_received(session, left, person, now=now)
        if again is not None:
            return again.id
        begun = conversations.begin(
            session, language=form.visitor, place=Place(area), now=now, channel=CHANNEL
        )
        text = _words(left, form.visitor, now)
        made = receipts.receive(session, begun, left, person, text=text, now=now)
        telling.taken(session, receipts.ticket_of(session, made), now=now)
        return made.id


def _words(left: Left, language: Language, now: datetime) -> str:
    """What the customer reads of it under their matter."""
    t = texts("counter", language)
    told = t["line_received"].format(
        count=left.documents,
        what=left.description,
        place=left.place,
        at=local_time(now, language),
    )
    return f"{told} {t['line_misdelivered']}" if left.misdelivered else told


def _recent(at: Doors, person_id: int) -> list[Shown]:
    with at.desk.reading() as session:
        since = at.desk.now() - A_DAY
        return [_told(session, at, one, None) for one in receipts.latest(session, person_id, since)]


def _shown(at: Doors, receipt_id: int, person_id: int) -> Shown | None:
    with at.desk.reading() as session:
        receipt = session.get(Receipt, receipt_id)
        return _told(session, at, receipt, person_id) if receipt else None


def _told(session: Session, at: Doors, receipt: Receipt, reader: int | None) -> Shown:
    ticket = receipts.ticket_of(session, receipt)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    language: Language = "sv" if conversation.language == "sv" else "fi"
    fresh = at.desk.now() - receipt.received_at < SECRET_FOR
    own = reader == receipt.received_by_id
    service = names(session, [ticket.service_id], language) if ticket.service_id else {}
    return Shown(
        id=receipt.id,
        code=ticket.code,
        secret=at.desk.keys.ticket_secret(ticket.code) if own and fresh else None,
        place=receipt.place,
        description=receipt.description,
        documents=receipt.documents,
        received_at=receipt.received_at,
        received_day=receipt.received_at.astimezone(HELSINKI).date(),
        received_by=receipt.received_by.name,
        owner=shown_owner(ticket, language),
        team=ticket.team.named(language),
        due_at=ticket.due_at,
        service=service.get(ticket.service_id or ""),
        misdelivered=receipts.MISDELIVERED in ticket.tags,
        language=language,
    )
