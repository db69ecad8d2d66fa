"""What the measuring says is what it claims to say; on figures that can be checked by hand."""

from __future__ import annotations

import pytest
from running_bot import ROOT

from bot.accuracy import (
    Answered,
    accuracy,
    accuracy_of_decisions,
    by_intent,
    calibration_error,
    confusions,
    macro_f1,
)
from bot.folds import FOLDS, Example, every_example, folds
from bot.hearing import NEED, SETS, needs
from bot.measure import held_apart
from bot.training_data import LANGUAGES
from bot.trial import FALLBACK, Guess


def _answered(meant: str, named: str, confidence: float, decided: str = "") -> Answered:
    return Answered("fi", meant, Guess(named, confidence), decided or named, taught=False)


SOME = [
    _answered("greet", "greet", 0.9),
    _answered("greet", "thanks", 0.4, FALLBACK),
    _answered("thanks", "thanks", 0.8),
    _answered("find_service", "greet", 0.3, FALLBACK),
]


def test_an_unsure_message_is_searched_for_and_that_is_right_for_a_need_alone() -> None:
    assert accuracy(SOME) == 0.5
    assert accuracy_of_decisions(SOME) == 0.75


def test_precision_and_recall_are_told_by_intent() -> None:
    figures = by_intent(SOME)
    assert (figures["greet"].precision, figures["greet"].recall) == (0.5, 0.5)
    assert (figures["thanks"].precision, figures["thanks"].recall) == (0.5, 1.0)
    assert figures["find_service"].f1 == 0
    assert macro_f1(SOME) == pytest.approx((0.5 + 2 / 3 + 0) / 3)


def test_the_calibration_error_is_what_was_said_less_what_was_right() -> None:
    assert calibration_error(SOME) == pytest.approx((0.1 + 0.4 + 0.2 + 0.3) / 4)
    assert calibration_error([_answered("greet", "greet", 1.0)]) == 0


def test_only_what_is_wrong_is_a_confusion() -> None:
    assert confusions(SOME) == {("greet", "thanks"): 1, ("find_service", "greet"): 1}


def test_examples_that_are_alike_are_never_taught_in_one_fold_and_asked_in_it() -> None:
    told = [
        Example("fi", intent, f"{word} {end}")
        for intent, word in (("greet", "huomenta"), ("thanks", "kiitoksia"))
        for end in ("abc", "abc!", "xyzzy", "xyzzy!", "qwrtp", "qwrtp?", "mnbvc", "mnbvc.")
    ]
    for taught, asked in folds(told):
        known = {one.text.rstrip("!?.") for one in taught}
        assert not known & {one.text.rstrip("!?.") for one in asked}


def test_every_example_is_asked_in_exactly_one_fold() -> None:
    told = every_example(ROOT)
    asked = [one for _, held_out in folds(told) for one in held_out]
    assert len(asked) == len(told)
    assert len(list(folds(told[:200]))) == FOLDS


def test_the_messages_held_apart_are_of_every_intent_in_both_languages() -> None:
    intents = {one.intent for one in every_example(ROOT)}
    for language in LANGUAGES:
        assert {one.meant for one in held_apart() if one.language == language} == intents


def test_the_needs_come_from_every_set_of_development_questions_in_both_languages() -> None:
    told = {(source, one.language) for source, one in needs()}
    assert told == {(s, one) for s in SETS for one in LANGUAGES}
    assert all(one.intent == NEED for _, one in needs())
