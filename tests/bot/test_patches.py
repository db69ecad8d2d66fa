"""Each change to Rasa does what it says, and upstream still needs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from rasa.core.actions import action
from rasa.core.actions.action import RemoteAction
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.nlu.training_data.message import Message

from bot import patches

# Taken when this file is imported, before any test puts a change in.
UPSTREAM_CHECK = RemoteAction._validate_action_result
UPSTREAM_PROCESS = RegexMessageHandler.process
UPSTREAM_LIMIT = action.DEFAULT_REQUEST_TIMEOUT

ANSWER = {"events": [{"event": "slot", "name": "x", "value": 1}], "responses": [{"text": "hei"}]}
COMMAND = '/greet@0.9{"name": "x"}'


@pytest.fixture
def patched() -> Iterator[RemoteAction]:
    patches.apply()
    yield RemoteAction("action_greet", None)
    RemoteAction._validate_action_result = UPSTREAM_CHECK
    RegexMessageHandler.process = UPSTREAM_PROCESS
    action.DEFAULT_REQUEST_TIMEOUT = UPSTREAM_LIMIT


def _milliseconds(check: Any, times: int = 5) -> float:
    began = time.perf_counter()
    for _ in range(times):
        check(ANSWER)
    return (time.perf_counter() - began) * 1000 / times


def test_upstream_still_checks_the_schema_with_every_answer(patched: RemoteAction) -> None:
    upstream = _milliseconds(lambda answer: UPSTREAM_CHECK(patched, answer))
    patched._validate_action_result(ANSWER)  # compiles the schema
    ours = _milliseconds(patched._validate_action_result)
    print(f"\nanswer checked: upstream {upstream:.1f} ms, patched {ours:.2f} ms")
    assert upstream > 5 * ours


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": "none"},
        {"events": [{"event": "slot"}]},
        {"responses": {}},
        {"responses": ["a"]},
        [],
    ],
)
def test_an_answer_of_the_wrong_shape_is_still_refused(patched: RemoteAction, wrong: Any) -> None:
    with pytest.raises(jsonschema.ValidationError) as refused:
        patched._validate_action_result(wrong)
    assert "action_greet" in str(refused.value)


def test_an_answer_of_the_right_shape_passes(patched: RemoteAction) -> None:
    assert patched._validate_action_result(ANSWER) is True


def test_upstream_still_takes_a_customers_slash_for_a_command() -> None:
    domain = Domain.from_dict({"intents": ["greet"]})
    read = UPSTREAM_PROCESS(RegexMessageHandler(), [Message({"text": COMMAND})], domain)
    assert read[0].get("intent")["name"] == "greet"


def test_a_slash_is_text(patched: RemoteAction) -> None:
    domain = Domain.from_dict({"intents": ["greet"]})
    message = Message({"text": COMMAND})
    assert RegexMessageHandler().process([message], domain) == [message]
    assert message.get("intent") is None


def test_upstream_still_waits_minutes_for_an_action() -> None:
    assert UPSTREAM_LIMIT > 60 > patches.ACTION_TIME_LIMIT
