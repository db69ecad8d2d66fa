"""A turn is opened once and closed once, whoever comes late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from actions import fallback
from actions.desk_action import settle
from actions.hand import Desk, Heard
from desk import conversations, turns
from desk.conversations import Place
from desk.errors import MessageIdReused
from desk.models import Message, Ticket, Turn
from desk.outcomes import KINDS, Answer, Choice, Clarify, Handover, SmallTalk, WithPerson
from desk.turns import Closing
from tests.foundation import Clock, PlantedFinder, Talk, add_service


def count(desk: Desk, table: type) -> int:
    with desk.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_message_is_known_again_and_another_text_under_its_id_is_refused(
    desk: Desk, clock: Clock
) -> None:
    with desk.writing() as session:
        talk = conversations.begin(session, language="fi", place=Place(), now=clock())
        turn = turns.begin(
            session, talk, message_id="m" * 8, text="moi", text_hash="h", now=clock()
        )
        assert turns.known(session, "m" * 8, "h") is turn
        assert turns.known(session, "n" * 8, "h") is None
        with pytest.raises(MessageIdReused):
            turns.known(session, "m" * 8, "other")


def test_only_the_first_turn_of_a_conversation_is_the_first(talk: Talk) -> None:
    assert talk.write("moi", "greet").turn.first
    assert not talk.write("moi", "greet").turn.first


def test_a_late_action_changes_nothing_after_the_desk_has_taken_over(
    talk: Talk, desk: Desk, planted: PlantedFinder
) -> None:
    turn_id = talk.open("mistä saan passin")
    fallback.take_over(desk, turn_id, "bot_slow")
    before = talk.told(turn_id)
    lines = count(desk, Message)
    assert settle(desk, "action_find_service", Heard(turn_id, "find_service", 0.9)) == ()
    after = talk.told(turn_id)
    assert (after.kind, after.said, after.turn.closed_by) == (before.kind, before.said, "bot_slow")
    assert after.conversation.pending == before.conversation.pending
    assert count(desk, Message) == lines


def test_the_desk_takes_over_nothing_that_is_answered_already(talk: Talk, desk: Desk) -> None:
    told = talk.write("moi", "greet")
    fallback.take_over(desk, told.turn.id, "bot_slow")
    assert talk.told(told.turn.id).kind == "smalltalk"
    assert count(desk, Ticket) == 0


@pytest.mark.parametrize("round_", range(5))
def test_eight_threads_that_close_one_turn_close_it_once(
    talk: Talk, desk: Desk, round_: int
) -> None:
    turn_id = talk.open("apua asumiseen")

    def close(number: int) -> None:
        if number % 2:
            fallback.take_over(desk, turn_id, "bot_slow")
        else:
            settle(desk, "action_hand_over", Heard(turn_id, "ask_person", 0.9))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(close, range(8)))
    told = talk.told(turn_id)
    assert told.kind == "handover"
    assert count(desk, Ticket) == 1
    bot_lines = len(told.turn.replies)
    assert count(desk, Message) == 1 + bot_lines


def test_a_ticket_and_its_promise_are_one_transaction(
    talk: Talk, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2: no promise without a ticket, no ticket that nobody was told of."""
    turn_id = talk.open("haluan ihmisen")

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(turns, "close", dies)
    with pytest.raises(KeyboardInterrupt):
        fallback.take_over(desk, turn_id, "bot_down")
    assert count(desk, Ticket) == 0
    assert talk.told(turn_id).turn.state == "open"
    monkeypatch.undo()
    fallback.take_over(desk, turn_id, "abandoned")
    assert talk.told(turn_id).kind == "handover"


def test_a_turn_left_open_is_found_when_its_time_is_over(
    talk: Talk, desk: Desk, clock: Clock
) -> None:
    turn_id = talk.open("mistä saan passin")
    talk.write("moi", "greet")
    with desk.reading() as session:
        assert turns.left_open(session, clock() - timedelta(seconds=15)) == []
        clock.forward(seconds=16)
        assert turns.left_open(session, clock() - timedelta(seconds=15)) == [turn_id]


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "closed", "kind": None},
        {"state": "closed", "kind": "handover", "ticket_id": None},
        {"state": "closed", "kind": "bounced"},
        {"state": "halfway"},
    ],
)
def test_the_database_itself_refuses_a_turn_without_a_proper_end(
    talk: Talk, desk: Desk, broken: dict[str, object]
) -> None:
    turn_id = talk.open("mistä saan passin")
    end = update(Turn).where(Turn.id == turn_id).values(broken)
    with desk.writing() as session, pytest.raises(IntegrityError):
        session.execute(end)


def test_there_are_five_ways_to_end_and_each_has_its_name() -> None:
    assert set(KINDS) == {Answer, Clarify, Handover, WithPerson, SmallTalk}
    assert sorted(KINDS.values()) == ["answer", "clarify", "handover", "person", "smalltalk"]


@pytest.mark.parametrize("count_", [0, 4])
def test_a_question_offers_one_to_three_choices(count_: int) -> None:
    with pytest.raises(ValueError, match="1 to 3"):
        Clarify((Choice("a", "a"),) * count_)


def test_what_a_closed_turn_was_decided_from_is_kept(talk: Talk, planted: PlantedFinder) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.revision = 7
    planted.plant("", ("s1", 0.9))
    turn = talk.write("jotain").turn
    assert turn.candidates == [{"id": "s1", "score": 0.9}]
    assert (turn.catalogue_revision, turn.closed_by) == (7, "action_find_service")


def test_the_lines_of_a_turn_that_ends_in_a_ticket_are_filed_under_it(
    talk: Talk, desk: Desk
) -> None:
    told = talk.write("haluan ihmisen", "ask_person")
    with desk.reading() as session:
        line = session.scalars(select(Message).where(Message.author == "customer")).one()
        assert told.ticket is not None
        assert line.ticket_id == told.ticket.id


def test_a_closing_may_say_nothing(talk: Talk, desk: Desk, clock: Clock) -> None:
    turn_id = talk.open("mistä saan passin")
    with desk.writing() as session:
        turn = turns.to_decide(session, turn_id)
        assert turn is not None
        turns.close(session, turn, Closing(WithPerson(), (), by="test"), now=clock())
    with desk.writing() as session:
        assert turns.to_decide(session, turn_id) is None
        assert turns.to_decide(session, 999_999) is None
    assert talk.told(turn_id).kind == "person"


def test_a_search_that_fails_leaves_the_turn_to_the_desk(talk: Talk, desk: Desk) -> None:
    class Broken:
        revision = 1

        def find(self, *_: object) -> None:
            raise RuntimeError("broken")

    turn_id = talk.open("mistä saan passin")
    broken = replace(desk, finder=lambda: Broken())  # type: ignore[arg-type,return-value]
    with pytest.raises(RuntimeError, match="broken"):
        settle(broken, "action_find_service", Heard(turn_id, "find_service", 0.9))
    fallback.take_over(broken, turn_id, "bot_wrong")
    assert talk.told(turn_id).kind == "handover"
