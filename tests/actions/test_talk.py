"""Talk around the matter: it always offers the desk, and a need is never taken for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from actions.hand import Desk
from desk.models import Message
from desk.secrets import SECRET_PLACE
from tests.actions.test_calling import given
from tests.foundation import Clock, PlantedFinder, Talk, add_service

SMALL = [
    ("greet", "moi", "hej"),
    ("thanks", "kiitos", "tack"),
    ("goodbye", "hei hei", "hej då"),
    ("bot_challenge", "oletko ihminen", "är du en människa"),
    ("chitchat", "mitä mieltä olet jääkiekosta", "vad tycker du om ishockey"),
    ("abuse", "olet tyhmä", "du är dum"),
]
OFFERS = ("asia", "kirjoita", "tarvitset", "ärende", "skriv", "behöver", "varsågod")


@pytest.mark.parametrize(("intent", "fi", "sv"), SMALL)
def test_talk_is_answered_in_its_language_and_offers_the_desk(
    talk: Talk, samtal: Talk, intent: str, fi: str, sv: str
) -> None:
    for told in (talk.write(fi, intent), samtal.write(sv, intent)):
        assert told.kind == "smalltalk"
        assert any(word in told.said.lower() for word in OFFERS)


def test_at_the_first_turn_an_automaton_says_that_it_is_one_and_never_again(talk: Talk) -> None:
    assert "automaattinen" in talk.write("moi", "greet").said
    assert "automaattinen" not in talk.write("moi", "greet").said


def test_talk_in_between_leaves_what_was_asked_standing(talk: Talk, planted: PlantedFinder) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi"})
    planted.plant("passi", ("s1", 0.4))
    talk.write("passi")
    talk.write("kiitos", "thanks")
    assert talk.write("joo", "affirm").conversation.topic_id == "s1"


def test_a_person_is_had_by_asking(talk: Talk, samtal: Talk) -> None:
    told = talk.write("haluan puhua ihmisen kanssa", "ask_person")
    assert told.kind == "handover"
    assert "Minä hoidan tämän ja välitän asiasi eteenpäin" in told.said
    assert "Jag tar hand om det här" in samtal.write("en människa tack", "ask_person").said


def test_a_person_asked_for_gets_the_matter_that_came_before(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("naapuri", ("s1", 0.9))
    talk.write("naapuri rakensi aidan tontilleni")
    told = talk.write("haluan ihmisen", "ask_person")
    assert told.ticket is not None
    assert told.ticket.subject == "naapuri rakensi aidan tontilleni"
    assert told.ticket.service_id == "s1"
    assert told.ticket.tried == [{"id": "s1", "score": 0.9}]


def test_the_promise_names_code_secret_owner_and_due_time(talk: Talk) -> None:
    told = talk.write("haluan ihmisen", "ask_person")
    assert told.ticket is not None
    for part in (told.ticket.code, told.ticket.owner.name, "torstaina 12.3. klo 12.00"):
        assert part in told.said
    assert SECRET_PLACE in told.said  # the secret itself is never kept, only told


def test_no_secret_stands_in_the_database(talk: Talk) -> None:
    told = talk.write("haluan ihmisen", "ask_person")
    assert told.ticket is not None
    secret = talk.desk.keys.ticket_secret(told.ticket.code)
    with talk.desk.reading() as session:
        for message in session.scalars(select(Message)):
            assert secret not in message.text
    assert secret not in told.said


def test_chatwoot_5077_a_handover_always_leaves_an_owner_and_the_customer_is_told(
    talk: Talk,
) -> None:
    for number in range(3):
        told = talk.write(f"haluan ihmisen {number}", "ask_person")
        assert told.ticket is not None
        assert told.ticket.owner.name in told.said
        assert told.ticket.code in told.said


def test_the_language_is_changed_on_request(talk: Talk) -> None:
    told = talk.write("kan vi ta det på svenska", "switch_language")
    assert told.conversation.language == "sv"
    assert "Vi fortsätter på svenska" in told.said


def test_a_language_that_the_desk_does_not_speak_gets_a_person(talk: Talk) -> None:
    told = talk.write("in english please", "switch_language")
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.reason == "other_language"


def test_a_language_that_nobody_named_is_a_question(talk: Talk) -> None:
    assert talk.write("vaihda", "switch_language").kind == "clarify"


def test_the_state_of_ones_own_ticket_is_told_without_asking_for_its_code(talk: Talk) -> None:
    opened = talk.write("haluan ihmisen", "ask_person").ticket
    told = talk.write("mitä asialleni kuuluu", "my_ticket")
    assert opened is not None
    assert told.turn.ticket_id == opened.id
    assert "odottaa vastausta" in told.said
    assert opened.owner.name in told.said


LATE = {"fi": ("myöhässä", "pahoillamme"), "sv": ("försenat", "beklagar")}


@pytest.mark.parametrize("spoken", LATE)
@pytest.mark.parametrize(
    ("text", "intent"),
    [("mitä kuuluu", "my_ticket"), ("ihminen kiitos", "ask_person"), ("mitä", "repeat")],
)
def test_a_time_that_has_passed_is_not_promised_again(
    desk: Desk, clock: Clock, spoken: str, text: str, intent: str
) -> None:
    talk = Talk(desk, language=spoken)
    opened = talk.write("haluan ihmisen", "ask_person").ticket
    clock.forward(days=2)
    told = talk.write(text, intent)
    assert opened is not None
    assert told.turn.ticket_id == opened.id
    assert [word in told.said for word in (*LATE[spoken], opened.owner.name)] == [True] * 3


@pytest.mark.parametrize("spoken", LATE)
def test_a_number_for_a_late_matter_is_kept_without_a_new_promise(
    desk: Desk, clock: Clock, spoken: str
) -> None:
    talk = Talk(desk, language=spoken)
    talk.write("haluan ihmisen", "ask_person")
    clock.forward(days=2)
    told = talk.told(talk.open("040 123 4567", given("040 123 4567")))
    assert told.ticket is not None
    assert told.ticket.contact
    assert [word in told.said for word in LATE[spoken]] == [True] * 2
    assert "viimeistään" not in told.said
    assert "senast" not in told.said


def test_a_ticket_of_another_talk_is_offered_to_a_person(talk: Talk) -> None:
    told = talk.write("mitä asialleni kuuluu", "my_ticket")
    assert told.kind == "clarify"
    assert talk.write("Kyllä, hoida sinä", "affirm").kind == "handover"


def test_the_last_reply_is_said_again_and_the_turn_ends_as_it_did(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("passi", ("s1", 0.4))
    asked = talk.write("passi")
    again = talk.write("siis mitä", "repeat")
    assert (again.kind, again.buttons) == ("clarify", asked.buttons)
    assert again.turn.replies[-1]["text"] == asked.turn.replies[-1]["text"]
    assert talk.write("joo", "affirm").conversation.topic_id == "s1"


def test_a_ticket_told_again_opens_no_second_one(talk: Talk) -> None:
    first = talk.write("haluan ihmisen", "ask_person")
    again = talk.write("anteeksi mitä", "repeat")
    assert again.ticket is not None
    assert first.ticket is not None
    assert again.ticket.code == first.ticket.code


def test_with_nothing_said_before_a_repeat_asks_what_is_needed(talk: Talk) -> None:
    assert talk.write("mitä sanoit", "repeat").kind == "clarify"


def test_starting_over_forgets_the_topic_and_keeps_the_ticket(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("passi", ("s1", 0.9))
    talk.write("passi")
    talk.write("haluan ihmisen", "ask_person")
    told = talk.write("aloitetaan alusta", "start_over")
    assert told.kind == "smalltalk"
    assert told.conversation.topic_id is None
    assert talk.write("missä mun asia on", "my_ticket").kind == "handover"


def test_another_language_by_name_is_a_ticket_tagged_with_it(talk: Talk, samtal: Talk) -> None:
    for told in (
        talk.write("puhutteko englantia", "other_language"),
        samtal.write("pratar ni engelska", "other_language"),
    ):
        assert told.ticket is not None
        assert told.ticket.tags == ["language:en"]


def test_thinking_aloud_is_no_ticket_and_no_answer(talk: Talk) -> None:
    assert talk.write("hmm selvä", "not_a_question").kind == "smalltalk"
