"""A bot that dies, hangs or talks nonsense costs the customer a short wait and nothing else."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.crowd import Crowd, Sent
from tests.e2e.running_desk import (
    RunningDesk,
    bot_key,
    scratch_folder,
    start,
    until,
)

ANSWERED_WITHIN = 4.0  # seconds, whatever the bot does
CONVERSATIONS = 50
RETRIES = 20
LATE = 4.0  # seconds for the calls that a hung bot still has in hand
FAKE_BOT = Path(__file__).with_name("fake_bot.py")


@pytest.fixture(scope="module")
def failing(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk of its own, whose bot these tests kill and stop."""
    started = start(scratch_folder(tmp_path_factory.mktemp("failing")))
    try:
        started.wait_for_doors()
        started.wait_for_bot()
        yield started
    finally:
        started.stop()


def test_a_bot_killed_in_the_middle_leaves_tickets_and_comes_back(failing: RunningDesk) -> None:
    crowd, killed = Crowd(failing), failing.bot()
    crowd.talk(CONVERSATIONS, turns=3, at=60, happens=lambda: os.kill(killed, signal.SIGKILL))
    twice = [crowd.send_twice_at_once("kuka nuohoaa mökin piipun") for _ in range(RETRIES)]
    print(f"\nkilled: slowest answer {crowd.slowest():.2f} s of {len(crowd.sent)}")

    assert crowd.slowest() < ANSWERED_WITHIN
    _every_message_is_settled(failing, crowd)
    for first, second in twice:
        assert first.answer == second.answer
    tickets = [first for first, _ in twice if first.kind == "handover"]
    assert tickets  # it takes the bot longer to come back than these twenty messages

    until(lambda: failing.bot() != killed, 30, "another bot")
    failing.wait_for_bot()
    _are_answered_the_same(crowd, [one for one in crowd.sent if one.kind == "handover"][:RETRIES])
    assert crowd.send("Tarvitsisin lapselle tilapäistä päivähoitoa").kind == "answer"
    _no_matter_is_doubled(failing)


def test_a_bot_that_hangs_in_the_middle_changes_nothing_when_it_wakes(
    failing: RunningDesk,
) -> None:
    failing.wait_for_bot()
    crowd, hung = Crowd(failing), failing.bot()
    crowd.talk(CONVERSATIONS, turns=2, at=60, happens=lambda: os.kill(hung, signal.SIGSTOP))
    first, second = crowd.send_twice_at_once("kuka nuohoaa mökin piipun")
    print(f"\nhung: slowest answer {crowd.slowest():.2f} s of {len(crowd.sent)}")

    assert crowd.slowest() < ANSWERED_WITHIN
    assert first.answer == second.answer
    assert first.kind == "handover"
    _every_message_is_settled(failing, crowd)

    before = _turns_and_tickets(failing)
    os.kill(hung, signal.SIGCONT)
    failing.wait_for_bot()
    time.sleep(LATE)
    assert _turns_and_tickets(failing) == before
    _are_answered_the_same(crowd, crowd.sent[-RETRIES:])
    assert crowd.send("Tarvitsisin lapselle tilapäistä päivähoitoa").kind == "answer"
    _no_matter_is_doubled(failing)


def test_an_action_that_comes_after_the_ticket_changes_nothing(failing: RunningDesk) -> None:
    query = "select id from turn where closed_by in ('bot_slow', 'bot_down') limit 5"
    late = [row[0] for row in failing.rows(query)]
    assert late
    before = _turns_and_tickets(failing)
    for turn_id in late:
        answer = httpx.post(
            failing.actions_url(),
            json=_action_call(turn_id),
            headers={"X-Luukku-Key": bot_key(failing.folder)},
            trust_env=False,
        )
        assert (answer.status_code, answer.json()["responses"]) == (200, [])
    assert _turns_and_tickets(failing) == before


@pytest.fixture(scope="module")
def nonsense(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk whose bot is ten lines that answer whatever the message asks them to."""
    folder = scratch_folder(tmp_path_factory.mktemp("nonsense"))
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_BOT}" "$@"\n')
    python.chmod(0o755)
    started = start(folder, BOT_PYTHON=str(python))
    try:
        started.wait_for_doors()
        started.wait_for_bot()
        yield started
    finally:
        started.stop()


@pytest.mark.parametrize(
    "text",
    ["nothing done", "no json", "empty", "status 500", "status 404", "hangs up", "slow drip"],
)
def test_a_bot_that_talks_nonsense_leaves_a_ticket(nonsense: RunningDesk, text: str) -> None:
    crowd = Crowd(nonsense)
    told = crowd.send(text)
    assert told.kind == "handover"
    assert told.seconds < ANSWERED_WITHIN
    _every_message_is_settled(nonsense, crowd)
    _are_answered_the_same(crowd, [told])


def _every_message_is_settled(desk: RunningDesk, crowd: Crowd) -> None:
    """Each message is one closed turn, and each promise has its ticket in the database."""
    kept = {row[0] for row in desk.rows("select code from ticket")}
    closed = desk.rows("select message_id from turn where state = 'closed'")
    counted = [row[0] for row in closed]
    assert len(counted) == len(set(counted))
    assert {one.message_id for one in crowd.sent} <= set(counted)
    assert desk.rows("select count(*) from turn where state = 'open'") == [(0,)]
    for one in crowd.sent:
        assert one.kind != "handover" or one.answer["outcome"]["ticket"]["code"] in kept
    settled_by_desk = desk.rows("select kind from turn where closed_by like 'bot_%'")
    assert {row[0] for row in settled_by_desk} <= {"handover"}


def _are_answered_the_same(crowd: Crowd, earlier: list[Sent]) -> None:
    assert earlier
    for one in earlier:
        assert crowd.again(one).answer == one.answer


def _no_matter_is_doubled(desk: RunningDesk) -> None:
    """No conversation of these holds two open tickets, however often its messages came."""
    query = "select conversation_id from ticket where stage = 'open' group by 1 having count(*) > 1"
    assert desk.rows(query) == []


def _turns_and_tickets(desk: RunningDesk) -> list[tuple[Any, ...]]:
    turns = "select id, state, kind, closed_by, ticket_id, replies, closed_at from turn order by id"
    tickets = "select id, code, reason, subject, owner_id, due_at, stage from ticket order by id"
    return [*desk.rows(turns), *desk.rows(tickets), *desk.rows("select count(*) from message")]


def _action_call(turn_id: int) -> dict[str, Any]:
    """What Rasa would have sent for this turn, had it been in time."""
    message = {
        "text": "kuka nuohoaa mökin piipun",
        "intent": {"name": "find_service", "confidence": 0.99},
        "entities": [],
        "metadata": {"turn_id": turn_id, "language": "fi"},
    }
    tracker = {
        "sender_id": "late",
        "slots": {},
        "latest_message": message,
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": None,
    }
    return {"next_action": "action_find_service", "sender_id": "late", "tracker": tracker}
