"""The customer answers what the desk asked, in whatever way."""

from __future__ import annotations

import pytest

from tests.foundation import PlantedFinder, Talk, add_service

TITLES = ("Passin hakeminen", "Henkilökortti", "Ajokortin uusiminen")


@pytest.fixture
def asked(talk: Talk, planted: PlantedFinder) -> Talk:
    with talk.desk.writing() as session:
        for number, name in enumerate(TITLES):
            add_service(session, f"s{number}", texts={"fi": name, "sv": f"{name} på svenska"})
    planted.plant("kortti hukkui", ("s0", 0.3), ("s1", 0.2), ("s2", 0.1))
    talk.write("kortti hukkui")
    return talk


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Henkilökortti", "s1"),
        ("henkilokortti", "s1"),
        ("2", "s1"),
        ("toinen", "s1"),
        ("se toinen", "s1"),
        ("otan ensimmäisen", "s0"),
        ("eka", "s0"),
        ("kolmas", "s2"),
        ("viimeinen", "s2"),
        ("den andra", "s1"),
        ("trean tack", "s2"),
    ],
)
def test_a_choice_is_taken_however_it_is_pointed_at(asked: Talk, text: str, service: str) -> None:
    told = asked.write(text, "nlu_fallback")
    assert told.kind == "answer"
    assert told.conversation.topic_id == service


@pytest.mark.parametrize(
    "text",
    [
        "olen yksinhuoltaja",
        "ekaluokkalainen",
        "ekaluokan aloitus",
        "vikailmoitus kadusta",
        "kaksi lasta",
        "kolmen lapsen äiti",
        "ett bygglov",
        "tvätt",
        "9",
        "0",
        "123456789012345678901234567890",
    ],
)
def test_a_new_need_that_holds_a_number_is_no_choice(asked: Talk, text: str) -> None:
    assert asked.write(text, "find_service").turn.closed_by == "action_find_service"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Ei mikään näistä", "nlu_fallback"),
        ("ei mikaan naista", "none_of_these"),
        ("ei", "deny"),
    ],
)
def test_none_of_these_is_a_ticket_about_the_matter_with_what_was_tried(
    asked: Talk, text: str, intent: str
) -> None:
    told = asked.write(text, intent)
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.reason == "none_fits"
    assert told.ticket.subject == "kortti hukkui"
    assert [one["id"] for one in told.ticket.tried] == ["s0", "s1", "s2"]


def test_a_question_is_a_new_question_and_not_an_answer_to_the_old(
    asked: Talk, planted: PlantedFinder
) -> None:
    planted.plant("koira", ("s2", 0.9))
    told = asked.write("koira karkasi")
    assert told.conversation.topic_id == "s2"
    assert asked.write("2", "nlu_fallback").kind != "answer"  # the old choices are over


def test_an_old_button_is_read_as_the_name_that_it_says(
    asked: Talk, planted: PlantedFinder
) -> None:
    asked.write("Henkilökortti")
    planted.plant("ajokortin uusiminen", ("s2", 0.95))
    assert asked.write("Ajokortin uusiminen", "choose_option").conversation.topic_id == "s2"


@pytest.mark.parametrize(
    "text", ["Kyllä, hoida sinä", "hoida sinä", "joo hoida se", "selvitä", "ota hoitaaksesi"]
)
def test_the_desks_offer_is_taken_by_a_few_words(asked: Talk, text: str) -> None:
    asked.write("1")
    told = asked.write(text, "nlu_fallback")
    assert told.ticket is not None
    assert told.ticket.service_id == "s0"
    assert told.ticket.reason == "asked"


@pytest.mark.parametrize(
    "text",
    [
        "miten selvitän verotukseni kun muutan ulkomaille",
        "haluaisin valita lapselle toisen koulun lähempää kotia",
        "Ei tarvitse",
    ],
)
def test_the_desks_offer_is_not_taken_by_a_word_in_passing(asked: Talk, text: str) -> None:
    asked.write("1")
    assert asked.write(text, "find_service").kind != "handover"


def test_a_plain_no_to_the_offer_is_a_no_and_opens_nothing(asked: Talk) -> None:
    asked.write("1")
    told = asked.write("ei", "deny")
    assert (told.kind, told.ticket) == ("smalltalk", None)


def test_yes_to_the_offer_takes_the_matter(asked: Talk) -> None:
    asked.write("1")
    told = asked.write("joo", "affirm")
    assert told.kind == "handover"


def test_yes_to_several_choices_is_asked_again(asked: Talk) -> None:
    assert asked.write("joo", "affirm").kind == "clarify"


def test_a_person_is_a_button_away_from_a_question_not_understood(talk: Talk) -> None:
    [button] = talk.write("asdf").buttons
    told = talk.write(button, "nlu_fallback")
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.subject == "asdf"


def test_none_of_these_when_nothing_was_offered_is_asked_about(talk: Talk) -> None:
    assert talk.write("ei mikään näistä", "none_of_these").kind == "clarify"


def test_the_choices_are_in_the_language_of_the_conversation(
    samtal: Talk, planted: PlantedFinder
) -> None:
    with samtal.desk.writing() as session:
        add_service(session, "s0", texts={"fi": "Passi", "sv": "Pass"})
        add_service(session, "s1", texts={"fi": "Vain suomeksi"})
    planted.plant("", ("s0", 0.3), ("s1", 0.2))
    assert samtal.write("id-handling").buttons == ["Pass", "Vain suomeksi", "Inget av dessa"]
