"""The bot's model changes under a running desk: nobody waits for it, and a bad one gives way."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.running_desk import RunningDesk, scratch_folder, start

CHANGED_WITHIN = 400.0  # seconds: a bot takes half a minute to start on an idle machine
BY_THE_BOT = {"action_find_service", "action_how_to_apply"}  # by one question or the other
QUESTIONS = ("Miten haen lapselle päivähoitopaikkaa?", "Hur ansöker jag om bostadsbidrag?")


@pytest.fixture(scope="module")
def desk(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk with models of its own."""
    folder = scratch_folder(tmp_path_factory.mktemp("models"))
    shared = (folder / "models").resolve()
    (folder / "models").unlink()
    (folder / "models").mkdir()
    for file in shared.glob("luukku-*"):
        shutil.copy2(file, folder / "models")
    # A busy machine must not turn answers into tickets: what is tested is the change.
    started = start(folder, BOT_TIME_LIMIT="20")
    try:
        started.wait_for_doors()
        started.wait_for_bot()
        yield started
    finally:
        started.stop()


def put(desk: RunningDesk, name: str, content: bytes) -> None:
    """A model that its gate let pass, with this in it."""
    models = desk.folder / "models"
    record = {"sha256": hashlib.sha256(content).hexdigest(), "shares": {"fi": 1.0, "sv": 1.0}}
    (models / f"{name}.json").write_text(json.dumps(record))
    (models / "coming").write_bytes(content)
    (models / "coming").rename(models / f"{name}.tar.gz")


def ask_until(desk: RunningDesk, found: Callable[[], bool]) -> list[str]:
    """What closed the turn of each question, one after another, until it is `found`."""
    closed_by: list[str] = []
    deadline = time.monotonic() + CHANGED_WITHIN
    while not found():
        assert time.monotonic() < deadline, desk.output.read_text()
        told = desk.send(QUESTIONS[len(closed_by) % 2])
        query = "select closed_by from turn where conversation_id = ?"
        closed_by += [row[0] for row in desk.rows(query, told["conversation_id"])]
        time.sleep(0.3)
    return closed_by


def said(desk: RunningDesk, words: str) -> Callable[[], bool]:
    return lambda: words in desk.output.read_text()


def good_model(desk: RunningDesk) -> Path:
    return max(
        (desk.folder / "models").glob("luukku-*.tar.gz"), key=lambda one: one.stat().st_mtime
    )


def test_every_question_is_answered_while_a_new_model_takes_over(desk: RunningDesk) -> None:
    before = desk.bot()
    put(desk, "luukku-0123456789abcdef", good_model(desk).read_bytes())
    closed_by = ask_until(desk, said(desk, "the bot answers with luukku-0123456789abcdef now"))
    assert len(closed_by) > 5
    closed_by += ask_until(desk, lambda: not Path(f"/proc/{before}").exists())
    assert set(closed_by) <= BY_THE_BOT


def test_a_model_that_cannot_be_loaded_leaves_the_last_good_one_answering(
    desk: RunningDesk,
) -> None:
    put(desk, "luukku-ffffffffffffffff", b"no model at all")
    refused = "the bot does not start with luukku-ffffffffffffffff; luukku-0123456789abcdef goes on"
    assert set(ask_until(desk, said(desk, refused))) <= BY_THE_BOT
