"""Every door that a customer's own words come in by, and what each must do with any of them."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import html5lib
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from api.open311_contract import LONGEST_DESCRIPTION
from api.shield import MOST_BYTES
from desk.outcomes import KINDS
from tests.api.mutations import MARK, PLAIN, RESULT, Mutated
from tests.phone.caller import Caller

STREETS = "635054a2-1cfc-45b2-9f6c-aebba696666c"
TAKEN, REFUSED = "taken", "refused"
ADDRESSES = {"href", "src", "action", "formaction", "style", "srcdoc", "data", "poster"}
NOT_SHOWN = {"script", "style", "template"}
SCRIPTS = re.compile(r"on\w+")


@dataclass
class Doors:
    """The application's doors; each message comes from an address of its own, as a stranger."""

    app: FastAPI
    matter: dict[str, str]  # code and secret of one that takes messages
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def send(self, message: Mutated, chance: Random) -> None:
        """By one door; what it does wrong is among the faults."""
        name = chance.choice(sorted(WAYS))
        where = f"{name}: {message.kind}: {message.text[:80]!r}"
        try:
            came = WAYS[name](self, self._client(), message, chance)
        except AssertionError as wrong:
            self.faults.append(f"{where}: {str(wrong)[:300]}")
        except Exception as error:  # noqa: BLE001  (the fault of one message; the rest go on)
            self.faults.append(f"{where}: {type(error).__name__}: {str(error)[:200]}")
        else:
            self.reached[name, came] += 1

    def _client(self) -> TestClient:
        one = next(self._numbers)
        host = f"10.{one >> 16 & 255}.{one >> 8 & 255}.{one & 255}"
        return TestClient(self.app, client=(host, 50_000))


def _bytes(text: str) -> bytes:
    """As a broken program encodes it: halves of pairs as bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def _form(client: TestClient, path: str, fields: dict[str, str]) -> Response:
    body = "&".join(f"{name}={quote(_bytes(one), safe='')}" for name, one in fields.items())
    told = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return client.post(path, content=body, headers=told)


def _status(answer: Response, *refusals: int) -> str:
    assert answer.status_code in (200, *refusals), answer.status_code
    too_large = len(answer.request.content) > MOST_BYTES
    assert (answer.status_code == 413) == too_large, answer.status_code
    return TAKEN if answer.status_code == 200 else REFUSED


def _json(answer: Response, *refusals: int) -> tuple[str, Any]:
    came = _status(answer, *refusals)
    assert answer.headers["Content-Type"].startswith("application/json"), answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return came, answer.json()


def _ended(told: dict[str, Any]) -> None:
    assert told["outcome"]["kind"] in KINDS.values(), told["outcome"]
    said = "\n".join(one["text"] for one in told["replies"])
    assert RESULT not in said
    assert MARK not in said  # the desk says what it has ready, and no customer's words


def by_chat(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    """Halves of pairs as escapes, or all of it as plain bytes, which then may be no UTF-8."""
    given = {"message_id": uuid.uuid4().hex, "text": message.text, "page": message.text[:500]}
    given["channel"] = chance.choice(["web", "widget", "api"])
    plain = chance.random() < 0.5
    body = json.dumps(given, ensure_ascii=not plain).encode("utf-8", "surrogatepass")
    sent = {"Content-Type": "application/json", "Origin": "https://example.org"}
    answer = client.post("/api/chat", content=body, headers=sent)
    came, told = _json(answer, 400, 413, 422)
    if came == TAKEN:
        _ended(told)
        again = client.get(f"/api/chat/{told['conversation_id']}")
        assert again.status_code == 200, again.status_code
    else:
        assert told["fi"], told
        assert told["sv"], told
    return came


def by_broken_bytes(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    body = bytearray(json.dumps({"message_id": "m" * 20, "text": message.text}), "utf-8")
    for _ in range(chance.randint(1, 5)):
        body.insert(chance.randrange(len(body)), chance.choice([0xFF, 0xC0, 0xED, 0x80, 0]))
    sent = {"Content-Type": "application/json"}
    return _json(client.post("/api/chat", content=bytes(body), headers=sent), 400, 413, 422)[0]


def by_megabyte(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    text = (message.text * (1_100_000 // len(message.text) + 1))[:1_100_000]
    if chance.random() < 0.5:
        page = _bytes(text).decode("utf-8", "replace")
        given = {"message_id": "m" * 20, "text": "a", "page": page}
        return _json(client.post("/api/chat", json=given), 413)[0]
    return _page(_form(client, "/chat", {"text": text}), message, 413, 422)


def by_form(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    fields = {"text": message.text, "message_id": uuid.uuid4().hex}
    fields["lang"] = chance.choice(["fi", "sv", message.text[:5]])
    return _page(_form(client, "/chat", fields), message, 413, 422)


def by_matter(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    fields = doors.matter | {"text": message.text}
    return _page(_form(client, "/ticket/message", fields), message, 413, 422)


def by_guess(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    """The words where a matter's code and secret belong."""
    fields = {"code": message.text[:200], "secret": message.text[:200]}
    return _page(_form(client, "/ticket", fields), message, 404, 413, 422, 429)


def by_map(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    path = chance.choice(["/palvelukartta", "/tjanstekarta"])
    return _page(_form(client, path, {"q": message.text[:300]}), message, 422)


def by_open311(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    text = message.text[:LONGEST_DESCRIPTION]
    form = chance.choice(["json", "xml"])
    fields = {"service_code": STREETS, "address_string": text[:100], "description": text}
    if chance.random() < 0.3:
        fields["media_url"] = text[:50]
    answer = _form(client, f"/open311/v2/requests.{form}", fields)
    came = _status(answer, 400, 422)
    assert form in answer.headers["Content-Type"], answer.headers
    told = answer.json() if form == "json" else ElementTree.fromstring(answer.text)  # noqa: S314
    assert len(told)
    return came


def by_rasa(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    sender = chance.choice([uuid.uuid4().hex, message.text[:200]])
    body = json.dumps({"sender": sender, "message": message.text, "metadata": {"page": "x"}})
    sent = {"Content-Type": "application/json"}
    answer = client.post("/webhooks/rest/webhook", content=body, headers=sent)
    came, told = _json(answer, 413, 422)
    if came == TAKEN:
        assert RESULT not in "".join(one["text"] for one in told)
    return came


def by_telephone(doors: Doors, client: TestClient, message: Mutated, chance: Random) -> str:
    """As a recogniser would write it: broken halves are no speech."""
    words = _bytes(message.text[:3_000]).decode("utf-8", "replace")
    caller = Caller(client, number=f"+35840{chance.randrange(10**7):07}")
    caller.rings()
    caller.presses(chance.choice("12"))
    said = caller.says(words)  # a status that is not 200, and XML that is none, are faults
    assert MARK not in said
    return TAKEN


def _page(answer: Response, message: Mutated, *refusals: int) -> str:
    """A page in which the message is text and nothing else."""
    came = _status(answer, *refusals)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8", answer.headers
    page = html5lib.parse(answer.text, namespaceHTMLElements=False)
    for element in page.iter():
        tag = str(element.tag)
        assert MARK not in tag, f"an element: {tag}"
        for name, value in element.attrib.items():
            bare = str(name).rpartition("}")[2].lower()
            assert MARK not in bare, f"an attribute: {name}"
            assert not SCRIPTS.fullmatch(bare), f"a script: {name}"
            assert not (bare in ADDRESSES and MARK in value), f"an address: {name}={value}"
        if tag in NOT_SHOWN:
            assert MARK not in "".join(element.itertext()), f"inside {tag}"
    shown = "".join(page.itertext())
    assert RESULT not in shown, "braces are worked out"
    if came == TAKEN and message.kind == "markup" and "/ticket" not in str(answer.url.path):
        assert PLAIN in answer.text, "what was written is not shown"
    return came


type Way = Callable[[Doors, TestClient, Mutated, Random], str]
WAYS: dict[str, Way] = {
    "chat": by_chat,
    "broken bytes": by_broken_bytes,
    "a megabyte": by_megabyte,
    "form": by_form,
    "matter": by_matter,
    "guess": by_guess,
    "map": by_map,
    "open311": by_open311,
    "rasa": by_rasa,
    "telephone": by_telephone,
}
