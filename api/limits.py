"""How much one customer may ask at once; who is over it hears why and until when, and 112 always.

Telephone providers and counter staff speak for many people from one address: neither is bounded.
"""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.contract import ChatIn, Language, Problem
from api.doors import Doors, doors
from api.guessing import Address, network
from api.page_texts import LANGUAGES, texts
from api.problem_pages import problem_page, wants_page
from api.proof import proved
from api.tries import HOUR, Tries, take_all
from catalog.danger import in_danger
from catalog.personal_data import mask
from desk.models import Conversation

EVERYBODY = "everybody"
LATER = 5  # seconds after which there may be room
# What costs the desk work: the API and the customer's forms. A message is counted where it is
# read, for one that tells of danger is answered; a stream waits, and costs nothing.
COUNTED = re.compile(r"/(?:api|ticket|chat|accessibility|service-map|sheet)(?:/.*)?")
ELSEWHERE = re.compile(r"/api/chat|/chat|/api/chat/[^/]+/events")

Why = Literal["too_fast", "busy", "many", "danger"]


class TooMuch(Exception):
    """What was asked is not taken now; in `wait` seconds it may be.

    `why` names the sentence. `many`: a proof of work is taken instead of waiting.
    """

    def __init__(self, why: Why, wait: int, danger: dict[Language, str] | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait
        self._danger = danger or {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.wait)}

    def said(self, language: Language) -> str:
        t = texts("limits", language)
        return t[self.why].format(
            wait=waiting(self.wait, language), danger=self._danger.get(language, "")
        )

    def said_on_a_form(self, language: Language) -> str:
        """As `said`, for one whose message does not go by itself."""
        again = "" if self.why == "danger" else texts("limits", language)["again"]
        return f"{self.said(language)} {again}".strip()


def waiting(seconds: int, language: Language) -> str:
    """How long, as people say it: "20 sekuntia", "3 minuuttia"."""
    count, unit = (seconds, "second") if seconds < 90 else (math.ceil(seconds / 60), "minute")
    return texts("limits", language)[unit if count == 1 else f"{unit}s"].format(count=count)


@dataclass(frozen=True)
class Bounds:
    """The bounds of one request's customer."""

    at: Doors
    address: str  # empty: nobody tells whose it is

    async def message(self, message: ChatIn) -> None:
        """Counts a message before it is taken. Raises TooMuch."""
        self._room(message)
        known = message.conversation_id
        begins = known is None or not await self.at.work(self._known, known)
        wait = await self.at.counts.aside(take_all, self._counted(message, begins))
        if wait:
            raise self._too_much("too_fast", wait, message)
        if begins and self.address and not await self.at.counts.aside(self._place, message):
            raise self._too_much("many", LATER, message)
        self._room(message)  # others have come while this one was counted

    def _room(self, message: ChatIn) -> None:
        """Who would wait for so long that the desk gave up on the bot had better come again."""
        pace, settings = self.at.front.pace, self.at.settings
        if pace.open >= settings.limit_open_messages or pace.wait > settings.bot_time_limit:
            raise self._too_much("busy", LATER, message)

    def _counted(self, message: ChatIn, begins: bool) -> list[tuple[Tries, str]]:
        settings, counts = self.at.settings, self.at.counts
        most_begun = settings.limit_new_conversations_per_hour
        counted = []
        if not begins and message.conversation_id:
            said = Tries(counts, "said", settings.limit_conversation_per_minute)
            counted.append((said, message.conversation_id))
        if self.address:
            counted.append((requests_of(self.at), self.address))
        if self.address and begins:
            counted.append((Tries(counts, "begun", most_begun, HOUR), self.address))
        return counted

    def _place(self, message: ChatIn) -> bool:
        """Whether one more conversation may begin: while there is no flood, or by a proof."""
        most = self.at.settings.flood_conversations_per_minute
        begun = Tries(self.at.counts, "begun_everywhere", most)
        return not begun.take(EVERYBODY) or proved(self.at, message.proof)

    def _known(self, conversation_id: str) -> bool:
        with self.at.desk.reading() as session:
            return session.get(Conversation, conversation_id) is not None

    def _too_much(self, why: Why, wait: int, message: ChatIn) -> TooMuch:
        if in_danger(mask(message.text).text, message.language or "fi") is None:
            return TooMuch(why, wait)
        say = self.at.desk.replies.say
        return TooMuch("danger", wait, {one: say("utter_danger", one) for one in LANGUAGES})


def requests_of(at: Doors) -> Tries:
    return Tries(at.counts, "request", at.settings.limit_address_per_minute)


def bounds(at: Annotated[Doors, Depends(doors)], address: Address) -> Bounds:
    """FastAPI dependency: the bounds of this request's address."""
    return Bounds(at, _counted_address(address))


Bounded = Annotated[Bounds, Depends(bounds)]


def handle_too_much(app: FastAPI) -> None:
    """A message that is not taken now is told as every problem is."""

    async def too_much(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, TooMuch)
        body = Problem(error=error.why, fi=error.said("fi"), sv=error.said("sv"))
        return JSONResponse(body.model_dump(), 429, headers=error.headers)

    app.add_exception_handler(TooMuch, too_much)


class AddressLimit:
    """Refuses what comes too fast from one address before anything of it is read."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = await self._wait(scope) if scope["type"] == "http" else 0
        answer = _refusal(scope, wait) if wait else self._app
        await answer(scope, receive, send)

    async def _wait(self, scope: Scope) -> int:
        client = scope.get("client")
        address = _counted_address(network(client[0])) if client else ""
        if not address or not _is_counted(scope):
            return 0
        return await self._doors.counts.aside(requests_of(self._doors).take, address)


def _is_counted(scope: Scope) -> bool:
    path = scope["path"]
    if ELSEWHERE.fullmatch(path) or scope["method"] == "OPTIONS":
        return False
    return COUNTED.fullmatch(path) is not None


def _counted_address(address: str) -> str:
    """The address where it is one: what has none, as behind a socket of this machine, is not told
    apart from everybody else there."""
    try:
        ipaddress.ip_network(address)
    except ValueError:
        return ""
    return address


def _refusal(scope: Scope, wait: int) -> Response:
    error = TooMuch("too_fast", wait)
    if wants_page(scope):
        return problem_page(scope, 429, {one: _text(one, wait) for one in LANGUAGES}, error.headers)
    told = {one: f"{_text(one, wait)} {texts('problem_page', one)['danger']}" for one in LANGUAGES}
    body = Problem(error=error.why, fi=told["fi"], sv=told["sv"])
    return JSONResponse(body.model_dump(), 429, headers=error.headers)


def _text(language: Language, wait: int) -> str:
    return texts("limits", language)["page_text"].format(wait=waiting(wait, language))
