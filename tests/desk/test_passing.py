"""A code moves a conversation from door to door: once, within a day, and nothing is told twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from desk import passing
from desk.door_records import PassCode
from desk.errors import CodeUnknown
from desk.models import Conversation, Message
from tests.foundation import Clock, Talk


def made(talk: Talk) -> str:
    assert talk.conversation_id is not None
    with talk.desk.writing() as session:
        conversation = session.get_one(Conversation, talk.conversation_id)
        return passing.code(session, talk.desk.keys, conversation, now=talk.desk.now())


def taken(talk: Talk, code: str, channel: str = "phone") -> str:
    with talk.desk.writing() as session:
        now = talk.desk.now()
        return passing.take(session, talk.desk.keys, code, channel=channel, now=now).id


def test_the_code_gives_the_very_conversation_and_marks_that_it_moved(talk: Talk) -> None:
    talk.write("Missä lähin neuvola on?", "ask_person")
    code = made(talk)
    assert len(code) == passing.DIGITS
    assert code.isdecimal()
    assert taken(talk, passing.spaced(code), "counter") == talk.conversation_id
    with talk.desk.reading() as session:
        moved = session.scalars(select(Message).where(Message.kind == "moved")).one()
        assert moved.data == {"channel": "counter"}
        assert moved.audience == "staff"
        assert moved.conversation_id == talk.conversation_id


def test_a_code_is_good_once(talk: Talk) -> None:
    talk.write("Missä lähin neuvola on?")
    code = made(talk)
    taken(talk, code)
    with pytest.raises(CodeUnknown):
        taken(talk, code)


def test_a_code_is_good_for_a_day_and_not_longer(talk: Talk, clock: Clock) -> None:
    talk.write("Missä lähin neuvola on?")
    code = made(talk)
    clock.forward(hours=23, minutes=59)
    assert taken(talk, code) == talk.conversation_id
    late = made(talk)
    clock.forward(hours=24)
    with pytest.raises(CodeUnknown):
        taken(talk, late)


def test_a_new_code_puts_the_earlier_one_out_of_use(talk: Talk) -> None:
    talk.write("Missä lähin neuvola on?")
    first, second = made(talk), made(talk)
    with pytest.raises(CodeUnknown):
        taken(talk, first)
    assert taken(talk, second) == talk.conversation_id


@pytest.mark.parametrize("wrong", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８"])
def test_what_cannot_be_a_code_is_refused_like_a_wrong_one(talk: Talk, wrong: str) -> None:
    talk.write("Missä lähin neuvola on?")
    made(talk)
    with pytest.raises(CodeUnknown):
        taken(talk, wrong)


def test_the_database_holds_no_code_that_could_be_read(talk: Talk) -> None:
    talk.write("Missä lähin neuvola on?")
    code = made(talk)
    with talk.desk.reading() as session:
        kept = session.scalars(select(PassCode)).one()
        assert code not in kept.code_hash
        assert kept.code_hash == talk.desk.keys.pass_code_hash(code)


def test_two_conversations_never_share_a_code(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Talk(talk.desk)
    talk.write("Missä lähin neuvola on?")
    other.write("Koira karkasi")
    drawn = iter([12345678, 12345678, 87654321])
    monkeypatch.setattr(passing.secrets, "randbelow", lambda most: next(drawn))
    assert (made(talk), made(other)) == ("12345678", "87654321")
    assert taken(talk, "12345678") == talk.conversation_id
