"""Who has the floor, what is pending, what was said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations
from desk.conversations import Pending, Place, pending, say
from desk.models import Conversation
from tests.foundation import WEDNESDAY_NOON, person


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


@pytest.fixture
def talk(session: Session) -> Conversation:
    return conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)


def test_a_conversation_has_an_id_that_nobody_guesses(session: Session) -> None:
    ids = {
        conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON).id
        for _ in range(50)
    }
    assert len(ids) == 50
    assert min(map(len, ids)) >= 22  # 128 bits and more


def test_it_begins_with_the_bot_and_nothing_pending(talk: Conversation) -> None:
    assert talk.floor == "bot"
    assert pending(talk) == Pending()


def test_lines_have_growing_ids(session: Session, talk: Conversation) -> None:
    ids = [say(session, talk, author="bot", text=str(n), now=WEDNESDAY_NOON).id for n in range(5)]
    assert ids == sorted(set(ids))


def test_an_id_of_a_removed_line_never_comes_back(session: Session, talk: Conversation) -> None:
    line = say(session, talk, author="staff", text="a", now=WEDNESDAY_NOON)
    last = line.id
    session.delete(line)
    session.flush()
    assert say(session, talk, author="staff", text="b", now=WEDNESDAY_NOON).id > last


def test_what_is_said_to_the_staff_stays_with_them(session: Session, talk: Conversation) -> None:
    say(session, talk, author="staff", text="näkyy", now=WEDNESDAY_NOON)
    say(session, talk, author="staff", text="ei näy", now=WEDNESDAY_NOON, audience="staff")
    lines = conversations.lines_after(session, talk.id, 0, authors=("staff",))
    assert [line.text for line in lines] == ["näkyy"]
    assert [line.text for line in conversations.transcript(session, talk.id)] == ["näkyy", "ei näy"]


def test_lines_of_one_conversation_are_not_told_in_another(
    session: Session, talk: Conversation
) -> None:
    other = conversations.begin(session, language="sv", place=Place(), now=WEDNESDAY_NOON)
    say(session, other, author="staff", text="hemligt", now=WEDNESDAY_NOON)
    assert not conversations.lines_after(session, talk.id, 0, authors=("staff",))


def test_handing_the_floor_back_gives_the_bot_a_clean_memory(
    session: Session, talk: Conversation
) -> None:
    before = talk.sender
    conversations.take_floor(talk, person(session, "eero"))
    assert (talk.floor, talk.sender) == ("staff", before)
    conversations.give_floor_back(talk)
    assert talk.floor == "bot"
    assert talk.floor_person_id is None
    assert talk.sender != before


def test_no_third_party_can_have_the_floor(session: Session, talk: Conversation) -> None:
    talk.floor = "nobody"
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


@given(
    st.builds(
        Pending,
        choices=st.lists(
            st.fixed_dictionaries({"title": st.text(), "service_id": st.text()}), max_size=3
        ).map(tuple),
        contact_for=st.none() | st.integers(1, 10**9),
        offered=st.booleans(),
        offer=st.none() | st.text(min_size=1),
        misses=st.integers(0, 9),
    )
)
def test_what_is_pending_comes_back_as_it_was_kept(kept: Pending) -> None:
    assert pending(Conversation(pending=kept.stored())) == kept
