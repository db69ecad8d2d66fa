"""The bot's only door: one message in, the intent and the replies out, behind a shared key."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.way_back import ASKED_BY

KEY_HEADER = "X-Luukku-Key"
LANGUAGES = ("fi", "sv")
LONGEST_TEXT = 6000  # characters
LONGEST_SENDER = 200  # characters


class MalformedTurn(ValueError):
    """The body is not a turn; the message names the field and never holds the text."""


@dataclass(frozen=True)
class Turn:
    """One masked message of a customer."""

    sender: str
    text: str
    metadata: dict[str, Any]
    actions_port: int | None = None  # of the app that asks; none: as the bot was told at its start

    @classmethod
    def from_body(cls, body: Any) -> Turn:
        """The turn that the body holds, or `MalformedTurn`."""
        if not isinstance(body, dict):
            raise MalformedTurn("body")
        sender, text, metadata = body.get("sender"), body.get("text"), body.get("metadata")
        if not isinstance(sender, str) or not 0 < len(sender) <= LONGEST_SENDER:
            raise MalformedTurn("sender")
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
            raise MalformedTurn("text")
        if not isinstance(metadata, dict) or type(metadata.get("turn_id")) is not int:
            raise MalformedTurn("metadata.turn_id")
        if metadata.get("language") not in LANGUAGES:
            raise MalformedTurn("metadata.language")
        port = body.get("actions_port")
        if port is not None and (type(port) is not int or not 0 < port < 65536):
            raise MalformedTurn("actions_port")
        return cls(sender, text, metadata, port)


class LuukkuInput(InputChannel):
    """Answers `turn` and `ready` to whoever knows the key, and nobody else."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    @classmethod
    def name(cls) -> str:
        return "luukku"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("luukku")

        @door.on_request
        async def ask_the_key(request: Request) -> HTTPResponse | None:
            given = request.headers.get(KEY_HEADER, "").encode("utf-8", "surrogateescape")
            if hmac.compare_digest(given, self._key):
                return None
            return json({"error": "wrong_key"}, status=401)

        @door.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            try:
                given = Turn.from_body(request.load_json())
            except MalformedTurn as malformed:
                return json({"error": "malformed", "field": str(malformed)}, status=400)
            return json(await _answer(request.app.ctx.agent, given))

        @door.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready() or not await _understands(agent):
                return json({"ready": False}, status=503)
            return json({"ready": True})

        return door


async def _answer(agent: Agent, turn: Turn) -> dict[str, Any]:
    ASKED_BY.set(turn.actions_port)
    replies = CollectingOutputChannel()
    message = UserMessage(
        turn.text, replies, turn.sender, input_channel=LuukkuInput.name(), metadata=turn.metadata
    )
    # Parsed here and handed on, so that the answer can name the intent without asking the tracker.
    message.parse_data = await agent.processor.parse_message(message)
    await agent.handle_message(message)
    return {
        "intent": _named(message.parse_data["intent"]),
        "replies": [reply["text"] for reply in replies.messages if reply.get("text")],
    }


def _named(intent: dict[str, Any]) -> dict[str, Any] | None:
    if not intent.get("name"):
        return None
    return {"name": intent["name"], "confidence": round(float(intent["confidence"]), 4)}


async def _understands(agent: Agent) -> bool:
    parsed = await agent.processor.parse_message(UserMessage("hei", sender_id="ready"))
    return _named(parsed["intent"]) is not None
