"""A model answers only when it has passed its gate; else the last good one does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from running_bot import ROOT

from bot.gate import FLOOR, messages, refusal
from bot.models import good, is_good, keep, keep_the_newest, record_of, refuse
from bot.training_data import fingerprint, intents

WHOLE = {"fi": 0.95, "sv": 0.95}


def stored(folder: Path, name: str, *, age: int, text: str = "whole") -> Path:
    """A model that passed its gate, this many seconds ago."""
    folder.mkdir(exist_ok=True)
    fresh = folder / "fresh"
    fresh.write_text(text)
    model = folder / f"luukku-{name}.tar.gz"
    keep(fresh, model, WHOLE)
    os.utime(model, (10_000 - age, 10_000 - age))
    return model


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    """What the bot learns from, cut to one example an intent."""
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data")
    for language in ("fi", "sv"):
        shutil.rmtree(tmp_path / "nlu_data" / language / "words")
    for file in intents(tmp_path):
        told = yaml.safe_load(file.read_text("utf-8"))
        for block in told["nlu"]:
            block["examples"] = block["examples"].splitlines()[0] + "\n"
        file.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return tmp_path


def trained(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; from pathlib import Path; from bot.train import current_model; "
        "print(current_model(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(root), str(out)], cwd=ROOT, capture_output=True, text=True
    )


def test_the_messages_cover_every_intent_in_both_languages() -> None:
    told = {language: set() for language in ("fi", "sv")}
    for language, intent, _ in messages():
        told[language].add(intent)
    learnt = {
        block["intent"]
        for file in intents(ROOT)
        for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]
    }
    assert told == {"fi": learnt, "sv": learnt}


def test_the_shipped_model_has_passed(model: Path) -> None:
    record = record_of(model)
    assert record is not None
    assert record.refused is None
    assert min(record.shares.values()) >= FLOOR
    assert is_good(model)


def test_a_model_that_understands_little_is_refused_and_the_last_good_one_answers(
    poor: Path, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    last = stored(out, "last", age=100)
    done = trained(poor, out)
    assert done.stdout.splitlines()[-1] == str(last), done.stderr
    assert "The new model was refused: it understood" in done.stdout
    assert not (out / f"luukku-{fingerprint(poor)}.tar.gz").exists()
    again = trained(poor, out)
    assert again.stdout.splitlines()[-1] == str(last)
    assert "Training." not in again.stdout


def test_without_a_good_one_a_refused_model_ends_the_training_with_the_reason(
    poor: Path, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    out.mkdir()
    model = out / f"luukku-{fingerprint(poor)}.tar.gz"
    (out / "fresh").write_text("poor")
    refuse(out / "fresh", model, {"fi": 0.2, "sv": 0.2}, "it understood 0.20")
    done = trained(poor, out)
    assert done.returncode != 0
    assert "it understood 0.20" in done.stderr


def test_data_that_rasa_cannot_learn_from_leaves_the_last_good_model(
    poor: Path, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    last = stored(out, "last", age=100)
    (poor / "config.yml").write_text("language: xx\npipeline: [{name: NoSuchComponent}]\n")
    done = trained(poor, out)
    assert done.stdout.splitlines()[-1] == str(last), done.stderr


def test_a_damaged_model_is_none(tmp_path: Path) -> None:
    older = stored(tmp_path, "older", age=100)
    newer = stored(tmp_path, "newer", age=50)
    assert good(tmp_path) == [newer, older]
    newer.write_text("wholf")
    assert good(tmp_path) == [older]


def test_a_model_of_which_nothing_is_known_is_none(tmp_path: Path) -> None:
    (tmp_path / "luukku-old.tar.gz").write_text("from before there was a gate")
    assert good(tmp_path) == []


def test_only_the_two_newest_good_models_are_kept(tmp_path: Path) -> None:
    stored(tmp_path, "3", age=300)
    second, first = stored(tmp_path, "2", age=200), stored(tmp_path, "1", age=100)
    keep_the_newest(tmp_path, first)
    assert good(tmp_path) == [first, second]
    assert {file.name for file in tmp_path.iterdir()} == {
        *("luukku-1.tar.gz", "luukku-1.json", "luukku-2.tar.gz", "luukku-2.json")
    }


@pytest.mark.parametrize(
    ("shares", "before", "passes"),
    [
        ({"fi": 0.85, "sv": 0.85}, {}, True),
        ({"fi": 0.95, "sv": 0.84}, {}, False),
        ({"fi": 0.90, "sv": 0.90}, {"fi": 0.94, "sv": 0.94}, True),
        ({"fi": 0.95, "sv": 0.88}, {"fi": 0.94, "sv": 0.94}, False),
    ],
)
def test_each_language_must_hold_by_itself(
    shares: dict[str, float], before: dict[str, float], passes: bool
) -> None:
    assert (refusal(shares, before) is None) == passes
