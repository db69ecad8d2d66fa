"""`luukku eval --swefaq FILE` ranks the answers of a category for a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import main

ANSWERS = [
    "Du bokar tid till tandläkaren genom att ringa tandvården.",
    "Bygglov söks hos kommunens byggnadstillsyn.",
    "Pension söks hos Folkpensionsanstalten.",
]
ASKED = ["Hur får jag tid hos tandläkaren?", "Var söker man bygglov?", "Hur söker jag pension?"]


def test_the_right_answers_of_a_plain_file_are_all_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faq.jsonl"
    lines = [
        {"category_id": 1, "question": question, "candidate_answers": ANSWERS, "label": right}
        for right, question in enumerate(ASKED)
    ]
    file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in lines), "utf-8")
    assert main(["eval", "--swefaq", str(file)]) == 0
    told = capsys.readouterr().out
    assert "3 questions" in told
    ours = next(line for line in told.splitlines() if "ours" in line)
    assert "100.0%" in ours


def test_a_file_that_is_not_there_is_said_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "--swefaq", str(tmp_path / "none.jsonl")]) != 0
    assert "none.jsonl" in capsys.readouterr().err
