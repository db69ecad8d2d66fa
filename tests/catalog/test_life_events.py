"""Life events as data: every step a service of today, in both languages, in order; and how a
message that tells one is known (P31)."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from api.database import Database
from catalog.encoder import Encoder
from catalog.language import Language
from catalog.life_events import LifeEventModel, life_events, shipped_for
from catalog.models import Service
from desk.outcomes import MOST_STEPS
from eval.proof.promises import BOUNCE
from eval.questions_data import blind, development, passers, strangers
from tests.foundation import NLU_DATA

LANGUAGES: tuple[Language, ...] = get_args(Language)
SAMPLES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "life_event_samples.yml").read_text("utf-8")
)
NAMED = {
    "moving",
    "death",
    "child_coming",
    "job_loss",
    "starting_company",
    "retirement",
    "divorce",
}
FEWEST_SENTENCES = 40
KNOWN_FROM = 0.65  # of sentences that no file holds
ONE_THING = "one_thing"


def written(language: str) -> dict[str, list[str]]:
    text = (NLU_DATA / language / "life_events.yml").read_text("utf-8")
    read: dict[str, list[str]] = yaml.safe_load(text)
    return read


def test_the_seven_events_of_a_life_are_there() -> None:
    assert set(life_events()) >= NAMED


@pytest.mark.parametrize("event", life_events())
def test_every_step_is_a_service_of_today_with_a_name_in_both_languages(
    event: str, house: Database
) -> None:
    steps = life_events()[event].steps
    assert 2 <= len(steps) <= MOST_STEPS
    assert len({step.service for step in steps}) == len(steps)
    with house.reading() as session:
        for step in steps:
            service = session.get(Service, step.service)
            assert service is not None, step.service
            assert service.status == "current"
            assert service.audience != "internal"
            assert {"fi", "sv"} <= {text.language for text in service.texts}


@pytest.mark.parametrize("event", life_events())
def test_every_event_is_told_in_both_languages_and_sends_nobody_away(event: str) -> None:
    told = life_events()[event]
    for language in LANGUAGES:
        texts = [told.name[language], told.words[language]]
        texts += [step.told(language) for step in told.steps]
        assert all(one.strip() for one in texts)
        assert not [one for one in texts if BOUNCE.search(one)]
        assert "!" not in " ".join(texts)


def test_a_time_limit_names_its_source_and_nothing_else_does() -> None:
    for event in life_events().values():
        for step in event.steps:
            assert (step.by is None) == (step.source is None)


def test_what_the_law_sets_first_comes_first() -> None:
    def first(event: str) -> str:
        return life_events()[event].steps[0].told("fi")

    assert "viikon kuluttua" in first("moving")
    assert "ensimmäisenä työttömyyspäivänä" in first("job_loss")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_has_customers_sentences_and_none_stands_twice(language: str) -> None:
    told = written(language)
    assert set(told) == {*life_events(), ONE_THING}
    assert min(map(len, told.values())) >= FEWEST_SENTENCES
    every = [text for texts in told.values() for text in texts]
    assert len(every) == len(set(every))


def test_no_question_that_is_measured_on_is_learnt_from() -> None:
    questions = [*development(), *strangers(), *passers(), *blind()]
    measured = {one.text.casefold().strip(" .?!") for one in questions}
    measured |= {
        text.casefold().strip(" .?!")
        for texts in SAMPLES.values()
        for some in texts.values()
        for text in some
    }
    for language in LANGUAGES:
        every = [text for texts in written(language).values() for text in texts]
        assert [one for one in every if one.casefold().strip(" .?!") in measured] == []


@pytest.fixture(scope="session")
def model(real_encoder: Encoder) -> LifeEventModel:
    found = shipped_for(real_encoder.name)
    assert found is not None
    return found


def heard(model: LifeEventModel, encoder: Encoder, texts: list[str]) -> list[str | None]:
    return [model.event(vector) for vector in encoder.embed(texts, "query")]


def test_the_model_knows_the_events_of_the_data(model: LifeEventModel) -> None:
    assert list(model.events) == list(life_events())


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_event_told_in_words_that_no_file_holds_is_known(
    language: str, model: LifeEventModel, real_encoder: Encoder
) -> None:
    told = [(e, t) for e, texts in SAMPLES[language].items() if e != "no_event" for t in texts]
    found = heard(model, real_encoder, [text for _, text in told])
    right = sum(one == event for one, (event, _) in zip(found, told, strict=True))
    assert right / len(told) >= KNOWN_FROM


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_need_near_an_event_is_no_event(
    language: str, model: LifeEventModel, real_encoder: Encoder
) -> None:
    assert set(heard(model, real_encoder, SAMPLES[language]["no_event"])) == {None}


def test_a_model_of_another_encoder_recognises_nothing() -> None:
    assert shipped_for("another") is None
