"""Training happens when its inputs changed, and only then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from running_bot import ROOT

from bot.gate import MESSAGES
from bot.training_data import as_nlu, fingerprint, intents, taught_words


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the bot learns from."""
    shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data")
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_training_twice_trains_once(model: Path, models: Path) -> None:
    before = model.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "bot.train", "--out", str(models)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=20,  # less than Rasa's imports take
    )
    assert done.stdout.splitlines()[-1] == str(model)
    assert "Training." not in done.stdout
    assert model.read_bytes() == before


@pytest.mark.parametrize(
    "changed",
    ["config.yml", "domain.yml", "nlu_data/rules/people.yml", "nlu_data/sv/nlu.yml"],
)
def test_a_changed_input_asks_for_training(copy: Path, changed: str) -> None:
    before = fingerprint(copy)
    with (copy / changed).open("a") as file:
        file.write("\n# changed\n")
    assert fingerprint(copy) != before


def test_a_new_file_of_words_asks_for_training(copy: Path) -> None:
    before = fingerprint(copy)
    (copy / "nlu_data" / "fi" / "words" / "new.yml").write_text('an-id: ["uusi asia"]\n')
    assert fingerprint(copy) != before


def test_missing_words_are_no_obstacle(copy: Path) -> None:
    for language in ("fi", "sv"):
        shutil.rmtree(copy / "nlu_data" / language / "words")
    assert taught_words(copy) == []
    assert yaml.safe_load(as_nlu([]))["nlu"] == []


def test_the_share_of_words_is_the_same_every_time(copy: Path) -> None:
    assert taught_words(copy) == taught_words(copy) == taught_words(ROOT)


def test_a_word_that_is_an_example_of_another_intent_is_not_taught_as_a_need(copy: Path) -> None:
    for language in ("fi", "sv"):
        shutil.rmtree(copy / "nlu_data" / language / "words")
    words = copy / "nlu_data" / "fi" / "words"
    words.mkdir()
    (words / "new.yml").write_text(
        'an-id: ["Kiitos!", "b", "c", "d", "e", "hometalo [vuokrattu](koti)"]\n'
    )
    greeted, plain = sorted(taught_words(copy, 5), key=len, reverse=True)
    assert plain == "hometalo vuokrattu (koti)"
    assert greeted.endswith(f" {plain}")


def test_held_out_messages_stand_in_no_training_file() -> None:
    taught = {said.casefold() for said in taught_words(ROOT)}
    for file in intents(ROOT):
        for block in yaml.safe_load(file.read_text())["nlu"]:
            taught |= {line[2:].strip().casefold() for line in block["examples"].splitlines()}
    held = yaml.safe_load(MESSAGES.read_text())
    texts = {text for group in held.values() for texts in group.values() for text in texts}
    assert not texts & taught
