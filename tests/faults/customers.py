"""Customers at their chat pages: what they write, and how their pages send it."""

from __future__ import annotations

import contextlib
import json
import random
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.settings import PROJECT

AT_ONCE = 12  # conversations that go on at the same moment
# As in chat.js, but none over 4 seconds: a test has less time than a customer.
PAUSES = (1, 2, 4)
PATIENCE = 20.0  # seconds that the page waits for one answer
GIVES_UP = 420.0  # seconds over all tries: then the message counts as lost
CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"

MORE = {
    "fi": ("mitä se maksaa?", "entä lauantaina?", "missä se on", "miten sitä haetaan", "kiitos"),
    "sv": ("vad kostar det?", "och på lördag?", "var finns det", "hur ansöker man", "tack"),
}
PERSON = {
    "fi": "Haluan puhua ihmisen kanssa. Osoitteeni on {address}",
    "sv": "Jag vill tala med en människa. Min adress är {address}",
}
COMPLAINT = {
    "fi": "Haluan valittaa päätöksestä: hakemukseni hylättiin ilman perusteluja",
    "sv": "Jag vill klaga på beslutet: min ansökan avslogs utan motivering",
}
DANGER = {"fi": "talossa palaa ja lapsi on sisällä", "sv": "det brinner och barnet är där inne"}
GIBBERISH = ("asdf qwe zxcv", "%%%% ///", "blörg fnurp mjölk?? 12", "😀😀😀")
CODE = {"fi": "Henkilötunnukseni on {code}", "sv": "Min personbeteckning är {code}"}


@dataclass(frozen=True)
class Talk:
    """What one customer will write, one after another, whatever is answered."""

    language: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """A message of a page, and the answer that it got in the end; None where it gave up."""

    body: dict[str, Any]
    answer: dict[str, Any] | None
    tries: int
    seconds: float


def identity_code(number: int) -> str:
    """A code that looks right to its check character; 900 to 999 are never given to anybody."""
    day, individual = 1 + number % 28, 900 + number % 100
    digits = f"{day:02}{1 + number % 12:02}{50 + number % 40:02}{individual}"
    return f"{digits[:6]}-{individual}{CHECK[int(digits) % 31]}"


def script(conversations: int) -> list[Talk]:
    """So many talks, half of each language, always the same: questions, wishes for a person,
    complaints, danger and gibberish; every fifth customer writes an identity code."""
    chosen = random.Random(500)
    asked = {language: _questions(language) for language in ("fi", "sv")}
    return [_talk(number, asked, chosen) for number in range(conversations)]


def planted(conversations: int) -> list[str]:
    return [identity_code(number) for number in range(0, conversations, 5)]


def _questions(language: str) -> list[str]:
    path = PROJECT / "eval" / "questions" / f"{language}.jsonl"
    return [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines()]


def _talk(number: int, asked: dict[str, list[str]], chosen: random.Random) -> Talk:
    language = ("fi", "sv")[number % 2]
    address = f"asiakas-{number}@esimerkki.fi"
    first = {
        6: PERSON[language].format(address=address),
        7: COMPLAINT[language],
        8: DANGER[language],
        9: chosen.choice(GIBBERISH),
    }.get(number // 2 % 10, chosen.choice(asked[language]))
    texts = [first, chosen.choice(MORE[language])]
    if number % 5 == 0:
        texts.append(CODE[language].format(code=identity_code(number)))
    return Talk(language, (*texts, chosen.choice(asked[language])))


@dataclass
class Customers:
    """Everybody who writes to one desk, and everything that came of it."""

    url: str
    talks: list[Talk]
    sent: list[Sent] = field(default_factory=list)
    begun: int = 0

    @contextlib.contextmanager
    def writing(self, share: int, over: float) -> Iterator[None]:
        """The next `share` talks begin, evenly over so many seconds, while the block runs; when it
        has ended they are talked to their ends."""
        talks = self.talks[self.begun : self.begun + share]
        self.begun += len(talks)
        with ThreadPoolExecutor(AT_ONCE) as pages:
            began = time.monotonic()
            talked: list[Future[None]] = [
                pages.submit(self._talk, one, began + over * at / max(1, len(talks)))
                for at, one in enumerate(talks)
            ]
            yield
            for one in talked:
                one.result()

    def _talk(self, talk: Talk, begins: float) -> None:
        time.sleep(max(0.0, begins - time.monotonic()))
        conversation = None
        with httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False) as http:
            for text in talk.texts:
                sent = self._delivered(http, conversation, text, talk.language)
                self.sent.append(sent)
                if sent.answer is None:
                    return
                conversation = sent.answer["conversation_id"]

    def _delivered(
        self, http: httpx.Client, conversation: str | None, text: str, language: str
    ) -> Sent:
        """As chat.js delivers: the same message_id until an answer comes."""
        body = {
            "message_id": uuid.uuid4().hex,
            "text": text,
            "language": language,
            "conversation_id": conversation,
            "page": f"{self.url}/",
        }
        began, tries = time.monotonic(), 0
        while time.monotonic() - began < GIVES_UP:
            answer = _post(http, body)
            tries += 1
            if answer is not None:
                return Sent(body, answer, tries, time.monotonic() - began)
            time.sleep(PAUSES[min(tries, len(PAUSES)) - 1])
        return Sent(body, None, tries, time.monotonic() - began)


def _post(http: httpx.Client, body: dict[str, Any]) -> dict[str, Any] | None:
    """None for what the page would try again; any other refusal would be shown to the customer,
    and none of these messages deserves one."""
    try:
        answer = http.post("/api/chat", json=body)
    except httpx.TransportError:
        return None
    if answer.status_code >= 500 or answer.status_code == 429:
        return None
    assert answer.status_code == 200, (answer.status_code, answer.text)
    told: dict[str, Any] = answer.json()
    return told
