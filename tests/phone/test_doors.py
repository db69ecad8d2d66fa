"""The telephone's doors: who may ring through them, what comes twice, many calls at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from actions.hand import Desk
from api.app import create_app
from api.database import Database
from api.doors import Doors
from desk.door_records import Call
from desk.models import Conversation, Ticket, Turn
from tests.foundation import DirectBot, doors_over
from tests.phone.caller import FIRST, Caller, signed
from tests.phone.conftest import Opened, with_phone

FORM = {"CallSid": "CA1", "From": "+358401234567"}


def count(house: Database, table: Any) -> int:
    with house.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": "x"},
        signed(FIRST, FORM, "another"),
        signed(FIRST, FORM | {"a": "b"}),
    ],
)
def test_a_request_that_the_provider_has_not_signed_is_refused(
    phone: TestClient, house: Database, headers: dict[str, str]
) -> None:
    assert phone.post(FIRST, data=FORM, headers=headers).status_code == 403
    assert count(house, Call) == 0


def test_keys_pressed_in_another_call_do_not_fit_this_ones_signature(
    phone: TestClient, caller: Caller
) -> None:
    caller.rings()
    path, form = caller.action, {"CallSid": caller.sid, "From": caller.number, "Digits": "1"}
    stolen = form | {"Digits": "2"}
    assert phone.post(path, data=stolen, headers=signed(path, form)).status_code == 403
    other = path.replace("step=1", "step=2")
    assert phone.post(other, data=form, headers=signed(path, form)).status_code == 403


@pytest.mark.parametrize("path", ["/phone/twiml", "/phone/twiml/turn", "/phone/jambonz"])
def test_without_its_setting_the_door_is_not_there(botless_doors: Doors, path: str) -> None:
    with TestClient(create_app(botless_doors)) as client:
        assert client.post(path, data=FORM, headers=signed(path, FORM)).status_code == 404


def test_the_same_request_again_gets_the_same_answer_and_moves_nothing(
    caller: Caller, house: Database
) -> None:
    caller.rings()
    caller.presses("1")
    caller.presses("0")
    first, action = caller.heard[-1], caller.action
    again = caller.posts_again()
    assert first.split()[0] in again.text
    assert action.replace("&", "&amp;") in again.text
    assert count(house, Ticket) == 1


def test_an_older_request_told_again_is_refused(caller: Caller, house: Database) -> None:
    caller.rings()
    caller.presses("1")
    old = caller.last
    caller.presses("1", "2")
    caller.last = old
    assert caller.posts_again().status_code == 409
    assert "Mistä on kyse" in caller.presses("9")


def test_a_call_that_never_began_has_no_second_step(phone: TestClient) -> None:
    caller = Caller(phone)
    path = "/phone/twiml/turn?step=1"
    form = {"CallSid": caller.sid, "Digits": "1"}
    assert phone.post(path, data=form, headers=signed(path, form)).status_code == 409


def test_after_the_caller_has_hung_up_the_call_is_over(phone: TestClient, caller: Caller) -> None:
    caller.rings()
    path, form = "/phone/twiml/status", {"CallSid": caller.sid, "CallStatus": "completed"}
    assert phone.post(path, data=form, headers=signed(path, form)).status_code == 204
    next_path, keyed = caller.action, {"CallSid": caller.sid, "Digits": "1"}
    refused = phone.post(next_path, data=keyed, headers=signed(next_path, keyed))
    assert refused.status_code == 409


def test_while_the_database_is_away_the_caller_is_kept_on_the_line(
    caller: Caller, phone: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.rings()
    core = phone.app.state.phone  # type: ignore[attr-defined]
    whole = core._decide

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("locked"))

    monkeypatch.setattr(core, "_decide", away)
    form = {"CallSid": caller.sid, "Digits": "1"}
    path = caller.action
    waits = phone.post(path, data=form, headers=signed(path, form))
    assert waits.status_code == 200
    assert "<Redirect" in waits.text
    assert "<Hangup" not in waits.text
    monkeypatch.setattr(core, "_decide", whole)
    path = f"{path}&waited=1"
    back = phone.post(
        path, data={"CallSid": caller.sid}, headers=signed(path, {"CallSid": caller.sid})
    )
    assert "paina yksi" in back.text


def test_ten_calls_at_once_do_not_mix_and_all_end_rightly(
    botless_doors: Doors, opened: Opened, house: Database
) -> None:
    client = opened(botless_doors)
    told = ["passi", "päivähoito", "verokortti", "asumistuki", "muutto"]

    def one(number: int) -> tuple[int, str, list[str]]:
        caller = Caller(client, number=f"+3584012345{number:02d}")
        swedish = number % 2
        caller.rings()
        caller.presses("2" if swedish else "1")
        caller.says(f"asia {told[number % 5]} {number}")
        caller.presses("1")
        while "Hangup" not in caller.verbs:
            caller.is_silent()
        return number, caller.heard[-1], caller.heard

    with ThreadPoolExecutor(10) as pool:
        ended = list(pool.map(one, range(10)))
    with house.reading() as session:
        tickets = {one.contact: one for one in session.scalars(select(Ticket))}
    assert len(tickets) == 10
    for number, last, heard in ended:
        ticket = tickets[f"+3584012345{number:02d}"]
        assert ticket.subject == f"asia {told[number % 5]} {number}"
        assert ("Hej då" if number % 2 else "Hei hei") in last
        assert any(("Koden är" if number % 2 else "Tunnus on") in one for one in heard)
    assert count(house, Conversation) == 10
    assert count(house, Turn) == 10


def test_the_event_loop_is_free_while_a_call_waits_for_the_bot(
    house: Database, desk: Desk, tmp_path: Any
) -> None:
    class Slow(DirectBot):
        async def turn(self, **message: Any) -> None:
            await asyncio.sleep(1.5)
            await super().turn(**message)

    doors = with_phone(doors_over(house, desk, Slow(desk), tmp_path))
    with TestClient(create_app(doors)) as client, ThreadPoolExecutor(1) as pool:
        caller = Caller(client)
        caller.rings()
        caller.presses("1")
        waiting = pool.submit(caller.says, "jotain")
        other = Caller(client)
        assert "automaatti" in other.rings()
        assert not waiting.done()
        assert waiting.result(timeout=30)
