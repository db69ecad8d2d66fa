"""Where a message goes in and its replies come out, each door in the form that it speaks."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE = 60.0  # seconds for one answer; longer than any side lets an action take


class NoReply(Exception):
    """A door answered with an error or with nothing; the message says which."""


@dataclass(frozen=True)
class Message:
    """One message of a conversation of its own; its turn's id where the turn is open already."""

    message_id: str
    text: str
    language: str
    turn_id: int | None = None
    # A new one with each try: a bot remembers what a sender said.
    sender: str = field(default_factory=lambda: secrets.token_hex(12))


@dataclass(frozen=True)
class Door:
    """One way in: the address, the form of a message, and where the replies stand in the answer."""

    name: str
    url: str
    body: Callable[[Message], dict[str, Any]]
    replies: Callable[[Any], list[str]]
    opens_turns: bool = False  # whether the message itself opens its turn
    headers: dict[str, str] = field(default_factory=dict)

    def client(self) -> httpx.Client:
        """Connections to this door, which no proxy of the environment sees."""
        return httpx.Client(timeout=PATIENCE, trust_env=False, headers=self.headers)

    def ask(self, http: httpx.Client, message: Message) -> list[str]:
        """The texts of the replies. Raises NoReply when there are none."""
        answer = http.post(self.url, json=self.body(message))
        if answer.status_code != httpx.codes.OK:
            raise NoReply(f"{self.name} answered {answer.status_code}: {answer.text[:200]}")
        texts = self.replies(answer.json())
        if not all(texts) or not texts:
            raise NoReply(f"{self.name} answered without a reply")
        return texts


def rest_door(address: str) -> Door:
    """Rasa's own REST channel."""
    return Door(
        "stock: rasa run + rasa_sdk",
        f"{address}/webhooks/rest/webhook",
        lambda message: {
            "sender": message.sender,
            "message": message.text,
            "metadata": _metadata(message),
        },
        lambda answer: [reply.get("text", "") for reply in answer],
    )


def turn_door(address: str, key: str) -> Door:
    """The bot's own channel, as the app calls it."""
    return Door(
        "ours: bot + action door",
        f"{address}/webhooks/luukku/turn",
        lambda message: {
            "sender": message.sender,
            "text": message.text,
            "metadata": _metadata(message),
        },
        lambda answer: list(answer["replies"]),
        headers={"X-Luukku-Key": key},
    )


def chat_door(address: str) -> Door:
    """The customers' door: the same turn, and before and after it what the desk does."""
    return Door(
        "ours: POST /api/chat",
        f"{address}/api/chat",
        lambda message: {
            "message_id": message.message_id,
            "text": message.text,
            "language": message.language,
        },
        lambda answer: [reply["text"] for reply in answer["replies"]],
        opens_turns=True,
    )


def _metadata(message: Message) -> dict[str, Any]:
    return {"turn_id": message.turn_id, "language": message.language}
