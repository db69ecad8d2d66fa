"""What is settled before any bot: danger, a contact given, a person who has the floor."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from actions import fallback
from actions.desk_action import settle
from actions.first_look import Given
from actions.hand import Heard
from catalog.personal_data import Contact
from desk import conversations, tickets
from desk.conversations import pending
from desk.models import Conversation, Message, Ticket
from tests.foundation import Talk, person

PHONE = Contact("phone", "+358401234567")


def with_eero(talk: Talk) -> None:
    talk.write("haluan ihmisen", "ask_person")
    with talk.desk.writing() as session:
        conversation = session.get_one(Conversation, talk.conversation_id)
        conversations.take_floor(conversation, person(session, "eero"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "mieheni ei hengitä, auttakaa"),
        ("fi", "en halua enää elää"),
        ("sv", "det brinner i vårt hus"),
        ("fi", "min man andas inte"),  # Swedish in a Finnish conversation
    ],
)
def test_danger_shows_112_and_leaves_a_ticket_before_any_bot(
    talk: Talk, language: str, text: str
) -> None:
    told = Talk(talk.desk, language=language)
    turn_id = told.open(text)
    seen = told.told(turn_id)
    assert seen.kind == "handover"
    assert seen.turn.closed_by == "first_look"
    assert "112" in seen.said
    assert seen.ticket is not None
    assert seen.ticket.reason == "danger"


def test_112_comes_before_the_promise(talk: Talk) -> None:
    replies = talk.told(talk.open("talossa on tulipalo, apua")).turn.replies
    texts = [reply["text"] for reply in replies]
    first_112 = next(n for n, text in enumerate(texts) if "112" in text)
    promise = next(n for n, text in enumerate(texts) if "Minä hoidan" in text)
    assert first_112 < promise


def test_danger_in_a_matter_that_is_owned_already_is_told_to_its_owner(talk: Talk) -> None:
    opened = talk.write("haluan ihmisen", "ask_person").ticket
    told = talk.told(talk.open("en halua enää elää"))
    assert opened is not None
    assert told.ticket is not None
    assert (told.ticket.id, told.ticket.reason) == (opened.id, "danger")


def test_rasa_agent_bot_demo_12_the_bot_is_silent_after_a_person_took_over(talk: Talk) -> None:
    with_eero(talk)
    told = talk.write("oletko vielä siellä?", "greet")
    assert (told.kind, told.turn.replies) == ("person", [])
    assert told.turn.closed_by == "first_look"


def test_rasa_3683_the_floor_holds_over_many_messages_and_a_late_action(talk: Talk) -> None:
    with_eero(talk)
    for number in range(5):
        turn_id = talk.open(f"viesti {number}")
        settle(talk.desk, "action_greet", Heard(turn_id, "greet", 1.0))
        fallback.take_over(talk.desk, turn_id, "bot_slow")
        assert talk.told(turn_id).kind == "person"


def test_what_is_written_to_the_person_is_before_the_owner_again(talk: Talk) -> None:
    with_eero(talk)
    with talk.desk.writing() as session:
        ticket = session.scalars(select(Ticket)).one()
        tickets.answer(session, ticket, person(session, "eero"), "Hei!", now=talk.desk.now())
    told = talk.write("kiitos, vielä yksi kysymys")
    assert told.ticket is not None
    assert told.ticket.stage == "open"
    with talk.desk.reading() as session:
        line = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert line is not None
        assert (line.text, line.ticket_id) == ("kiitos, vielä yksi kysymys", told.ticket.id)


def test_danger_shows_112_also_when_a_person_has_the_floor(talk: Talk) -> None:
    with_eero(talk)
    told = talk.write("en halua enää elää")
    assert told.kind == "person"
    assert "112" in told.said


def test_a_contact_that_was_asked_for_goes_to_the_ticket(talk: Talk) -> None:
    opened = talk.write("haluan ihmisen", "ask_person").ticket
    assert opened is not None
    told = talk.told(talk.open("040 123 4567", Given(PHONE, alone=True)))
    assert told.kind == "handover"
    assert told.ticket is not None
    assert (told.ticket.id, told.ticket.contact) == (opened.id, PHONE.value)
    assert "Kiitos, yhteystieto on nyt asiasi" in told.said
    assert pending(told.conversation).contact_for is None


def test_the_thread_says_that_a_contact_was_given_and_not_which(talk: Talk) -> None:
    talk.write("haluan ihmisen", "ask_person")
    talk.open("040 123 4567", Given(PHONE, alone=True))
    with talk.desk.reading() as session:
        line = session.scalars(select(Message).where(Message.kind == "contact")).one()
        assert (line.text, line.audience) == ("", "staff")


def test_a_contact_beside_a_new_question_is_kept_and_the_question_answered(talk: Talk) -> None:
    opened = talk.write("haluan ihmisen", "ask_person").ticket
    text = "numeroni on 040 123 4567, ja haluaisin vielä kysyä koirasta jonka löysin metsästä"
    told = talk.write(text, given=Given(PHONE, alone=False))
    assert opened is not None
    assert told.turn.closed_by == "action_find_service"
    with talk.desk.reading() as session:
        assert session.get_one(Ticket, opened.id).contact == PHONE.value


def test_a_contact_that_nobody_asked_for_is_no_outcome_by_itself(talk: Talk) -> None:
    told = talk.write("040 123 4567", given=Given(PHONE, alone=True))
    assert told.turn.closed_by == "action_find_service"


def test_a_contact_in_the_first_message_goes_to_the_ticket_that_it_ends_in(talk: Talk) -> None:
    told = talk.write("soittakaa, haluan ihmisen", "ask_person")
    fallback.contact_for_turn(talk.desk, told.turn.id, PHONE)
    assert told.ticket is not None
    with talk.desk.reading() as session:
        assert session.get_one(Ticket, told.ticket.id).contact == PHONE.value


def test_a_later_contact_does_not_replace_the_one_given(talk: Talk) -> None:
    told = talk.write("haluan ihmisen", "ask_person")
    fallback.contact_for_turn(talk.desk, told.turn.id, PHONE)
    fallback.contact_for_turn(talk.desk, told.turn.id, Contact("email", "a@example.org"))
    assert told.ticket is not None
    with talk.desk.reading() as session:
        assert session.get_one(Ticket, told.ticket.id).contact == PHONE.value
