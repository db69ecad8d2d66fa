"""Answer, ask, or take the matter: with the real search where the words matter."""

from __future__ import annotations

import pytest

from actions.find import ANSWER_FROM, ASK_FROM
from actions.hand import Desk
from desk.conversations import pending
from tests.foundation import PlantedFinder, Talk, add_service

BELOW = 0.01


@pytest.fixture
def three(talk: Talk) -> Talk:
    with talk.desk.writing() as session:
        for number, name in enumerate(("Passi", "Henkilökortti", "Ajokortti")):
            add_service(session, f"s{number}", texts={"fi": name, "sv": f"{name} sv"})
    return talk


def test_a_likely_service_is_told(three: Talk, planted: PlantedFinder) -> None:
    planted.plant("", ("s0", ANSWER_FROM), ("s1", 0.2))
    told = three.write("tarvin passin")
    assert told.kind == "answer"
    assert "Passi" in told.said
    assert told.conversation.topic_id == "s0"


def test_services_that_are_almost_likely_are_asked_about(
    three: Talk, planted: PlantedFinder
) -> None:
    planted.plant("", ("s0", 0.3), ("s1", 0.2), ("s2", 0.1), ("gone", 0.05))
    told = three.write("kortti hukkui")
    assert told.kind == "clarify"
    assert told.buttons == ["Passi", "Henkilökortti", "Ajokortti", "Ei mikään näistä"]


def test_one_uncertain_service_is_asked_about_by_yes_or_no(
    three: Talk, planted: PlantedFinder
) -> None:
    planted.plant("", ("s0", ANSWER_FROM - BELOW))
    told = three.write("passi")
    assert "Koskeeko asiasi tätä?" in told.said
    assert three.write("kyllä", "affirm").kind == "answer"


def test_when_nothing_is_likely_the_desk_takes_the_matter(
    three: Talk, planted: PlantedFinder
) -> None:
    planted.plant("", ("s0", ASK_FROM / 3 - BELOW), ("s1", ASK_FROM / 3 - BELOW))
    told = three.write("kissani on ihan liian ylipainoinen")
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.reason == "unsure"
    assert [one["id"] for one in told.ticket.tried] == ["s0", "s1"]


def test_a_word_or_two_that_may_mean_anything_are_asked_about_before_a_ticket(
    three: Talk, planted: PlantedFinder
) -> None:
    planted.plant("", ("s0", ASK_FROM / 3 - BELOW))
    assert three.write("kissa").kind == "clarify"
    assert three.write("kissa").kind == "handover"


def test_auroraai_no_services_what_is_not_understood_twice_is_owned_and_never_dismissed(
    talk: Talk,
) -> None:
    first = talk.write("asdf qwerty")
    assert first.kind == "clarify"
    assert first.buttons == ["Haluan asioida ihmisen kanssa"]
    second = talk.write("zxcv uiop")
    assert second.kind == "handover"
    assert second.ticket is not None
    assert second.ticket.reason == "not_understood"
    assert second.ticket.owner.name in second.said


def test_an_answer_in_between_forgives_the_question_that_did_not_help(
    three: Talk, planted: PlantedFinder
) -> None:
    planted.plant("passi", ("s0", 0.9))
    assert three.write("asdf").kind == "clarify"
    assert three.write("passi").kind == "answer"
    assert three.write("asdf").kind == "clarify"


def test_a_service_that_has_left_the_catalogue_becomes_a_ticket(
    talk: Talk, planted: PlantedFinder
) -> None:
    planted.plant("", ("gone", 0.9))
    told = talk.write("vanha palvelu")
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.reason == "service_gone"


def test_only_gone_services_to_ask_about_become_a_ticket(
    talk: Talk, planted: PlantedFinder
) -> None:
    planted.plant("", ("gone", 0.4), ("away", 0.3))
    assert talk.write("vanha palvelu").kind == "handover"


# --- the real search over the real catalogue ---


@pytest.mark.parametrize(
    ("language", "asked", "meant"),
    [
        ("fi", "mistä saan passin", "ajanvaraus"),
        ("fi", "haluaisin hakea lapselle päivähoitopaikkaa", "päivähoito"),
        ("fi", "lapsele paivahoito paikka", "päivä"),
        ("sv", "jag behöver en dagisplats åt mitt barn", "dagvård"),
        ("sv", "hur ansöker jag om pass", "tidsbokning"),
        ("fi", "missä voin äänestää vaaleissa", "äänest"),
    ],
)
def test_a_customers_words_lead_to_the_service(
    finding_desk: Desk, language: str, asked: str, meant: str
) -> None:
    told = Talk(finding_desk, language=language).write(asked)
    assert told.kind in ("answer", "clarify")
    assert meant in told.said.lower() or any(meant in one.lower() for one in told.buttons)


def test_a_swedish_question_finds_a_service_with_only_finnish_texts_and_says_so(
    samtal: Talk, planted: PlantedFinder
) -> None:
    with samtal.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Mökin jätevesilupa"})
    planted.plant("", ("s1", 0.9))
    told = samtal.write("tillstånd för avlopp på stugan")
    assert told.kind == "answer"
    assert "Mökin jätevesilupa" in told.said
    assert "bara på finska" in told.said


def test_a_finnish_question_about_a_service_with_only_swedish_texts_says_so(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"sv": "Avloppstillstånd"})
    planted.plant("", ("s1", 0.9))
    assert "vain ruotsiksi" in talk.write("jätevesilupa mökille").said


def test_an_ended_service_says_what_came_of_it(finding_desk: Desk) -> None:
    told = Talk(finding_desk).write("mistä haen aikuiskoulutustukea")
    said = told.said + " ".join(told.buttons)
    if told.kind == "clarify":
        said = Talk(finding_desk, conversation_id=told.conversation.id).write("1").said
    assert "päättynyt vuonna 2024" in said


def test_a_replaced_service_leads_on_to_what_took_its_place(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "new", texts={"fi": "Uusi tuki"})
        add_service(
            session, "old", texts={"fi": "Vanha tuki"}, status="replaced", replaced_by_id="new"
        )
    planted.plant("", ("old", 0.9))
    told = talk.write("vanha tuki")
    assert "Vanha tuki on päättynyt" in told.said
    assert "Uusi tuki" in told.said
    assert told.conversation.topic_id == "new"
    assert pending(told.conversation).offer == "new"


@pytest.mark.parametrize(
    "text", ["   ", "?!", "🙂🙂", "\x07\x1b", "x" * 20_000, "- - -", "0" * 300]
)
def test_no_message_is_too_odd_to_end_properly(finding_desk: Desk, text: str) -> None:
    told = Talk(finding_desk).write(text)
    assert told.kind in ("answer", "clarify", "handover")
    assert told.said


def test_a_name_of_yesterday_is_told_by_todays_with_the_day(
    talk: Talk, samtal: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("nimen", ("s1", 0.9))
    planted.plant("namn", ("s1", 0.9))
    told = talk.write("vaihdanko nimen maistraatissa")
    assert "Maistraatti on nykyisin Digi- ja väestötietovirasto (1.1.2020 alkaen)." in told.said
    told = samtal.write("byter jag namn på magistraten")
    assert "Magistraten är numera Myndigheten för digitalisering" in told.said


def test_two_services_of_one_name_are_one_button(talk: Talk, planted: PlantedFinder) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Kirjastopalvelut"})
        add_service(session, "s2", texts={"fi": "Kirjastopalvelut"})
        add_service(session, "s3", texts={"fi": "Museopalvelut"})
    planted.plant("kirja", ("s1", 0.3), ("s2", 0.2), ("s3", 0.1))
    told = talk.write("kirja hukassa")
    assert told.buttons == ["Kirjastopalvelut", "Museopalvelut", "Ei mikään näistä"]
