"""A caller at the TwiML door: what a provider posts, signed, and what it makes of the answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from xml.etree import ElementTree

from fastapi.testclient import TestClient
from httpx import Response
from twilio.request_validator import RequestValidator

TOKEN = "token-of-the-tests"
PUBLIC = "https://luukku.example.fi"
FIRST = "/phone/twiml"


def signed(path: str, form: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    signature = RequestValidator(token).compute_signature(f"{PUBLIC}{path}", form)
    return {"X-Twilio-Signature": signature}


@dataclass
class Caller:
    """One call. Every method returns what the caller hears next."""

    client: TestClient
    number: str = "+358401234567"
    sid: str = field(default_factory=lambda: f"CA{uuid.uuid4().hex}")
    heard: list[str] = field(default_factory=list)
    answer: ElementTree.Element | None = None
    last: tuple[str, dict[str, str]] = (FIRST, {})

    def rings(self) -> str:
        return self._posts(FIRST, {})

    def presses(self, *keys: str) -> str:
        """Each key, or run of keys, answers one question."""
        for one in keys:
            self._posts(self.action, {"Digits": one})
        return self.heard[-1]

    def says(self, text: str, confidence: str = "0.9") -> str:
        return self._posts(self.action, {"SpeechResult": text, "Confidence": confidence})

    def is_silent(self) -> str:
        return self._posts(self.action, {})

    def is_connected(self, status: str) -> str:
        return self._posts(self.action, {"DialCallStatus": status})

    def posts_again(self) -> Response:
        path, form = self.last
        return self.client.post(path, data=form, headers=signed(path, form))

    def is_asked(self, key: str) -> str:
        """The attribute of the gather that the caller is in."""
        gather = self._gather()
        assert gather is not None, self.heard
        return gather.get(key, "")

    @property
    def action(self) -> str:
        assert self.answer is not None
        verb = next(one for one in self.answer if one.get("action"))
        return verb.get("action", "").removeprefix(PUBLIC)

    @property
    def verbs(self) -> list[str]:
        assert self.answer is not None
        return [one.tag for one in self.answer]

    @property
    def languages(self) -> set[str]:
        assert self.answer is not None
        return {one.get("language", "") for one in self.answer.iter("Say")}

    def _gather(self) -> ElementTree.Element | None:
        assert self.answer is not None
        return self.answer.find("Gather")

    def _posts(self, path: str, more: dict[str, str]) -> str:
        form = {"CallSid": self.sid, "From": self.number, "To": "+35891234", **more}
        self.last = (path, form)
        answer = self.client.post(path, data=form, headers=signed(path, form))
        assert answer.status_code == 200, (answer.status_code, answer.text)
        self.answer = ElementTree.fromstring(answer.text)  # noqa: S314  (the desk's own)
        self.heard.append(" ".join(one.text or "" for one in self.answer.iter("Say")))
        return self.heard[-1]
