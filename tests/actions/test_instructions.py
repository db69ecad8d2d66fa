"""How to apply, what to bring, how long: told from the catalogue or honestly not known."""

from __future__ import annotations

import pytest

from catalog.models import ServiceText
from tests.foundation import PlantedFinder, Talk, add_channel, add_service

INSTRUCTION = "Täytä hakemus. Ota mukaan kuvallinen henkilötodistus ja työtodistukset."
DESCRIPTION = "Tukea saa työtön. Hakemuksen käsittely kestää noin kolme viikkoa."


@pytest.fixture
def told_service(talk: Talk, planted: PlantedFinder) -> str:
    with talk.desk.writing() as session:
        service = add_service(session, "s1")
        text = session.get_one(ServiceText, ("s1", "fi"))
        text.instruction, text.description = INSTRUCTION, DESCRIPTION
        add_channel(session, service.id, "c1", kind="EChannel", url="https://haku.example/")
    planted.plant("tuki", ("s1", 0.9))
    talk.write("tuki työttömälle")
    return "s1"


def test_how_to_apply_tells_the_instruction_and_the_ways_in(talk: Talk, told_service: str) -> None:
    told = talk.write("miten sitä haetaan", "ask_how_to_apply")
    assert told.kind == "answer"
    assert "Täytä hakemus." in told.said
    assert "https://haku.example/" in told.said


def test_what_to_bring_tells_only_the_sentence_that_says_it(talk: Talk, told_service: str) -> None:
    told = talk.write("mitä papereita tarvitaan", "ask_what_to_bring")
    assert "henkilötodistus" in told.said
    assert "kolme viikkoa" not in told.said


def test_how_long_tells_only_the_sentence_that_says_it(talk: Talk, told_service: str) -> None:
    told = talk.write("kauanko käsittely kestää", "ask_processing_time")
    assert "kolme viikkoa" in told.said
    assert "Täytä hakemus" not in told.said


@pytest.mark.parametrize(
    ("intent", "says"),
    [("ask_what_to_bring", "mitä papereita"), ("ask_processing_time", "kuinka kauan")],
)
def test_what_the_catalogue_does_not_tell_the_desk_offers_to_find_out(
    talk: Talk, planted: PlantedFinder, intent: str, says: str
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s2")
    planted.plant("kirjasto", ("s2", 0.9))
    talk.write("kirjasto")
    told = talk.write("entä se", intent)
    assert says in told.said
    assert told.buttons == ["Kyllä, hoida sinä", "Ei tarvitse"]


def test_how_to_apply_without_instructions_shows_the_service(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s2", texts={"fi": "Kirjasto"})
    planted.plant("kirjasto", ("s2", 0.9))
    told = talk.write("miten kirjasto toimii ja miten kortti haetaan", "ask_how_to_apply")
    assert told.kind == "answer"
    assert "Kirjasto" in told.said
