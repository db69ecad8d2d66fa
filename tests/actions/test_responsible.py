"""Who answers is told with the service, and to those who only tell where they live."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import ServiceArea
from desk.conversations import pending
from tests.foundation import PlantedFinder, Talk, add_service

COUNTY = {"responsible_kind": "county", "responsible_rule": "health-2023"}
TOWN = {"responsible_kind": "municipality", "responsible_rule": "task-of-municipality"}
KELA = {
    "responsible_kind": "organisation",
    "responsible_id": "body:kela",
    "responsible_rule": "named-in-text",
}
INVITED = {"fi": "Jos kerrot kuntasi", "sv": "Om du berättar vilken kommun"}


def held(talk: Talk, planted: PlantedFinder, **more: Any) -> None:
    """The catalogue holds one service, which every question finds; a place finds nothing."""
    with talk.desk.writing() as session:
        add_service(session, "s1", **more)
    planted.plant("koe", ("s1", 0.9))
    planted.plant("prov", ("s1", 0.9))


def test_a_card_names_who_answers_where_the_customer_lives(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted, **COUNTY)
    talk.municipality_id = "municipality:753"
    said = talk.write("koe").said
    assert "Tästä vastaa: Itä-Uudenmaan hyvinvointialue." in said
    assert INVITED["fi"] not in said


def test_without_a_municipality_the_card_speaks_in_general_and_invites_to_tell_it(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted, **TOWN)
    said = talk.write("koe").said
    assert "Tästä vastaa: kuntasi." in said
    assert said.count(INVITED["fi"]) == 1


def test_the_same_in_swedish(samtal: Talk, planted: PlantedFinder) -> None:
    held(samtal, planted, **TOWN)
    said = samtal.write("prov").said
    assert "Ansvarig: din kommun." in said
    assert said.count(INVITED["sv"]) == 1


def test_a_body_that_is_the_same_for_all_invites_to_nothing(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted, **KELA)
    said = talk.write("koe").said
    assert "Tästä vastaa: Kela." in said
    assert INVITED["fi"] not in said


def test_where_nobody_knows_who_answers_nothing_is_said(talk: Talk, planted: PlantedFinder) -> None:
    held(talk, planted)
    assert "Tästä vastaa" not in talk.write("koe").said


def test_an_ended_service_names_nobody(talk: Talk, planted: PlantedFinder) -> None:
    held(talk, planted, status="ended", **TOWN)
    said = talk.write("koe").said
    assert "Tästä vastaa" not in said
    assert INVITED["fi"] not in said


def test_a_service_that_changed_says_so(talk: Talk, planted: PlantedFinder) -> None:
    held(talk, planted, status_texts={"fi": "Nimi on nyt toinen."}, **KELA)
    said = talk.write("koe").said
    assert "Nimi on nyt toinen." in said
    assert "Tästä vastaa: Kela." in said


@pytest.mark.parametrize(("language", "place"), [("fi", "Porvoo"), ("sv", "Borgå")])
def test_a_service_of_one_place_says_whose_it_is(
    talk: Talk, planted: PlantedFinder, language: str, place: str
) -> None:
    areas = [ServiceArea(service_id="s1", area_id="municipality:638")]
    held(talk, planted, place_bound=True, areas=areas)
    talk.language = language
    asked = talk.write("koe")
    assert asked.kind == "clarify"  # nobody has said that the customer lives there
    assert place in talk.write(asked.buttons[0]).said


def test_a_service_of_ones_own_place_is_answered_at_once(
    talk: Talk, planted: PlantedFinder
) -> None:
    areas = [ServiceArea(service_id="s1", area_id="municipality:638")]
    held(talk, planted, place_bound=True, areas=areas)
    talk.municipality_id = "municipality:638"
    assert talk.write("koe").kind == "answer"


# --- a message that is nothing but a place ---


@pytest.mark.parametrize(
    "written", ["Sipoo", "sipoossa", "Sipoo!", "asun Sipoossa", "kotikuntani on sipoo", "i Sibbo"]
)
def test_a_place_alone_tells_the_body_for_the_topic(
    talk: Talk, planted: PlantedFinder, written: str
) -> None:
    held(talk, planted, **COUNTY)
    talk.write("koe")
    told = talk.write(written, "ask_price", confidence=1.0)
    assert told.kind == "answer"
    assert "Koepalvelu – Sipoo" in told.said
    assert "Tästä vastaa: Itä-Uudenmaan hyvinvointialue." in told.said
    assert told.turn.closed_by == "municipality_told"
    assert told.conversation.municipality_id == "municipality:753"
    assert pending(told.conversation).offer == "s1"


def test_a_place_alone_in_swedish(samtal: Talk, planted: PlantedFinder) -> None:
    held(samtal, planted, **TOWN)
    samtal.write("prov")
    said = samtal.write("jag bor i Grankulla").said
    assert "Provservice – Grankulla" in said
    assert "Ansvarig: Grankulla (kommun)." in said


def test_another_place_tells_another_body(talk: Talk, planted: PlantedFinder) -> None:
    held(talk, planted, **COUNTY)
    talk.write("koe")
    talk.write("Sipoo")
    assert "Tästä vastaa: Helsingin kaupunki." in talk.write("Helsinki").said
    assert "ÅHS" in talk.write("Maarianhamina").said


def test_a_yes_after_the_place_takes_the_matter(talk: Talk, planted: PlantedFinder) -> None:
    held(talk, planted, **TOWN)
    talk.write("koe")
    talk.write("Sipoo")
    told = talk.write("joo", "affirm")
    assert told.ticket is not None
    assert told.ticket.service_id == "s1"


def test_a_word_that_is_a_town_too_is_one_where_a_town_was_invited(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted, **TOWN)
    talk.write("koe")
    assert "Tästä vastaa: Varkaus (kunta)." in talk.write("varkaus").said


def test_a_word_that_is_a_town_too_is_a_need_where_no_town_was_invited(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted, **KELA)
    talk.write("koe")
    assert talk.write("varkaus").turn.closed_by != "municipality_told"


@pytest.mark.parametrize("written", ["Sipoo kirjasto", "mitä maksaa Sipoossa", "kyllä", "muu"])
def test_more_than_a_place_is_read_as_what_it_says(
    talk: Talk, planted: PlantedFinder, written: str
) -> None:
    held(talk, planted, **COUNTY)
    talk.write("koe")
    assert talk.write(written).turn.closed_by != "municipality_told"


def test_a_place_without_a_topic_is_a_question(talk: Talk) -> None:
    assert talk.write("Sipoo").turn.closed_by == "action_find_service"


def test_a_place_says_nothing_of_a_topic_that_nobody_is_known_to_answer_for(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted)
    talk.write("koe")
    assert talk.write("Sipoo").turn.closed_by == "action_find_service"


def test_a_place_told_of_a_matter_that_is_taken_goes_to_its_owner(
    talk: Talk, planted: PlantedFinder
) -> None:
    held(talk, planted, **TOWN)
    talk.write("koe")
    talk.write("joo", "affirm")
    told = talk.write("Sipoo")
    assert told.kind == "handover"
    assert told.turn.closed_by != "municipality_told"
