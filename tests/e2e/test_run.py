"""`luukku run` and its end: what it prints, whom it lets in, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e import processes
from tests.e2e.running_desk import (
    RunningDesk,
    bot_key,
    scratch_folder,
    start,
    until,
)

GONE_WITHIN = 3.0  # seconds for the bot to notice that its desk was killed
STOPPED_WITHIN = 10.0
IDENTITY_CODE = "131052-308T"
CUSTOMERS_WORDS = "kuukkeliparven vaajakoskelainen pikkuserkku"
LOOPBACK = "127.0.0.1"
WORK = ("phrases of", "records", "read, ", "reading the catalogue", "encoder", "training")


@pytest.fixture(scope="module")
def folder(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scratch_folder(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def early(folder: Path) -> Iterator[RunningDesk]:
    """A desk open to every address, as it is while its bot still starts."""
    started = start(folder, HOST="0.0.0.0")  # noqa: S104  (what is tested: the rest stays inside)
    try:
        started.wait_for_doors()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def while_starting(early: RunningDesk) -> tuple[int, dict[str, object]]:
    """The status of /ready and the outcome of a message, both before the bot answers."""
    ready = early.status("/ready")
    return ready, early.send("Tarvitsisin lapselle tilapäistä päivähoitoa")["outcome"]


@pytest.fixture(scope="module")
def desk(early: RunningDesk, while_starting: tuple[int, dict[str, object]]) -> RunningDesk:
    early.wait_for_bot()
    return early


def test_messages_are_taken_before_the_bot_is_ready(
    while_starting: tuple[int, dict[str, object]],
) -> None:
    assert while_starting[0] == 503


def test_a_message_while_the_bot_starts_becomes_a_ticket(
    while_starting: tuple[int, dict[str, object]],
) -> None:
    outcome = while_starting[1]
    assert outcome["kind"] == "handover"
    assert outcome["ticket"]


def test_the_addresses_are_printed(desk: RunningDesk) -> None:
    said = desk.output.read_text()
    for path in ("/ ", "/?lang=sv", "/staff"):
        assert f":{desk.port}{path}" in said
    assert "demo log-in" in said
    until(lambda: "ready: the bot answers" in desk.output.read_text(), 10, "the line of readiness")


def test_only_the_public_port_is_open_to_others(desk: RunningDesk) -> None:
    own = processes.listens_on(desk.process.pid)
    assert ("0.0.0.0", desk.port) in own  # noqa: S104
    inside = {(address, port) for address, port in own if port != desk.port}
    inside |= processes.listens_on(desk.bot())
    assert len(inside) == 2  # the actions' and the bot's
    assert {address for address, _ in inside} == {LOOPBACK}


@pytest.mark.parametrize("headers", [{}, {"X-Luukku-Key": ""}, {"X-Luukku-Key": "0" * 64}])
def test_the_actions_refuse_who_does_not_know_the_key(
    desk: RunningDesk, headers: dict[str, str]
) -> None:
    call = {"next_action": "action_find_service"}
    answer = httpx.post(desk.actions_url(), json=call, headers=headers, trust_env=False)
    assert answer.status_code == 401


def test_the_bot_refuses_who_does_not_know_the_key(desk: RunningDesk) -> None:
    ((_, port),) = processes.listens_on(desk.bot())
    url = f"http://{LOOPBACK}:{port}/webhooks/luukku/ready"
    assert httpx.get(url, trust_env=False).status_code == 401
    key = {"X-Luukku-Key": bot_key(desk.folder)}
    assert httpx.get(url, headers=key, trust_env=False).status_code == 200


def test_nothing_that_a_customer_wrote_is_logged(desk: RunningDesk) -> None:
    talk = desk.send(f"{CUSTOMERS_WORDS}, tunnukseni on {IDENTITY_CODE}")
    for text in ("numeroni on 050 123 4567", "missä vaiheessa asiani on", "😀" * 400):
        desk.send(text, talk["conversation_id"])
    refused = {"message_id": uuid.uuid4().hex, "text": CUSTOMERS_WORDS, "extra": IDENTITY_CODE}
    assert desk.http.post("/api/chat", json=refused).status_code == 422
    logs = [desk.output, *(desk.folder / "logs").iterdir()]
    for path in logs:
        written = path.read_text("utf-8")
        for secret in (*CUSTOMERS_WORDS.split(), IDENTITY_CODE, "123 4567", "😀"):
            assert secret not in written, path.name
    assert IDENTITY_CODE.encode() not in (desk.folder / "luukku.db").read_bytes()


def test_ctrl_c_leaves_no_process_behind(desk: RunningDesk) -> None:
    left = [desk.process.pid, *processes.children(desk.process.pid)]
    assert len(left) > 1
    os.killpg(desk.process.pid, signal.SIGINT)
    _all_are_gone(left, STOPPED_WITHIN)
    assert desk.process.wait(1) == 0
    assert "Traceback" not in desk.output.read_text()


def test_a_second_start_does_no_work_again_and_a_killed_desk_leaves_no_bot(
    desk: RunningDesk, folder: Path
) -> None:
    assert any(word in desk.output.read_text() for word in WORK)  # the first start told its work
    second = start(folder)
    try:
        second.wait_for_doors()
        bot = second.bot()
        assert [line for line in _own_lines(second) if any(word in line for word in WORK)] == []
        second.process.send_signal(signal.SIGKILL)
        second.process.wait(5)
        _all_are_gone([bot], GONE_WITHIN)
    finally:
        second.stop()


def test_an_interrupt_to_the_desk_alone_while_its_bot_starts_stops_both(
    desk: RunningDesk, folder: Path
) -> None:
    third = start(folder)
    try:
        third.wait_for_doors()
        left = [third.process.pid, third.bot()]
        third.process.send_signal(signal.SIGINT)
        _all_are_gone(left, STOPPED_WITHIN)
        assert third.process.wait(1) == 0
    finally:
        third.stop()


def _own_lines(desk: RunningDesk) -> list[str]:
    """What the desk says for people: the lines that begin with the time."""
    return [line for line in desk.output.read_text().splitlines() if line.startswith("[")]


def _all_are_gone(pids: list[int], within: float) -> None:
    began = time.monotonic()
    until(lambda: not any(processes.alive(pid) for pid in pids), within, f"the end of {pids}")
    print(f"\ngone in {time.monotonic() - began:.1f} s")
