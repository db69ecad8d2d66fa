"""Faults one after another on the real processes, while customers write: nothing is lost.

The desk is `luukku run` with its real bot, kept alive as a service manager would keep it. After
each fault it is ready again without a hand, and every message has its answer or its ticket, once.
`make faults` is the whole script of 500 conversations; FAULT_CONVERSATIONS sets another number.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.e2e.running_desk import until
from tests.faults.counting import rows, unmasked, unsound
from tests.faults.customers import planted
from tests.faults.disk import Disk
from tests.faults.suffering import ALL_OF_IT, CONVERSATIONS, FAKETIME, Suffering

HOUR, DAY = 3600, 86_400
PAGE = 4096  # bytes that are written over in a damaged file


def test_a_killed_bot_costs_no_message(desk: Suffering) -> None:
    with desk.while_customers_write("bot killed", over=6):
        killed = desk.keeper.bot
        time.sleep(2)
        os.kill(killed, signal.SIGKILL)
        until(lambda: desk.keeper.bot != killed, 60, "another bot")


def test_a_bot_that_stands_still_for_twenty_seconds_costs_no_message(desk: Suffering) -> None:
    with desk.while_customers_write("bot stopped 20 s", over=20), _stopped(desk.keeper.bot):
        time.sleep(20)


def test_an_app_that_stands_still_for_five_seconds_costs_no_message(desk: Suffering) -> None:
    with desk.while_customers_write("app stopped 5 s", over=6):
        time.sleep(1)
        with _stopped(desk.keeper.app):
            time.sleep(5)


@contextlib.contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_slow_line_to_the_bot_costs_no_message(desk: Suffering) -> None:
    """A second each way is slow and answered; two are over the bot's time limit, and a ticket."""
    with desk.while_customers_write("line to the bot slow", over=10):
        for delay in (1.0, 2.0):
            with desk.to_bot.delayed(delay):
                time.sleep(5)


def test_a_cut_line_to_the_bot_costs_no_message(desk: Suffering) -> None:
    with desk.while_customers_write("line to the bot cut", over=8), desk.to_bot.cut():
        time.sleep(8)


def test_a_line_to_the_bot_that_swallows_everything_costs_no_message(desk: Suffering) -> None:
    with desk.while_customers_write("line to the bot half open", over=8), desk.to_bot.half_open():
        time.sleep(8)


def test_a_cut_line_from_the_bot_to_its_actions_costs_no_message(desk: Suffering) -> None:
    """Cut again and again, so that some lose an action's answer, when its turn is closed."""
    since = len(desk.customers.sent)
    with desk.while_customers_write("line to the actions cut", over=8):
        until_ = time.monotonic() + 8
        while time.monotonic() < until_:
            time.sleep(0.2)
            with desk.to_actions.cut():
                time.sleep(0.5)
    assert desk.last_kinds(since) >= {"handover"}


def test_a_database_locked_by_another_for_ten_seconds_costs_no_message(desk: Suffering) -> None:
    with desk.while_customers_write("database locked 10 s", over=9):
        other = sqlite3.connect(desk.database, isolation_level=None, timeout=30)
        with contextlib.closing(other):
            other.execute("begin immediate")
            time.sleep(10)
            other.execute("rollback")


def test_a_full_disk_costs_no_message(desk: Suffering) -> None:
    disk = desk.disk
    if disk is None:
        pytest.skip("NO DISK OF ITS OWN: only root may mount one, so no disk was filled")
    with desk.while_customers_write("disk full", over=10), _no_room_left(desk, disk):
        assert disk.free() < PAGE
        until(lambda: _refused_in_both_languages(desk), 30, "a sentence that asks to try again")
        time.sleep(8)


@contextlib.contextmanager
def _no_room_left(desk: Suffering, disk: Disk) -> Iterator[None]:
    # SQLite writes over its log from the start, and needs no room before that is used up.
    with contextlib.closing(sqlite3.connect(desk.database, timeout=30)) as other:
        other.execute("pragma wal_checkpoint(truncate)")
    with disk.full():
        yield


def _refused_in_both_languages(desk: Suffering) -> bool:
    """A message that cannot be kept is refused with a sentence, and is not pretended to be."""
    body = {"message_id": f"full-disk-{time.monotonic_ns()}", "text": "Mistä saan passin?" * 90}
    answer = httpx.post(f"{desk.customers.url}/api/chat", json=body, timeout=30, trust_env=False)
    told = answer.json()
    return answer.status_code == 503 and bool(told["fi"] and told["sv"])


def test_a_clock_that_jumps_by_an_hour_and_by_a_day_costs_no_message(desk: Suffering) -> None:
    if not FAKETIME.exists():
        pytest.skip("NO FAKETIME: the clock was not moved (on Debian: apt-get install faketime)")
    with desk.while_customers_write("clock jumps", over=12):
        try:
            for ahead in (HOUR, -HOUR, DAY, -DAY):
                desk.jump(ahead)
                assert abs(_clock_of(desk) - time.time() - ahead) < 60
                time.sleep(1)
        finally:
            desk.jump(0)  # the tests after this one have the true clock, whatever came of it


def _clock_of(desk: Suffering) -> float:
    """The app's clock, as the turn of a message tells it."""
    body = {"message_id": f"clock-{time.monotonic_ns()}", "text": "Mistä saan passin?"}
    for _ in range(10):
        answer = httpx.post(
            f"{desk.customers.url}/api/chat", json=body, timeout=30, trust_env=False
        )
        if answer.status_code != 429:
            break
        time.sleep(1)  # the others write as fast as the desk answers: come again, as they do
    assert answer.status_code == 200, answer.text
    lines = f"{desk.customers.url}/api/chat/{answer.json()['conversation_id']}"
    first = httpx.get(lines, timeout=30, trust_env=False).json()[0]
    return datetime.fromisoformat(first["at"]).timestamp()


def test_a_killed_app_costs_no_message(desk: Suffering) -> None:
    starts = desk.keeper.starts
    with desk.while_customers_write("app killed", over=4):
        time.sleep(2)
        desk.keeper.kill()
    assert desk.keeper.starts == starts + 1


def test_a_clock_set_back_a_day_while_the_app_is_dead_leaves_no_turn_open(desk: Suffering) -> None:
    if not FAKETIME.exists():
        pytest.skip("NO FAKETIME: the clock was not moved (on Debian: apt-get install faketime)")
    with desk.while_customers_write("app killed, its clock set back", over=4):
        desk.jump(DAY)
        time.sleep(2)
        desk.keeper.kill()
        desk.jump(0)


def test_a_disk_that_cannot_be_written_ends_the_start_with_a_sentence(desk: Suffering) -> None:
    disk = desk.disk
    if disk is None:
        pytest.skip("NO DISK OF ITS OWN: only root may mount one, so none was made read-only")
    with desk.while_customers_write("disk read-only", over=4):
        with desk.keeper.held_down():
            read_only = disk.read_only()
            read_only.__enter__()
        try:
            starts = desk.keeper.starts
            until(lambda: desk.keeper.starts > starts + 1, 300, "a start that fails")
            said = desk.keeper.output.read_text("utf-8", "replace").splitlines()
            assert [line for line in said[-5:] if line.startswith("luukku: ")]
            assert not [line for line in said[-20:] if "Traceback" in line]
        finally:
            read_only.__exit__(None, None, None)


def _damage_vectors(folder: Path) -> None:
    """Pages all over the file, as a failing disk leaves them."""
    chosen, path = random.Random(7), folder / "vectors.db"
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for page in chosen.sample(range(1, pages), 20):
            file.seek(page * PAGE)
            file.write(bytes(PAGE))


def _damage_encoder(folder: Path) -> None:
    path = folder / "encoder" / "graph.onnx"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(bytes(PAGE))


def _damage_model(folder: Path) -> None:
    newest = max((folder / "models").glob("luukku-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    with newest.open("r+b") as file:
        file.seek(newest.stat().st_size // 2)
        file.write(bytes(PAGE))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "vectors": _damage_vectors,
    "encoder": _damage_encoder,
    "model": _damage_model,
}


@pytest.mark.parametrize("damaged", [[one] for one in DAMAGE] if ALL_OF_IT else [list(DAMAGE)])
def test_a_start_on_damaged_files_costs_no_message(desk: Suffering, damaged: list[str]) -> None:
    fault = f"damaged: {', '.join(damaged)}"
    with desk.while_customers_write(fault, over=4), desk.keeper.held_down():
        for one in damaged:
            DAMAGE[one](desk.folder)
    until(desk.answers, 120, "an answer of search and bot")


def test_after_all_faults_nothing_is_lost_doubled_broken_or_unmasked(desk: Suffering) -> None:
    with desk.customers.writing(CONVERSATIONS, over=0):
        pass  # those that no fault took
    found = desk.settled()
    told = f"{desk.customers.begun} conversations, {len(desk.recovered)} faults, {found}"
    slowest = max(desk.recovered.values())
    print(f"\n{told}; ready again in {slowest:.0f} s at most")
    assert desk.customers.begun == CONVERSATIONS
    assert (found.lost, found.doubled) == ([], [])
    assert unsound(desk.database) == []
    assert unmasked(desk.folder, planted(CONVERSATIONS)) == []
    assert unmasked(desk.keeper.output.parent, planted(CONVERSATIONS)) == []


def test_a_message_that_was_tried_again_gets_its_first_answer_still(desk: Suffering) -> None:
    again = [one for one in desk.customers.sent if one.tries > 1][:20]
    assert again
    with httpx.Client(base_url=desk.customers.url, trust_env=False, timeout=30) as http:
        for one in again:
            told = http.post("/api/chat", json=one.body)
            assert told.status_code == 200
            assert one.answer is not None
            assert told.json()["outcome"]["kind"] == one.answer["outcome"]["kind"]
            assert told.json()["replies"] == one.answer["replies"]


def test_every_letter_has_gone_out_once(desk: Suffering) -> None:
    """What a killed sender had in hand goes twice, and is one letter to a mail program."""
    waiting = "select count(*) from notice where state <> 'sent'"
    until(lambda: rows(desk.database, waiting) == [(0,)], 400, "every letter")
    letters = {message["Message-ID"] for message in desk.office.took}
    assert letters
    assert rows(desk.database, "select count(*) from notice") == [(len(letters),)]
