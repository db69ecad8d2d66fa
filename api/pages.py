"""The customer's pages: the chat, and those of a matter.

The chat page works without a script too: then each message is a form, and the whole conversation
comes back with the page. A conversation's id travels in form bodies only, never in an address.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from api import ticket_pages
from api.contract import (
    LONGEST_MESSAGE,
    ChatIn,
    ChatOut,
    ChoiceOut,
    Customer,
    Language,
    LineOut,
    Storable,
    TicketOut,
)
from api.doors import Doors, doors
from api.limits import Bounded, TooMuch
from api.page_texts import language_of, local_time, page, texts
from api.told import latest, lines
from desk.errors import MessageIdReused
from desk.models import Conversation

router = APIRouter(include_in_schema=False)
router.include_router(ticket_pages.router)

At = Annotated[Doors, Depends(doors)]
Lang = Annotated[str | None, Query(max_length=5)]
Accepted = Annotated[str, Header(alias="Accept-Language", max_length=500)]
FormText = Annotated[str, Form(), Storable]

# What chat.js says itself; everything else comes from the server.
SCRIPT_TEXTS = [
    "you",
    "bot",
    "staff",
    "someone",
    "choose",
    "typing",
    "proving",
    "sends_itself",
    "not_sent",
    "retry",
    "not_taken",
    "not_loaded",
    "write_something",
    "start_over_sure",
    "ticket_card",
    "ticket_code",
    "ticket_secret",
    "ticket_owner",
    "ticket_due",
    "ticket_keep",
    "ticket_open",
    "file_line",
]
CHAT = uuid.UUID("5a7d1c0e-6a0c-4a5e-8a0a-7d0f0c1d7a12")  # of message ids made from others


@dataclass(frozen=True)
class Talk:
    """A conversation as its page shows it."""

    customer: Customer = "public"
    conversation_id: str = ""
    spoken: str | None = None
    lines: tuple[LineOut, ...] = ()
    choices: tuple[ChoiceOut, ...] = ()
    ticket: TicketOut | None = None


@router.get("/")
async def chat(
    at: At, lang: Lang = None, customer: str = "", accepted: Accepted = ""
) -> HTMLResponse:
    """The chat's page; `?customer=internal` is that of the agencies' own staff."""
    return _chat_page(at, language_of(lang, accepted), Talk(_customer(customer)))


@router.get("/chat")
async def chat_again(lang: Lang = None) -> RedirectResponse:
    """The address of the form's answer, opened anew: the conversation is not in it."""
    return RedirectResponse(f"/?lang={language_of(lang, '')}", 303)


@router.post("/chat")
async def say(
    at: At,
    bounds: Bounded,
    text: FormText = "",
    choice: FormText = "",
    conversation_id: FormText = "",
    message_id: FormText = "",
    lang: FormText = "",
    customer: FormText = "",
    show: FormText = "",
    accepted: Accepted = "",
) -> HTMLResponse:
    """One message from the form, and the whole conversation back; `show` sends nothing."""
    language, who = language_of(lang, accepted), _customer(customer)
    problem, status = "", 200
    if not show:
        message = _message(choice or text, conversation_id, message_id, language, who)
        if isinstance(message, ChatIn):
            try:
                await bounds.message(message)
                conversation_id = (await _taken(at, message)).conversation_id
                text = text if choice else ""
            except TooMuch as error:
                talk = await at.work(_talk, at, conversation_id, who)
                problem = error.said_on_a_form(language)
                shown = _chat_page(at, language, talk, text or choice, problem, 429, message_id)
                shown.headers.update(error.headers)
                return shown
            except SQLAlchemyError:
                # Nothing is shown as sent; the same message id goes with the next try.
                problem = texts("problems", language)["busy"]
                talk = Talk(who, conversation_id)
                return _chat_page(at, language, talk, text, problem, 503, message_id)
        else:
            problem, status = message, 422
    talk = await at.work(_talk, at, conversation_id, who)
    return _chat_page(at, language, talk, text, problem, status)


@router.post("/chat/save")
async def save(
    at: At, conversation_id: FormText = "", lang: FormText = "", accepted: Accepted = ""
) -> Response:
    """The conversation as a text file for the customer to keep."""
    language = language_of(lang, accepted)
    talk = await at.work(_talk, at, conversation_id)
    name = texts("chat", language)["saved_as"]
    return PlainTextResponse(
        "\n\n".join(_saved(one, language) for one in talk.lines) + "\n",
        headers={"Content-Disposition": f'attachment; filename="{name}.txt"'},
    )


async def conversation_page(at: Doors, language: Language, conversation_id: str) -> HTMLResponse:
    """The chat's page with this conversation in it."""
    return _chat_page(at, language, await at.work(_talk, at, conversation_id))


def _chat_page(
    at: Doors,
    language: Language,
    talk: Talk,
    text: str = "",
    problem: str = "",
    status: int = 200,
    message_id: str = "",
) -> HTMLResponse:
    t = texts("chat", language)
    return page(
        "chat.html",
        language,
        status=status,
        t=t,
        told={name: t[name] for name in SCRIPT_TEXTS},
        # The very words by which the desk knows that a person is wanted.
        person=at.desk.replies.say("utter_to_a_person", language),
        problem=problem,
        text=text,
        message_id=message_id or str(uuid.uuid4()),
        **vars(talk),
    )


def _customer(given: str) -> Customer:
    return "internal" if given == "internal" else "public"


def _message(
    words: str, conversation_id: str, message_id: str, language: Language, customer: Customer
) -> ChatIn | str:
    """The message in the contract's form, or the sentence that says why it cannot be one."""
    if not words.strip():
        return texts("chat", language)["write_something"]
    if len(words) > LONGEST_MESSAGE:
        return texts("problems", language)["too_long"]
    try:
        return ChatIn(
            conversation_id=conversation_id or None,
            message_id=message_id,
            text=words.strip(),
            language=language,
            municipality=None,
            page="/",
            customer=customer,
        )
    except ValidationError:
        return texts("problems", language)["not_understood"]


async def _taken(at: Doors, message: ChatIn) -> ChatOut:
    """The answer; one that a customer writes after going back in the browser is a new message.

    Its id is made from the old id and the text, so that sending it twice still sends it once.
    """
    try:
        return await at.front.take(message)
    except MessageIdReused:
        made = str(uuid.uuid5(CHAT, f"{message.message_id}\0{message.text}"))
        return await at.front.take(message.model_copy(update={"message_id": made}))


def _talk(at: Doors, conversation_id: str, customer: Customer = "public") -> Talk:
    """The conversation; `customer` is who a page without one is for."""
    with at.desk.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return Talk(customer)
        last = latest(session, at.desk.keys, conversation_id)
        return Talk(
            customer=_customer(conversation.customer),
            conversation_id=conversation.id,
            spoken=conversation.language,
            lines=tuple(lines(session, at.desk.keys, conversation_id)),
            choices=tuple(last.replies[-1].choices or ()) if last and last.replies else (),
            ticket=last.outcome.ticket if last else None,
        )


def _saved(one: LineOut, language: Language) -> str:
    t = texts("chat", language)
    who = {"customer": t["you"], "bot": t["bot"]}.get(one.author)
    who = who or (t["staff"].format(name=one.name) if one.name else t["someone"])
    return f"{who} ({local_time(one.at, language)}):\n{one.text}"
