"""Danger to life is seen by its meaning where no pattern has the words for it."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from actions.hand import Desk
from catalog.danger import in_danger
from catalog.danger_model import DangerModel, shipped_for
from catalog.encoder import Encoder
from catalog.find import Finder
from catalog.language import Language
from catalog.vectors import VectorCache
from eval.danger_data import BlindMessage, blind, examples, harmless_phrases
from tests.foundation import Talk

LANGUAGES: tuple[Language, ...] = ("fi", "sv")
# Measured on the blind messages, less a little: eval/DANGER.md has the figures.
SEEN = {"fi": 0.70, "sv": 0.65}
OBLIQUE = "mommo säckade ihop i bastun och är alldeles vit"


def seen(message: BlindMessage, finder: Finder) -> bool:
    return in_danger(message.text, message.language) is not None or finder.in_danger(message.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_oblique_danger_is_seen_by_patterns_and_meaning_together(
    language: Language, real_finder: Finder
) -> None:
    messages = [one for one in blind() if one.language == language and one.danger]
    assert len(messages) == 60
    assert sum(seen(one, real_finder) for one in messages) / 60 >= SEEN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_meaning_sees_much_that_the_patterns_do_not(
    language: Language, real_finder: Finder
) -> None:
    messages = [one for one in blind() if one.language == language and one.danger]
    missed = [one for one in messages if in_danger(one.text, language) is None]
    assert sum(real_finder.in_danger(one.text) for one in missed) / len(missed) >= 0.33


@pytest.mark.parametrize("language", LANGUAGES)
def test_alarming_words_in_harmless_matters_seldom_raise_an_alarm(
    language: Language, real_finder: Finder
) -> None:
    messages = [one for one in blind() if one.language == language and not one.danger]
    assert len(messages) == 60
    assert sum(seen(one, real_finder) for one in messages) / 60 <= 0.15


def test_meaning_adds_hardly_any_alarm_on_the_customers_own_words_of_services(
    real_encoder: Encoder, vector_cache: VectorCache
) -> None:
    texts = [one.text for one in harmless_phrases()]
    model = DangerModel.shipped()
    alarms = [model.alarms(row) for row in vector_cache.vectors(real_encoder, texts, "query")]
    assert sum(alarms) / len(alarms) <= 0.007


def test_nothing_of_the_blind_messages_was_learnt() -> None:
    learnt = {one.text.casefold() for one in examples() if one.source in ("now", "not_now")}
    assert not [one.text for one in blind() if one.text.casefold() in learnt]


def test_an_oblique_message_shows_112_in_a_real_turn(finding_desk: Desk) -> None:
    talk = Talk(finding_desk, language="sv")
    assert in_danger(OBLIQUE, "sv") is None
    told = talk.told(talk.open(OBLIQUE))
    assert told.turn.closed_by == "first_look"
    assert "112" in told.said
    assert told.ticket is not None
    assert told.ticket.reason == "danger"


def test_the_patterns_decide_alone_when_the_search_is_broken(desk: Desk) -> None:
    def broken() -> Finder:
        raise RuntimeError("no index")

    talk = Talk(replace(desk, finder=broken))
    assert "112" in talk.told(talk.open("mieheni ei hengitä")).said
    assert talk.told(talk.open("mistä saan kirjastokortin")).kind is None


def test_a_message_of_two_thousand_words_is_weighed(real_finder: Finder) -> None:
    assert not real_finder.in_danger("kirjaston aukioloajat " * 1000)
    assert not real_finder.in_danger("   ")


def test_a_model_of_another_encoder_is_refused_by_name_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shipped_for.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert shipped_for("e5-large") is None
        assert shipped_for("e5-large") is None
    assert len(caplog.records) == 1
    assert "e5-large" in caplog.text
    assert DangerModel.shipped().encoder in caplog.text


def test_a_turn_encodes_its_text_once(real_finder: Finder) -> None:
    first = real_finder.vector("päiväkotipaikka")
    assert real_finder.vector("päiväkotipaikka") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = np.float32(0)


def test_the_shipped_model_is_of_the_encoder_in_use(real_encoder: Encoder) -> None:
    model = DangerModel.shipped()
    assert model.encoder == real_encoder.name
    assert len(model.weights) == real_encoder.width
    assert 0 < model.threshold < 1
