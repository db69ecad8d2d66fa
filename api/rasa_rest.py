"""The door for clients that speak Rasa's REST channel: chat windows, gateways, test runners.

Such a client names its user by a `sender` of its own choice, which another could guess or choose
too. So a sender is never the key of a conversation: the key is made from it, the network that asks
and the desk's own key. Nothing can be read by it, for an answer holds only what is said to the
message that came with it. A name that is short, as "default" or "user1" is, would be many people's
name at once: each of their messages begins a conversation of its own.
"""

from __future__ import annotations

import re
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.exc import IntegrityError

from api.contract import (
    LONGEST_MESSAGE,
    LONGEST_PAGE,
    ChatIn,
    ChatOut,
    Language,
    ReplyOut,
    Storable,
    problems,
)
from api.doors import Doors, doors
from api.guessing import Address
from api.limits import Bounded, TooMuch
from api.page_texts import texts
from api.tries import Tries
from catalog.language import identify
from catalog.personal_data import mask
from desk import conversations
from desk.conversations import Place
from desk.models import Conversation

SHORTEST_OWN = 16  # characters of a sender that can be one person's own
MOST_A_MINUTE = 120  # messages from one network: an office's widget, not a flood
# What a client says for itself, not for its user: "/restart", "/get_started", "/greet{}".
COMMAND = re.compile(r"/[A-Za-z_]{1,60}(\{.*\})?")

router = APIRouter(prefix="/webhooks/rest", tags=["rasa"])
At = Annotated[Doors, Depends(doors)]


class MetadataIn(BaseModel):
    """What a client may know beside the message; what else it tells is left unread."""

    language: Annotated[str, Storable] | None = Field(None, description="fi or sv.")
    municipality: Annotated[str, Storable] | None = Field(
        None, max_length=80, description="Code (091) or name."
    )
    page: Annotated[str, Storable] | None = Field(None, max_length=LONGEST_PAGE)


class MessageIn(BaseModel):
    """A message as Rasa's REST channel takes it; further fields are left unread."""

    model_config = ConfigDict(extra="ignore")

    sender: Annotated[str, StringConstraints(max_length=200), Storable] = Field(
        "default", description="The client's name for its user: random, 16 characters or more."
    )
    message: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_MESSAGE),
        Storable,
    ]
    metadata: MetadataIn | None = None


class ButtonOut(BaseModel):
    title: str
    payload: str = Field(description="Send this as the next message.")


class MessageOut(BaseModel):
    recipient_id: str
    text: str
    buttons: list[ButtonOut] | None = None


def limit(at: At, network: Address) -> None:
    """FastAPI dependency. Raises TooMuch where one network sends too much."""
    wait = Tries(at.counts, "rasa_message", MOST_A_MINUTE).take(network) if network else 0
    if wait:
        raise TooMuch("too_fast", wait)


@router.get("/")
async def health() -> dict[str, str]:
    """Whether this door is open, as clients of Rasa ask."""
    return {"status": "ok"}


@router.post(
    "/webhook",
    response_model_exclude_none=True,
    responses=problems(400, 413, 422, 429),
    dependencies=[Depends(limit)],
)
async def message(
    given: MessageIn, request: Request, at: At, network: Address, bounds: Bounded
) -> list[MessageOut]:
    """Takes one message; what the desk says to it comes back. It always ends in an outcome: an
    answer, a question or an owned ticket, as by every other door."""
    own = at.desk.keys.sender_key(network, given.sender) if _is_own(given.sender) else None
    if COMMAND.fullmatch(given.message):
        return await at.work(_commanded, at, given, own)
    chat = _chat(given, own)
    await bounds.message(chat)
    if own is not None:
        await at.work(_begin, at, given, own)
    told = await at.front.take(chat)
    replies = [_reply(one, given.sender) for one in told.replies]
    if told.outcome.ticket and told.outcome.ticket.secret:
        replies.append(MessageOut(recipient_id=given.sender, text=_page(request, at, told)))
    return replies


def _is_own(sender: str) -> bool:
    return len(sender) >= SHORTEST_OWN


def _chat(given: MessageIn, own: str | None) -> ChatIn:
    more = given.metadata or MetadataIn()
    return ChatIn(
        conversation_id=own,
        message_id=uuid.uuid4().hex,
        text=given.message,
        language=_language(more.language),
        municipality=more.municipality,
        page=more.page,
        channel="api",
    )


def _language(told: str | None) -> Language | None:
    known = (told or "").lower()[:2]
    return "sv" if known == "sv" else "fi" if known == "fi" else None


def _begin(at: Doors, given: MessageIn, own: str) -> None:
    """The conversation of this sender is there; of two first messages at once, one begins it."""
    with at.desk.reading() as session:
        if session.get(Conversation, own) is not None:
            return
    told = _language(given.metadata.language if given.metadata else None)
    language = identify(given.message, told).language
    try:
        with at.desk.writing() as session:
            conversations.begin(
                session,
                language=language,
                place=Place(page=_page_of(given)),
                now=at.desk.now(),
                channel="api",
                conversation_id=own,
            )
    except IntegrityError:
        return


def _page_of(given: MessageIn) -> str | None:
    """An address may carry what a form was sent with."""
    page = given.metadata.page if given.metadata else None
    return mask(page).text[:LONGEST_PAGE] if page else None


def _commanded(at: Doors, given: MessageIn, own: str | None) -> list[MessageOut]:
    """A fresh start is taken in silence; everything else that a client says is a greeting."""
    if given.message.startswith("/restart"):
        with at.desk.writing() as session:
            known = session.get(Conversation, own) if own else None
            if known is not None:
                conversations.start_over(known)
        return []
    if given.message.startswith("/session_start"):
        return []
    language = _language(given.metadata.language if given.metadata else None) or "fi"
    said = [at.desk.replies.say(one, language) for one in ("utter_automaton", "utter_greet")]
    return [MessageOut(recipient_id=given.sender, text=one) for one in said]


def _reply(reply: ReplyOut, sender: str) -> MessageOut:
    buttons = [ButtonOut(title=one.title, payload=one.value) for one in reply.choices or ()]
    return MessageOut(recipient_id=sender, text=reply.text, buttons=buttons or None)


def _page(request: Request, at: Doors, told: ChatOut) -> str:
    """Where the answer can be read: it does not come to the client by itself."""
    desk = at.settings.public_url or str(request.base_url).rstrip("/")
    page = f"{desk}/ticket?lang={told.language}"
    return texts("rasa_rest", told.language)["matter_page"].format(page=page)
