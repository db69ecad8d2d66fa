"""Many customers at once, each message timed, each answer kept."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from tests.e2e.running_desk import Answer, RunningDesk

CLIENTS = 8
NEEDS = (
    "Tarvitsisin lapselle tilapäistä päivähoitoa",
    "Jag skulle vilja veta hur man ansöker om bygglov",
    "kuka nuohoaa mökin piipun",
    "Snön är inte plogad på vår gata",
)
MORE = ("mitä se maksaa", "vad kostar det", "mistä siihen saa apua", "tack för hjälpen")


@dataclass(frozen=True)
class Sent:
    """One message and what came back."""

    message_id: str
    text: str
    conversation: str | None
    answer: Answer
    seconds: float

    @property
    def kind(self) -> str:
        return str(self.answer["outcome"]["kind"])


@dataclass
class Crowd:
    """Fifty conversations over eight clients, and a moment in the middle when something happens."""

    desk: RunningDesk
    sent: list[Sent] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def talk(self, conversations: int, *, turns: int, at: int, happens: Callable[[], None]) -> None:
        """All conversations to their end; `happens` is called once, when `at` answers are in."""
        moment = _Once(at, happens)

        def one(number: int) -> None:
            conversation = None
            for turn in range(turns):
                texts = NEEDS if turn == 0 else MORE
                text = texts[(number + turn) % len(texts)]
                told = self.send(text, conversation)
                conversation = told.answer["conversation_id"]
                moment.reached(len(self.sent))

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(one, range(conversations)))

    def send(
        self, text: str, conversation: str | None = None, message_id: str | None = None
    ) -> Sent:
        """One message; `message_id` of an earlier one sends that again."""
        key = message_id or uuid.uuid4().hex
        began = time.monotonic()
        answer = self.desk.send(text, conversation, key)
        told = Sent(key, text, conversation, answer, time.monotonic() - began)
        with self._lock:
            self.sent.append(told)
        return told

    def send_twice_at_once(self, text: str) -> tuple[Sent, Sent]:
        """The same message from an impatient client: the second before the first is answered."""
        key = uuid.uuid4().hex
        with ThreadPoolExecutor(2) as hands:
            first, second = hands.map(lambda _: self.send(text, None, key), range(2))
        return first, second

    def again(self, earlier: Sent) -> Sent:
        return self.send(earlier.text, earlier.conversation, earlier.message_id)

    def slowest(self) -> float:
        return max(one.seconds for one in self.sent)


@dataclass
class _Once:
    at: int
    happens: Callable[[], None]
    _done: bool = False
    _lock: Lock = field(default_factory=Lock)

    def reached(self, count: int) -> None:
        with self._lock:
            if self._done or count < self.at:
                return
            self._done = True
        self.happens()
