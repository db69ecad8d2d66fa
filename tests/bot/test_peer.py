"""Stock Rasa beside the desk is taught the same phrases and asked what it can know."""

from __future__ import annotations

import pytest
import yaml
from running_bot import ROOT

from bot.peer import SETS, as_intents, most_told, phrases, questions
from bot.training_data import LANGUAGES


@pytest.fixture(scope="module")
def every() -> dict[str, list[str]]:
    return phrases(ROOT)


def test_it_is_taught_every_phrase_of_the_services_with_most(every: dict[str, list[str]]) -> None:
    some = most_told(every, 10)
    assert min(map(len, some.values())) >= max(
        len(said) for one, said in every.items() if one not in some
    )
    assert all(said == every[one] for one, said in some.items())


def test_each_service_is_an_intent_of_its_own(every: dict[str, list[str]]) -> None:
    some = most_told(every, 3)
    blocks = yaml.safe_load(as_intents(some))["nlu"]
    assert {one["intent"]: len(one["examples"].splitlines()) for one in blocks} == {
        one: len(said) for one, said in some.items()
    }


def test_it_is_asked_only_what_one_of_its_services_answers(every: dict[str, list[str]]) -> None:
    some = set(most_told(every, 50))
    asked = questions(some)
    assert asked
    assert all(some & set(one.expect) for one in asked)


def test_the_questions_of_every_set_and_language_are_asked(every: dict[str, list[str]]) -> None:
    asked = questions(set(every))
    assert {(one.source, one.language) for one in asked} == {
        (source, language) for source in SETS for language in LANGUAGES
    }
