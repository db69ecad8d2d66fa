"""A conversation of conversations/*.yml being told to a desk, turn by turn."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.running_desk import Answer, RunningDesk

Turn = dict[str, Any]
FIRST = "first"  # who speaks where a turn does not say it

# What the file tells of the customer, by the names of the public contract.
FIELDS = {"page": "language", "customer": "customer"}


@dataclass(frozen=True)
class Sent:
    text: str
    message_id: str
    conversation: str | None
    answer: Answer


@dataclass
class Telling:
    """The people at one browser, and what has been said so far."""

    desk: RunningDesk
    document: dict[str, Any]
    sent: list[Sent | None] = field(default_factory=list)  # none: the message was refused
    last: dict[str, Answer] = field(default_factory=dict)  # by who speaks

    def before(self, turn: Turn) -> Answer | None:
        """The answer that this turn's speaker had last."""
        return self.last.get(_who(turn))

    def tell(self, turn: Turn) -> Answer:
        """Sends the turn's message; one said to be an earlier one again is that, key and all."""
        earlier = self.sent[turn["same_message_as"] - 1] if "same_message_as" in turn else None
        conversation = self._conversation(turn)
        text = earlier.text if earlier else self.text(turn)
        message_id = earlier.message_id if earlier else uuid.uuid4().hex
        if earlier:
            conversation = earlier.conversation
        answer = self.desk.send(text, conversation, message_id, **self._given())
        self.sent.append(Sent(text, message_id, conversation, answer))
        self.last[_who(turn)] = answer
        return answer

    def refusal(self, turn: Turn) -> httpx.Response:
        """What the door says to another text under the message id of an earlier turn."""
        earlier = self.sent[turn["message_id_of"] - 1]
        assert earlier is not None
        self.sent.append(None)
        return self.desk.post(
            self.text(turn), self._conversation(turn), earlier.message_id, **self._given()
        )

    def text(self, turn: Turn) -> str:
        if "press" in turn:  # the button of that number under the reply before
            before = self.before(turn)
            assert before is not None
            return str(buttons(before)[turn["press"] - 1]["value"])
        return str(turn["say"]) * int(turn.get("times", 1))

    def conversations(self) -> set[str]:
        return {str(answer["conversation_id"]) for answer in self.last.values()}

    def _conversation(self, turn: Turn) -> str | None:
        before = self.before(turn)
        return None if before is None else str(before["conversation_id"])

    def _given(self) -> dict[str, str]:
        return {name: self.document[key] for key, name in FIELDS.items() if key in self.document}


def buttons(answer: Answer) -> list[dict[str, str]]:
    under: list[dict[str, str]] = answer["replies"][-1]["choices"] or []
    return under


def _who(turn: Turn) -> str:
    return str(turn.get("who", FIRST))
