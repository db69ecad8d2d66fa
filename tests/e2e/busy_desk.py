"""Customers who write and staff who hand on, over HTTP, whatever becomes of the app meanwhile."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.foundation import PASSWORD

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
OWNER = re.compile(r'name="seen_owner" value="(\d+)"')
CODE = re.compile(r"/staff/tickets/(LK-\d{3}-\d{4})")
PATIENCE = 120.0  # seconds that a customer tries again
NAP = 0.03
IN_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Written:
    """A message that was answered, and its answer."""

    body: dict[str, Any]
    answer: dict[str, Any]
    tries: int


@dataclass
class Busy:
    """What everybody did, and what the desk told them had happened."""

    url: str
    people: dict[str, int]  # who may be handed a matter, by login
    stop: threading.Event = field(default_factory=threading.Event)
    written: list[Written] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)  # reasons of transfers that the desk confirmed
    tried: list[str] = field(default_factory=list)  # of every transfer that was sent
    broken: int = 0  # requests that died with the app
    errors: list[BaseException] = field(default_factory=list)

    def threads(self, customers: int, staff: list[str]) -> list[threading.Thread]:
        works: list[tuple[Callable[..., None], tuple[object, ...]]] = [
            *((self.customer, (number,)) for number in range(customers)),
            *((self.member_of_staff, (login,)) for login in staff),
        ]
        return [threading.Thread(target=self._kept, args=(work, *more)) for work, more in works]

    def _kept(self, work: Callable[..., None], *more: object) -> None:
        try:
            work(*more)
        except BaseException as error:  # noqa: BLE001  (the test raises it in its own thread)
            self.errors.append(error)

    def customer(self, number: int) -> None:
        """One conversation after another: a matter with an address, and a word more on it."""
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as http:
            for count in range(10_000):
                if self.stop.is_set():
                    return
                address = f"asiakas-{number}-{count}@esimerkki.fi"
                first = f"Katuvalo on pimeänä, vastatkaa {address} kiitos, asia on kiireinen"
                told = self._write(http, None, first)
                self._write(http, told["conversation_id"], "Valo on nyt ollut rikki jo viikon")

    def _write(self, http: httpx.Client, conversation: str | None, text: str) -> dict[str, Any]:
        """The answer, by the same message_id until it comes, as the chat page sends."""
        body = {"conversation_id": conversation, "message_id": uuid.uuid4().hex, "text": text}
        until, tries = time.monotonic() + PATIENCE, 0
        while time.monotonic() < until:
            tries += 1
            answer = self._asked(http, "POST", "/api/chat", json=body)
            if answer is not None and answer.status_code == 200:
                told: dict[str, Any] = answer.json()
                self.written.append(Written(body, told, tries))
                return told
            assert answer is None or answer.status_code == 503, answer.text
            time.sleep(NAP)
        raise AssertionError(f"no answer in {PATIENCE:.0f} s")

    def member_of_staff(self, login: str) -> None:
        """Hands matters on, each time for a reason of its own; a refusal is as good as a yes."""
        chosen = random.Random(login)
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as http:
            while not self.stop.is_set():
                queue = self._asked(http, "GET", "/staff?show=all")
                if queue is None:
                    time.sleep(NAP)
                elif queue.status_code == 401:
                    self._asked(
                        http, "POST", "/staff/login", data={"login": login, "password": PASSWORD}
                    )
                elif codes := sorted(set(CODE.findall(queue.text))):
                    # To oneself it would be a taking over, which keeps no reason.
                    others = [one for name, one in self.people.items() if name != login]
                    self._hand_on(http, chosen.choice(codes), chosen.choice(others))

    def _hand_on(self, http: httpx.Client, code: str, receiver: int) -> None:
        page = self._asked(http, "GET", f"/staff/tickets/{code}")
        if page is None or page.status_code != 200 or not (seen := OWNER.search(page.text)):
            return
        token = TOKEN.search(page.text)
        assert token is not None
        # In letters alone: digits might be masked as somebody's number.
        reason = f"Kuuluu teille {uuid.uuid4().hex.translate(IN_LETTERS)}"
        self.tried.append(reason)
        form = {
            "form_token": token[1],
            "seen_owner": seen[1],
            "receiver": f"person:{receiver}",
            "reason": reason,
        }
        answer = self._asked(http, "POST", f"/staff/tickets/{code}/transfer", data=form)
        if answer is not None and answer.status_code == 303:
            self.handed.append(reason)

    def _asked(
        self, http: httpx.Client, method: str, path: str, **more: Any
    ) -> httpx.Response | None:
        """None where the app died over it, or is not there."""
        try:
            return http.request(method, path, **more)
        except httpx.ConnectError:
            return None
        except httpx.TransportError:
            self.broken += 1
            return None
