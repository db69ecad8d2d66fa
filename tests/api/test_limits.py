"""Who asks too much is told when to come again; families, offices and 112 are not shut out."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from altcha.v1 import solve_challenge
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient
from sqlalchemy import func, select

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.limits import waiting
from api.settings import Settings
from desk.models import Turn
from tests.foundation import Clock, DirectBot, doors_over

HOME, OTHER, THIRD = "198.51.100.7", "203.0.113.5", "192.0.2.9"
Visitor = Callable[..., TestClient]


def opened(doors: Doors, **settings: Any) -> Visitor:
    """Visitors of one desk with these settings, each from an address of their own."""
    app = create_app(replace(doors, settings=doors.settings.model_copy(update=settings)))
    return lambda address, **more: TestClient(app, client=(address, 5000), **more)


@pytest.fixture
def visitor(open_doors: Doors) -> Visitor:
    """Visitors of a desk with the bounds that it is shipped with."""
    return opened(open_doors)


def say(
    client: TestClient, text: str = "Hei", talk: str | None = None, **more: Any
) -> tuple[int, dict[str, Any], str]:
    """Status, body and Retry-After of one message."""
    message = {"message_id": uuid.uuid4().hex, "text": text, "conversation_id": talk, **more}
    got = client.post("/api/chat", json=message)
    return got.status_code, got.json(), got.headers.get("Retry-After", "")


def turns(doors: Doors) -> int:
    with doors.desk.reading() as session:
        return session.scalar(select(func.count()).select_from(Turn)) or 0


# --- the desk itself ---


class HeldBot(DirectBot):
    """Reads nothing until it is let go."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.go = threading.Event()

    async def turn(self, **message: Any) -> None:
        while not self.go.is_set():
            await asyncio.sleep(0.02)
        await super().turn(**message)


def test_who_comes_while_the_desk_is_full_is_told_to_wait_and_112_is_said(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    bot = HeldBot(desk)
    doors = doors_over(house, desk, bot, tmp_path, time_limit=60)
    visitor = opened(doors, limit_open_messages=3)
    with ThreadPoolExecutor(3) as pool:
        inside = [pool.submit(say, visitor(HOME), "Päivähoito") for _ in range(3)]
        while doors.front.pace.open < 3:
            time.sleep(0.02)
        status, body, after = say(visitor(OTHER), "Päivähoito")
        danger = say(visitor(OTHER), "Isä ei hengitä")
        bot.go.set()
        answered = [one.result()[0] for one in inside]
    assert (status, body["error"], after) == (429, "busy", "5")
    assert ("ruuhkaa" in body["fi"], "överbelastad" in body["sv"]) == (True, True)
    assert danger[0] == 429
    assert all("112" in danger[1][one] for one in ("fi", "sv"))
    assert answered == [200] * 3
    assert say(visitor(OTHER), "Päivähoito")[0] == 200
    assert turns(doors) == 4


class OneByOneBot(DirectBot):
    """Takes a tenth of a second for each message, one after another."""

    async def turn(self, **message: Any) -> None:
        async with self.__dict__.setdefault("lock", asyncio.Lock()):
            await asyncio.sleep(0.1)
            await super().turn(**message)


def test_a_rush_is_told_to_wait_and_becomes_no_heap_of_tickets(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    # What is believed of the wait is well under the limit here: a busy machine is slower than told.
    doors = doors_over(house, desk, OneByOneBot(desk), tmp_path, time_limit=2)
    settings = doors.settings.model_copy(update={"bot_time_limit": 0.8})
    app = create_app(replace(doors, settings=settings))

    async def sent(http: AsyncClient) -> int:
        """How often one customer's page had to send its message."""
        message = {"message_id": uuid.uuid4().hex, "text": "Päivähoito"}
        for tries in range(1, 100):
            got = await http.post("/api/chat", json=message)
            if got.status_code == 200:
                return tries
            assert (got.status_code, got.json()["error"]) == (429, "busy")
            await asyncio.sleep(0.5)
        raise AssertionError("never taken")

    async def rush() -> list[int]:
        there = ASGITransport(app, client=("127.0.0.1", 5000))
        async with AsyncClient(transport=there, base_url="http://testserver") as http:
            return await asyncio.gather(*(sent(http) for _ in range(40)))

    tries = asyncio.run(rush())
    with desk.reading() as session:
        closed = session.scalars(select(Turn.closed_by)).all()
    assert len(closed) == 40
    assert "bot_slow" not in closed
    assert max(tries) > 1


# --- one address ---


def test_a_family_of_eight_behind_one_address_is_not_shut_out(visitor: Visitor) -> None:
    family = [visitor(HOME) for _ in range(8)]
    talks = [say(one)[1]["conversation_id"] for one in family]
    for _ in range(12):
        for one, talk in zip(family, talks, strict=True):
            assert say(one, "Entä sitten?", talk)[0] == 200


def test_a_flood_from_one_address_is_refused_and_no_other_address_is(
    open_doors: Doors, clock: Clock
) -> None:
    visitor = opened(open_doors, limit_address_per_minute=10)
    flooding = visitor(HOME)
    assert [say(flooding)[0] for _ in range(10)] == [200] * 10
    clock.forward(seconds=20)
    status, told, wait = say(flooding)
    assert (status, told["error"], wait) == (429, "too_fast", "40")
    assert "Odota 40 sekuntia" in told["fi"]
    assert "Vänta 40 sekunder" in told["sv"]
    assert say(visitor(OTHER))[0] == 200
    assert turns(open_doors) == 11
    clock.forward(seconds=40)
    assert say(flooding)[0] == 200


def test_a_network_of_ipv6_is_one_address_and_mapped_addresses_are_many(
    open_doors: Doors,
) -> None:
    visitor = opened(open_doors, limit_address_per_minute=2)
    assert [say(visitor(f"2001:db8::{one}"))[0] for one in (1, 2, 3)] == [200, 200, 429]
    assert say(visitor("2001:db8:0:1::1"))[0] == 200
    assert [say(visitor(f"::ffff:192.0.2.{one}"))[0] for one in (1, 2, 3)] == [200, 200, 200]
    assert [say(visitor(one))[0] for one in ("::ffff:192.0.2.1", "192.0.2.1")] == [200, 429]


def test_this_machine_itself_is_not_counted(open_doors: Doors) -> None:
    visitor = opened(open_doors, limit_address_per_minute=1, flood_conversations_per_minute=1)
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "unix"):
        assert [say(visitor(address))[0] for _ in range(3)] == [200, 200, 200]


def test_conversations_begun_are_bounded_and_those_under_way_go_on(
    open_doors: Doors, clock: Clock
) -> None:
    visitor = opened(open_doors, limit_new_conversations_per_hour=2)
    client = visitor(HOME)
    talk = say(client)[1]["conversation_id"]
    assert say(client)[0] == 200
    clock.forward(minutes=59)
    assert say(client)[::2] == (429, "60")
    # An id that nobody has begun is a conversation begun, too.
    assert say(client, talk="a" * 24)[0] == 429
    assert say(client, talk=talk)[0] == 200
    clock.forward(minutes=1)
    assert say(client)[0] == 200


# --- one conversation ---


def test_one_conversation_cannot_be_filled_and_its_neighbour_goes_on(open_doors: Doors) -> None:
    client = opened(open_doors, limit_conversation_per_minute=3)(HOME)
    mine, theirs = (say(client)[1]["conversation_id"] for _ in range(2))
    assert [say(client, talk=mine)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert say(client, talk=theirs)[0] == 200


@pytest.mark.parametrize(
    ("text", "language"), [("Isä ei hengitä", "fi"), ("Min pappa andas inte", "sv")]
)
def test_danger_to_life_is_answered_though_nothing_else_is_taken(
    open_doors: Doors, text: str, language: str
) -> None:
    client = opened(open_doors, limit_address_per_minute=1)(HOME)
    say(client)
    before = turns(open_doors)
    status, told, _ = say(client, text, language=language)
    assert (status, told["error"]) == (429, "danger")
    assert "hätänumeroon 112" in told["fi"]
    assert "nödnumret 112" in told["sv"]
    assert turns(open_doors) == before


# --- pages and other doors ---


@pytest.mark.parametrize(("lang", "words"), [("fi", "Odota 60 sekuntia"), ("sv", "Vänta 60")])
def test_the_page_without_a_script_keeps_the_text_and_the_next_try_arrives(
    open_doors: Doors, clock: Clock, lang: str, words: str
) -> None:
    client = opened(open_doors, limit_address_per_minute=1)(HOME)
    say(client)
    form = {"text": "Hukkasin passin", "message_id": "m" * 32, "lang": lang}
    refused = client.post("/chat", data=form)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert words in refused.text
    assert ">Hukkasin passin</textarea>" in refused.text
    assert f'value="{"m" * 32}"' in refused.text
    clock.forward(minutes=1)
    assert client.post("/chat", data=form).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/ticket/message"),
        ("POST", "/ticket/file"),
        ("POST", "/chat/continue"),
        ("POST", "/accessibility/feedback"),
        ("POST", "/api/tickets/LK-384-2175/messages"),
        ("POST", "/api/tickets/LK-384-2175/files"),
        ("GET", "/api/services?q=passi"),
        ("GET", "/api/chat/aaaaaaaaaa/turns/1/why"),
        ("GET", "/service-map"),
    ],
)
def test_other_doors_refuse_in_plain_words(open_doors: Doors, method: str, path: str) -> None:
    client = opened(open_doors, limit_address_per_minute=1)(HOME)
    say(client)
    told = client.request(method, path)
    assert (told.status_code, told.headers["Retry-After"]) == (429, "60")
    assert "112" in told.json()["fi"]
    assert "112" in told.json()["sv"]
    page = client.request(method, path, headers={"Accept": "text/html", "Accept-Language": "sv"})
    assert page.status_code == 429
    assert "Vänta 60 sekunder" in page.text
    assert "nödnumret 112" in page.text
    assert 'lang="sv"' in page.text


def test_staff_telephone_and_streams_are_not_counted_with_the_customers_of_their_address(
    open_doors: Doors,
) -> None:
    client = opened(open_doors, limit_address_per_minute=1)(HOME)
    talk = say(client)[1]["conversation_id"]
    assert client.post("/staff/login", data={"login": "x", "password": "y"}).status_code == 401
    assert client.post("/phone/twiml", data={"CallSid": "CA1"}).status_code != 429
    assert client.get(f"/api/chat/{talk}/events").status_code == 200
    assert client.get("/health").status_code == 200
    assert client.get("/").status_code == 200


def test_rasas_channel_is_bounded_too(open_doors: Doors) -> None:
    settings = open_doors.settings.model_copy(update={"rasa_rest": True})
    client = opened(replace(open_doors, settings=settings), limit_address_per_minute=2)(HOME)
    sent = {"sender": "a1b2c3d4e5f6a7b8c9", "message": "Hei"}
    got = [client.post("/webhooks/rest/webhook", json=sent) for _ in range(3)]
    assert [one.status_code for one in got] == [200, 200, 429]
    assert "Odota 60 sekuntia" in got[-1].json()["fi"]


# --- a flood from everywhere ---


@pytest.fixture
def flooded(open_doors: Doors) -> Visitor:
    """A desk where more conversations begin than its bound."""
    visitor = opened(open_doors, flood_conversations_per_minute=2)
    for address in (OTHER, THIRD):
        assert say(visitor(address))[0] == 200
    return visitor


def worked_out(client: TestClient, **changed: Any) -> str:
    given = client.get("/proof/challenge").json()
    keys = ("algorithm", "challenge", "salt", "signature")
    found = solve_challenge(given["challenge"], given["salt"], max_number=given["maxnumber"])
    assert found is not None
    answer = {key: given[key] for key in keys} | {"number": found.number} | changed
    return base64.b64encode(json.dumps(answer).encode()).decode()


def test_in_a_flood_a_new_conversation_begins_with_a_proof_of_work(flooded: Visitor) -> None:
    client = flooded(HOME)
    status, told, wait = say(client)
    assert (status, told["error"]) == (429, "many")
    assert int(wait) > 0
    proof = worked_out(client)
    status, told, _ = say(client, proof=proof)
    assert status == 200
    assert say(client, talk=told["conversation_id"])[0] == 200, "who is in needs no other proof"
    assert say(client, proof=proof)[1]["error"] == "many", "a proof is good for one conversation"


@pytest.mark.parametrize(
    "changed",
    [{"number": 1}, {"signature": "0" * 64}, {"salt": "a?expires=9999999999&"}, {"number": "1"}],
)
def test_a_proof_that_is_not_the_desks_own_lets_nobody_in(
    flooded: Visitor, changed: dict[str, Any]
) -> None:
    client = flooded(HOME)
    assert say(client, proof=worked_out(client, **changed))[1]["error"] == "many"


@pytest.mark.parametrize("proof", ["", "x", "e30=", "W10=", "NQ==", "bnVsbA==", "ä", "A" * 2_000])
def test_junk_for_a_proof_is_no_proof_and_no_error(flooded: Visitor, proof: str) -> None:
    assert say(flooded(HOME), proof=proof)[1]["error"] == "many"


def test_in_a_flood_danger_is_answered_without_a_proof(flooded: Visitor) -> None:
    assert "112" in say(flooded(HOME), "Isä ei hengitä")[1]["fi"]


# --- settings and words ---


@pytest.mark.parametrize("proxies", ["*", "everybody", "10.0.0.0/8,*"])
def test_no_setting_lets_everybody_choose_their_address(proxies: str) -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings(trusted_proxies=proxies)


def test_a_wait_is_told_as_people_say_it() -> None:
    assert [waiting(one, "fi") for one in (1, 60, 90, 3600)] == [
        "1 sekunti",
        "60 sekuntia",
        "2 minuuttia",
        "60 minuuttia",
    ]
    assert waiting(1, "sv") == "1 sekund"
