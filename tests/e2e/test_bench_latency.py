"""`make bench-latency` measures real turns of both sides; a few of them here, for the command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.database import Database, sqlite_url
from api.settings import PROJECT, Settings
from desk import turns
from desk.outcomes import SmallTalk
from eval.latency.doors import Message
from eval.latency.turns import (
    Decision,
    Known,
    NotARealTurn,
    NotTheSameWork,
    decisions,
    opened,
    unopened,
)
from eval.questions_data import Question
from tests.e2e.running_desk import environment, scratch_folder

TURNS = 8
TIME_LIMIT = 600  # seconds, most of them the two bots' start
QUESTION = Question("kuka nuohoaa mökin piipun", "fi", (), "situation")


@pytest.fixture(scope="module")
def printed(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a short run prints."""
    folder = scratch_folder(tmp_path_factory.mktemp("bench"))
    command = [sys.executable, "-m", "eval.bench_latency", "--one-start"]
    done = subprocess.run(
        [*command, "--turns", str(TURNS), "--rounds", "1"],
        cwd=PROJECT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_last_line_is_the_ratio_of_the_throughputs(printed: list[str]) -> None:
    told = re.fullmatch(r"(\d+\.\d)x throughput", printed[-1])
    assert told, printed
    stock, ours, _ = _per_second(printed)
    assert float(told[1]) == pytest.approx(ours / stock, abs=0.15)


def test_both_sides_and_the_whole_path_are_measured(printed: list[str]) -> None:
    assert all(speed > 0 for speed in _per_second(printed))
    weights = [int(found[1]) for line in printed if (found := re.search(r"(\d+) MB", line))]
    assert len(weights) == 2
    assert min(weights) > 500  # Rasa alone holds more


def test_every_target_is_told_as_met_or_not(printed: list[str]) -> None:
    assert sum(bool(re.search(r": (NOT )?met$", line)) for line in printed) == 2


@pytest.fixture
def database(tmp_path: Path) -> tuple[Database, Settings]:
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url(tmp_path / "luukku.db"))
    database = Database(settings.database)
    database.migrate()
    return database, settings


def test_a_turn_that_nobody_closed_does_not_count(database: tuple[Database, Settings]) -> None:
    kept, settings = database
    messages = opened(kept, settings, [QUESTION])
    with pytest.raises(NotARealTurn):
        decisions(kept, messages, [["Hei!"]])


def test_a_turn_that_was_never_opened_does_not_count(database: tuple[Database, Settings]) -> None:
    with pytest.raises(NotARealTurn):
        decisions(database[0], unopened([QUESTION]), [["Hei!"]])


@pytest.mark.parametrize("by", ["bot_slow", "bot_down", "abandoned"])
def test_a_turn_that_the_desk_had_to_take_over_does_not_count(
    by: str, database: tuple[Database, Settings]
) -> None:
    kept, settings = database
    (message,) = opened(kept, settings, [QUESTION])
    _close(kept, message, by)
    with pytest.raises(NotARealTurn, match=by):
        decisions(kept, [message], [["Hei!"]])


def test_a_turn_with_another_number_of_replies_does_not_count(
    database: tuple[Database, Settings],
) -> None:
    kept, settings = database
    (message,) = opened(kept, settings, [QUESTION])
    _close(kept, message, "action_find_service")
    assert decisions(kept, [message], [["Hei!"]])[0].kind == "smalltalk"
    with pytest.raises(NotARealTurn):
        decisions(kept, [message], [["Hei!", "Hei!"]])


def test_the_same_question_decided_in_two_ways_fails_the_run() -> None:
    known = Known()
    known.compare([QUESTION], [Decision("action_find_service", "answer", ("a",))])
    known.compare([QUESTION], [Decision("action_find_service", "answer", ("a",))])
    with pytest.raises(NotTheSameWork):
        known.compare([QUESTION], [Decision("action_find_service", "clarify", ("a",))])


def _per_second(printed: list[str]) -> list[float]:
    rows = [re.search(r"^(?:stock|ours): .*?(\d+\.\d) +\d+ ms +\d+ ms ", line) for line in printed]
    return [float(row[1]) for row in rows if row]


def _close(database: Database, message: Message, by: str) -> None:
    with database.writing() as session:
        turn = turns.to_decide(session, message.turn_id or 0)
        assert turn is not None
        closing = turns.Closing(SmallTalk(), ({"text": "Hei!"},), by)
        turns.close(session, turn, closing, now=turn.opened_at)
