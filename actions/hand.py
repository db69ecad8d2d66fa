"""What an action has in hand while it decides one turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.intents import IntentModel
from actions.replies import Replies, Reply
from actions.words import Words
from catalog.find import NOTHING_FOUND, Finder, Findings
from catalog.language import Language
from desk import conversations
from desk.conversations import Pending
from desk.models import Conversation, Turn
from desk.outcomes import Outcome
from desk.secrets import Keys

SessionScope = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Desk:
    """What every action needs; made once at start by whoever opens the doors."""

    writing: SessionScope
    reading: SessionScope
    finder: Callable[[], Finder]  # a call, since the catalogue is swapped whole when it changes
    replies: Replies
    words: Words
    rules: Mapping[str, str]  # intent -> action, as the bot's own rules have it
    intents: IntentModel | None  # none where it was fitted for another encoder
    keys: Keys
    now: Callable[[], datetime]
    pool: Executor


@dataclass(frozen=True)
class Heard:
    """How the message was read: by the bot alone, or with its meaning and the search."""

    turn_id: int
    intent: str
    confidence: float
    guesses: Mapping[str, float] = field(default_factory=dict)  # intent -> confidence, all named

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Heard:
        """Reads Rasa's latest message. Raises KeyError when the turn is not named in it."""
        intent = message.get("intent") or {}
        return cls(
            turn_id=int(message["metadata"]["turn_id"]),
            intent=str(intent.get("name") or "nlu_fallback"),
            confidence=float(intent.get("confidence") or 0.0),
            guesses={
                str(one["name"]): float(one["confidence"])
                for one in message.get("intent_ranking") or ()
            },
        )

    @property
    def named(self) -> Mapping[str, float]:
        """Every intent that was named with its confidence; one at least."""
        return self.guesses or {self.intent: self.confidence}


@dataclass(frozen=True)
class Decision:
    """How the turn shall end, and what is said."""

    outcome: Outcome
    replies: tuple[Reply, ...]
    first: tuple[Reply, ...] = ()  # before all else, the automaton's own introduction too


@dataclass(frozen=True)
class Hand:
    """One turn, held for this transaction."""

    session: Session
    turn: Turn
    conversation: Conversation
    heard: Heard
    found: Findings
    desk: Desk
    now: datetime
    together: Findings = NOTHING_FOUND  # with what the desk asked about, where this may reply

    @property
    def language(self) -> Language:
        return "sv" if self.conversation.language == "sv" else "fi"

    @property
    def pending(self) -> Pending:
        return conversations.pending(self.conversation)

    def say(self, reply: str, /, **values: str) -> str:
        return self.desk.replies.say(reply, self.language, **values)

    def await_next(self, pending: Pending) -> None:
        """What the desk waits for from now on; what it waited for before is over."""
        self.conversation.pending = pending.stored()


Decide = Callable[[Hand], Decision]
