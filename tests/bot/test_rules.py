"""The rules, the domain and the actions agree, without Rasa running."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FALLBACK = "nlu_fallback"


def _read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def _rules() -> list[dict[str, Any]]:
    files = sorted((ROOT / "nlu_data" / "rules").glob("*.yml"))
    return [rule for file in files for rule in yaml.safe_load(file.read_text())["rules"]]


def test_every_intent_has_one_rule_that_runs_one_action() -> None:
    steps = [rule["steps"] for rule in _rules()]
    assert all([list(step) for step in pair] == [["intent"], ["action"]] for pair in steps)
    assert sorted(pair[0]["intent"] for pair in steps) == sorted(_read("domain.yml")["intents"])


def test_every_action_of_the_domain_is_run_and_no_other() -> None:
    run = {rule["steps"][1]["action"] for rule in _rules()}
    assert run == set(_read("domain.yml")["actions"])


def test_no_stock_reply_can_be_given() -> None:
    assert not any(action.startswith("utter_") for action in _read("domain.yml")["actions"])
    assert "responses" not in _read("domain.yml")


def test_what_no_rule_fits_goes_to_the_search() -> None:
    policy = _read("config.yml")["policies"][0]
    assert policy["core_fallback_action_name"] == "action_find_service"
    assert policy["enable_fallback_prediction"] is True


def test_both_languages_have_examples_of_every_intent() -> None:
    intents = set(_read("domain.yml")["intents"]) - {FALLBACK}
    for language in ("fi", "sv"):
        blocks = _read(f"nlu_data/{language}/nlu.yml")["nlu"]
        assert {block["intent"] for block in blocks} == intents
