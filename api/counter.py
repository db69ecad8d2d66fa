"""The counter: staff serve a visitor face to face, on the desk that everybody else asks too.

The visitor's words go through the same turn as a message of the chat; the clerk reads out what the
bot would say and hands over the same card on paper. Whose visit it is travels in the forms alone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from api.contract import LONGEST_MESSAGE, ChatIn, ChatOut, Language
from api.counter_pages import CHANNEL, PATH, counter_page
from api.doors import Doors
from api.guessing import Address, Guessed
from api.map_pages import own_address
from api.page_texts import language_of, local_time, texts
from api.passing_doors import new_code
from api.sheet import Sheet, sheet
from api.staff_lines import HIDDEN
from api.staff_pages import At, FormText, Lang, StaffRoute, language_for
from api.staff_session import SignedIn, form_for, page_for
from api.told import latest
from catalog.areas import municipality_id
from desk import passing
from desk.conversations import lines_after
from desk.errors import CodeUnknown, MessageIdReused
from desk.models import AUTHORS, Conversation
from desk.secrets import SECRET_PLACE

router = APIRouter(prefix=PATH, include_in_schema=False, route_class=StaffRoute)
Clerk = Annotated[SignedIn, Depends(form_for("counter"))]
TOLD_OF = ("answer", "handover", "person")  # outcomes with a service to tell of


@dataclass(frozen=True)
class Said:
    author: str
    text: str
    language: str


@dataclass(frozen=True)
class Visit:
    """One visitor's conversation as the clerk sees it."""

    conversation_id: str
    language: Language
    lines: tuple[Said, ...]
    last: ChatOut | None  # how the last message ended
    sheet: Sheet | None


@dataclass(frozen=True)
class Written:
    """What the clerk's form holds besides the words."""

    conversation_id: str
    message_id: str
    language: Language  # the visitor's
    municipality: str


async def _written(
    conversation_id: FormText = "",
    message_id: FormText = "",
    visitor: FormText = "",
    municipality: FormText = "",
) -> Written:
    """FastAPI dependency: the form's own fields."""
    return Written(conversation_id, message_id, language_of(visitor, ""), municipality.strip()[:80])


Form = Annotated[Written, Depends(_written)]


@router.get("")
async def new_visitor(
    at: At, me: Annotated[SignedIn, Depends(page_for("counter"))], lang: Lang = None
) -> HTMLResponse:
    """The counter as it waits for the next visitor: nothing of the one before is left."""
    language = language_for(me, lang)
    return _page(at, me, language, Written("", _new_id(), language, ""), None)


@router.post("")
async def say(
    request: Request,
    at: At,
    me: Clerk,
    form: Form,
    text: FormText = "",
    choice: FormText = "",
    lang: Lang = None,
) -> HTMLResponse:
    """What the visitor said, taken as a message of theirs, and what the desk answers."""
    language = language_for(me, lang)
    taken = await _take(at, language, form, (choice or text).strip())
    problem, conversation_id = (
        (taken, form.conversation_id) if isinstance(taken, str) else ("", taken.conversation_id)
    )
    visit = await at.work(_visit, at, conversation_id, form.municipality)
    again = Written(conversation_id, _new_id(), form.language, form.municipality)
    kept = text if problem else ""
    return _page(at, me, language, again, visit, request, problem=problem, text=kept)


@router.post("/continue")
async def go_on(
    request: Request,
    at: At,
    me: Clerk,
    guesses: Guessed,
    address: Address,
    code: FormText = "",
    lang: Lang = None,
) -> HTMLResponse:
    """The conversation that the visitor began elsewhere, by the code that they say."""
    language, problem, moved = language_for(me, lang), "", ""
    try:
        # The clerk is known, so guessing is counted against the log-in and not the office.
        async with guesses.one(f"{address}/{me.person_id}", code):
            moved = await at.work(_moved, at, code)
    except CodeUnknown:
        problem = texts("problems", language)["code_unknown"]
    except HTTPException:
        problem = texts("problems", language)["too_many_tries"]
    visit = await at.work(_visit, at, moved, "")
    visitor = visit.language if visit else language
    again = Written(moved, _new_id(), visitor, "")
    return _page(at, me, language, again, visit, request, problem=problem)


@router.post("/code")
async def give_code(
    request: Request, at: At, me: Clerk, form: Form, lang: Lang = None
) -> HTMLResponse:
    """A code with which the visitor goes on at home or on the telephone."""
    language = language_for(me, lang)
    code = await at.work(new_code, at, form.conversation_id)
    visit = await at.work(_visit, at, form.conversation_id, form.municipality)
    again = Written(form.conversation_id, _new_id(), form.language, form.municipality)
    until = local_time(at.desk.now() + passing.LASTS, form.language)
    shown = passing.spaced(code) if code else ""
    return _page(at, me, language, again, visit, request, pass_code=shown, pass_until=until)


async def _take(at: Doors, language: Language, form: Written, words: str) -> ChatOut | str:
    """The answer, or the sentence that says why there is none."""
    if not words:
        return texts("counter", language)["say_something"]
    if len(words) > LONGEST_MESSAGE:
        return texts("problems", language)["too_long"]
    try:
        message = ChatIn.model_validate(
            {
                "conversation_id": form.conversation_id or None,
                "message_id": form.message_id,
                "text": words,
                "language": form.language,
                "municipality": form.municipality or None,
                "page": PATH,
            }
        )
        return await at.front.take(message, channel=CHANNEL)
    except ValidationError:
        return texts("problems", language)["not_understood"]
    except MessageIdReused:
        return texts("counter", language)["sent_already"]


def _moved(at: Doors, code: str) -> str:
    with at.desk.writing() as session:
        return passing.take(session, at.desk.keys, code, channel=CHANNEL, now=at.desk.now()).id


def _visit(at: Doors, conversation_id: str, municipality: str) -> Visit | None:
    with at.desk.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return None
        language: Language = "sv" if conversation.language == "sv" else "fi"
        last = latest(session, at.desk.keys, conversation.id)
        area = municipality_id(session, at.desk.finder().places, municipality)
        return Visit(
            conversation_id=conversation.id,
            language=language,
            lines=tuple(_lines(session, conversation.id)),
            last=last,
            sheet=_sheet(session, at, conversation, last, area or conversation.municipality_id),
        )


def _lines(session: Session, conversation_id: str) -> list[Said]:
    said = lines_after(session, conversation_id, 0, authors=AUTHORS)
    return [
        Said(one.author, one.text.replace(SECRET_PLACE, HIDDEN), one.language)
        for one in said
        if one.text
    ]


def _sheet(
    session: Session,
    at: Doors,
    conversation: Conversation,
    last: ChatOut | None,
    area: str | None,
) -> Sheet | None:
    """The sheet of the service that was answered with, in the visitor's language; with a matter
    that was taken, of the one that the talk was about."""
    if last is None or last.outcome.kind not in TOLD_OF:
        return None
    found = last.outcome.services[:1] if last.outcome.kind == "answer" else []
    service_id = found[0].id if found else conversation.topic_id
    if service_id is None:
        return None
    t = texts("sheet", last.language)
    return sheet(session, service_id, last.language, t, now=at.desk.now(), area_id=area)


def _page(
    at: Doors,
    me: SignedIn,
    language: Language,
    form: Written,
    visit: Visit | None,
    request: Request | None = None,
    *,
    problem: str = "",
    text: str = "",
    pass_code: str = "",
    pass_until: str = "",
) -> HTMLResponse:
    spoken = visit.language if visit else form.language
    return counter_page(
        "counter",
        language,
        me,
        s=texts("sheet", spoken),
        v=texts("counter", spoken),
        form=form,
        visit=visit,
        spoken=spoken,
        problem=problem,
        text=text,
        pass_code=pass_code,
        pass_until=pass_until,
        base=own_address(request) if request else "",
        # The very words by which the desk knows that a person is wanted.
        person=at.desk.replies.say("utter_to_a_person", spoken),
    )


def _new_id() -> str:
    return str(uuid.uuid4())
