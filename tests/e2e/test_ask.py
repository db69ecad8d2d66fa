"""`luukku ask --batch`: a file of questions in, a file of answers out, with nothing running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.settings import PROJECT
from tests.e2e.running_desk import environment, scratch_folder

KINDS = {"answer", "clarify", "handover", "person", "smalltalk"}
MOST_SERVICES = 5
TIME_LIMIT = 600  # seconds, most of them the bot's start

QUESTIONS: list[dict[str, Any]] = [
    {"question": "Tarvitsisin lapselle tilapäistä päivähoitoa", "lang": "fi"},
    {"question": "Jag skulle vilja veta hur man ansöker om bygglov", "lang": "sv"},
    {"question": "kuka nuohoaa mökin piipun", "lang": None},
    {"question": "Snön är inte plogad på vår gata"},
    {"question": "Missä on lähin kirjasto?", "lang": "fi", "municipality": "Espoo"},
    {"question": "Var finns närmaste bibliotek?", "lang": "sv", "municipality": "049"},
    {"question": " ", "lang": "fi"},
    {"question": "?", "lang": "sv"},
    {"question": "😀🎉", "lang": None},
    {"question": "kiitos", "lang": "fi"},
    {"question": "jag vill tala med en människa", "lang": "sv"},
    {"question": "isä makaa lattialla eikä hengitä", "lang": "fi"},
]


SERVICES = [
    "c17528ad-8b66-4df1-b157-ebb56a2da083",  # Tilapäinen päivähoito
    "4853c910-5a39-4aae-a1a1-ac546fd9bcf4",  # Bygglov
    "ed79ff49-81eb-49ad-9851-029d2c9dd21a",  # Nuohous
    "635054a2-1cfc-45b2-9f6c-aebba696666c",  # Underhåll av gator och allmänna områden
]


@pytest.fixture(scope="module")
def answers(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the command wrote for the twelve questions."""
    folder = scratch_folder(tmp_path_factory.mktemp("ask"))
    asked, answered = folder / "in.jsonl", folder / "out.jsonl"
    asked.write_text("".join(json.dumps(one) + "\n" for one in QUESTIONS), "utf-8")
    command = [sys.executable, "-m", "api.cli", "ask", "--batch", str(asked), str(answered)]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in answered.read_text("utf-8").splitlines()]


def test_every_question_gets_one_line(answers: list[dict[str, Any]]) -> None:
    assert len(answers) == len(QUESTIONS)


def test_every_line_has_the_promised_fields(answers: list[dict[str, Any]]) -> None:
    for line in answers:
        assert set(line) == {"outcome", "services", "lang", "reply", "ms"}
        assert line["outcome"] in KINDS
        assert line["lang"] in ("fi", "sv")
        assert line["reply"].strip()
        assert line["ms"] > 0


def test_the_services_are_at_most_five_with_falling_scores(answers: list[dict[str, Any]]) -> None:
    for line in answers:
        scores = [one["score"] for one in line["services"]]
        assert len(scores) <= MOST_SERVICES
        assert all(set(one) == {"id", "score"} and len(one["id"]) == 36 for one in line["services"])
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_the_lines_come_in_the_order_of_the_questions(answers: list[dict[str, Any]]) -> None:
    best = [line["services"][0]["id"] for line in answers[: len(SERVICES)]]
    assert best == SERVICES
    assert "Ole hyvä" in answers[9]["reply"]
    assert "112" in answers[11]["reply"]


def test_each_is_answered_in_its_language(answers: list[dict[str, Any]]) -> None:
    expected = ["fi", "sv", "fi", "sv", "fi", "sv", "fi", "sv"]
    assert [line["lang"] for line in answers[: len(expected)]] == expected


def test_what_says_nothing_is_asked_back(answers: list[dict[str, Any]]) -> None:
    assert [answers[at]["outcome"] for at in (6, 7, 8)] == ["clarify", "clarify", "clarify"]


def test_a_wish_for_a_person_and_danger_become_tickets(answers: list[dict[str, Any]]) -> None:
    assert [answers[at]["outcome"] for at in (10, 11)] == ["handover", "handover"]


def test_batch_without_a_file_of_questions_fails_by_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "ask", "--batch"]
    command += [str(tmp_path / "nowhere.jsonl"), str(tmp_path / "out.jsonl")]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "nowhere.jsonl" in done.stderr
    assert "Traceback" not in done.stderr
