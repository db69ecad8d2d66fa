"""What kind of message it is, by the bot's word, the sentence's meaning and the search."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import yaml

from actions.desk_action import settle
from actions.hand import Desk, Heard
from actions.intents import IntentModel, shipped_for
from api.settings import PROJECT
from catalog.encoder import Encoder
from catalog.find import Finder
from eval.intents_data import fingerprint
from tests.foundation import PlantedFinder, Talk, add_service

DOMAIN = yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return IntentModel.shipped()


@pytest.fixture
def reading_talk(finding_desk: Desk, real_finder: Finder, model: IntentModel) -> Talk:
    """A talk with the real search, where messages are read as at a running desk."""
    assert shipped_for(model.encoder) is not None
    return Talk(replace(finding_desk, intents=model))


def test_the_model_learnt_todays_examples(model: IntentModel) -> None:
    assert model.examples == fingerprint(), "run: make fit-intents"


def test_the_model_was_fitted_for_the_encoder_that_is_used(
    model: IntentModel, real_encoder: Encoder
) -> None:
    assert model.encoder == real_encoder.name


def test_every_intent_of_the_domain_can_be_read(model: IntentModel) -> None:
    assert set(model.intents) == set(DOMAIN["intents"]) - {"nlu_fallback"}


def test_what_is_read_is_a_probability_of_each_intent(
    model: IntentModel, real_finder: Finder
) -> None:
    shares = model.probabilities({"greet": 0.9}, real_finder.vector("moi"), [0.1])
    assert set(shares) == set(model.intents)
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)


def test_the_likelier_a_service_is_the_likelier_a_need_is(
    model: IntentModel, real_finder: Finder
) -> None:
    vector = real_finder.vector("onko uimahalli kiva paikka")
    needs = [
        model.probabilities({"chitchat": 0.6}, vector, [score])["find_service"]
        for score in (0.01, 0.3, 0.9)
    ]
    assert needs == sorted(needs)


def test_a_model_of_another_encoder_is_not_used_and_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert shipped_for("another") is None
    assert "the bot alone names them" in caplog.text


def test_a_saved_model_reads_the_same(model: IntentModel, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    model.save(tmp_path / "intents.npz")
    monkeypatch.setattr("actions.intents.FILE", tmp_path / "intents.npz")
    again = IntentModel.shipped()
    vector = np.full(len(model.weights[0]), 0.05, np.float32)
    assert again.probabilities({}, vector, []) == model.probabilities({}, vector, [])


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        ("fi", "Terveiset kirjaston tytöille, teillä on aina niin mukava asioida!", "feedback"),
        ("sv", "Hälsa personalen på biblioteket att de gör ett fint jobb!", "feedback"),
        ("fi", "voisko joku soittaa mulle illalla tästä asiasta", "call_me_back"),
        ("sv", "kan nån ringa upp mig efter klockan tre om det här", "call_me_back"),
    ],
)
def test_a_wish_that_the_bot_half_hears_is_read_from_its_meaning(
    reading_talk: Talk, model: IntentModel, language: str, text: str, intent: str
) -> None:
    talk = replace(reading_talk, language=language)
    turn_id = talk.open(text)
    unsure = dict.fromkeys(model.intents, 0.02) | {intent: 0.4}
    settle(talk.desk, "action_find_service", Heard(turn_id, "nlu_fallback", 0.0, unsure))
    told = talk.told(turn_id)
    assert told.ticket is not None
    assert told.ticket.reason == {"call_me_back": "callback"}.get(intent, intent)


def test_a_need_that_the_bot_takes_for_chitchat_is_searched_for(reading_talk: Talk) -> None:
    told = reading_talk.write("vauva tulossa, mistä saa äitiyspakkauksen", "chitchat", 0.8)
    assert told.kind in ("answer", "clarify")


def test_without_a_model_the_bot_alone_names_the_intent(talk: Talk, planted: PlantedFinder) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("katuvalo", ("s1", 0.9))
    assert talk.write("katuvalo on rikki", "complaint", 0.85).kind == "handover"
