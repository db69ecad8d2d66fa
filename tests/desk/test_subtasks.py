"""Help has an end that both see, and its result comes back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import Database
from desk import notes, subtasks, tickets
from desk.errors import (
    GoalIncomplete,
    HelperAway,
    NotTheHelper,
    ReasonMissing,
    ReceiverUnfit,
    ResultMissing,
    SubtaskDone,
    SubtasksOpen,
    TicketClosed,
)
from desk.models import Ticket
from desk.records import Subtask
from desk.subtasks import Goal
from desk.transfers import take_over
from tests.desk.matters import DAY, a_matter, away, everybody_is_there, families, said
from tests.foundation import WEDNESDAY_NOON, person

NOW = WEDNESDAY_NOON + timedelta(hours=1)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        yield session


@pytest.fixture
def ticket(session: Session) -> Ticket:
    return a_matter(session)


def ask(
    session: Session,
    ticket: Ticket,
    helper: str = "hanna",
    goal: str = "Selvitä maksu",
    done_when: str = "Summa on tiedossa",
    due_at: datetime = NOW + DAY,
) -> Subtask:
    wanted = Goal(goal, done_when, due_at)
    by, one = person(session, "aino"), person(session, helper)
    return subtasks.ask(session, ticket, by, one, wanted, now=NOW)


def done(session: Session, subtask: Subtask, by: str = "hanna", result: str = "120 euroa") -> None:
    subtasks.done(session, subtask, person(session, by), result, now=NOW)


def test_the_helper_sees_what_is_asked_the_most_pressing_first(
    session: Session, ticket: Ticket
) -> None:
    later, sooner = ask(session, ticket, due_at=NOW + 2 * DAY), ask(session, ticket)
    hanna = person(session, "hanna").id
    assert subtasks.of(session, hanna) == [sooner, later]
    done(session, sooner)
    assert subtasks.of(session, hanna) == [later]
    assert subtasks.on(session, ticket) == [later, sooner]


@pytest.mark.parametrize(
    ("missing", "part"),
    [
        ({"goal": " "}, "goal"),
        ({"done_when": "\n"}, "done_when"),
        ({"due_at": NOW}, "due_at"),
        ({"helper": "aino"}, "helper"),
    ],
)
def test_an_incomplete_goal_cannot_be_saved(
    session: Session, ticket: Ticket, missing: dict[str, str], part: str
) -> None:
    with pytest.raises(GoalIncomplete, match=part):
        ask(session, ticket, **missing)  # type: ignore[arg-type]
    assert not subtasks.on(session, ticket)


def test_the_database_refuses_help_without_a_goal(session: Session, ticket: Ticket) -> None:
    aino = person(session, "aino").id
    row = {"ticket_id": ticket.id, "commissioner_id": aino, "helper_id": aino, "goal": ""}
    with pytest.raises(IntegrityError):
        session.execute(insert(Subtask).values(**row, done_when="x", due_at=NOW, asked_at=NOW))


def test_the_result_comes_back_to_who_asked_by_itself(session: Session, ticket: Ticket) -> None:
    done(session, ask(session, ticket))
    [line] = said(session, ticket, "subtask_done")
    assert (line.audience, line.text) == ("staff", "120 euroa")
    assert line.data["to"] == person(session, "aino").id


def test_the_result_comes_to_who_has_the_matter_by_then(session: Session, ticket: Ticket) -> None:
    asked = ask(session, ticket)
    johan = person(session, "johan")
    take_over(session, ticket, johan, seen_owner_id=ticket.owner_id, now=NOW)
    done(session, asked)
    [line] = said(session, ticket, "subtask_done")
    assert line.data["to"] == johan.id


def test_help_is_done_with_a_result_by_the_helper_and_once(
    session: Session, ticket: Ticket
) -> None:
    asked = ask(session, ticket)
    with pytest.raises(ResultMissing):
        done(session, asked, result=" ")
    with pytest.raises(NotTheHelper, match="Hanna"):
        done(session, asked, by="johan")
    done(session, asked)
    with pytest.raises(SubtaskDone):
        done(session, asked)


def test_help_stops_no_clock_and_changes_no_owner(session: Session, ticket: Ticket) -> None:
    before = (ticket.owner_id, ticket.due_at, ticket.stage)
    done(session, ask(session, ticket))
    assert (ticket.owner_id, ticket.due_at, ticket.stage) == before


def test_a_matter_does_not_close_while_help_is_on_its_way(session: Session, ticket: Ticket) -> None:
    asked = ask(session, ticket)
    aino = person(session, "aino")
    tickets.answer(session, ticket, aino, "Selvitän.", now=NOW)
    with pytest.raises(SubtasksOpen, match="1"):
        tickets.close(session, ticket, aino, now=NOW)
    done(session, asked)
    tickets.close(session, ticket, aino, now=NOW)
    with pytest.raises(TicketClosed):
        ask(session, ticket)


def test_who_stands_in_is_asked_where_the_helper_is_away(session: Session, ticket: Ticket) -> None:
    away(session, "hanna", "johan")
    assert ask(session, ticket).helper.login == "johan"


@pytest.mark.parametrize("substitute", [None, "aino"])
def test_where_nobody_else_stands_in_another_is_to_be_asked(
    session: Session, ticket: Ticket, substitute: str | None
) -> None:
    away(session, "hanna", substitute)
    with pytest.raises(HelperAway, match="Hanna"):
        ask(session, ticket)


def test_one_who_has_left_is_not_asked(session: Session, ticket: Ticket) -> None:
    person(session, "hanna").active = False
    with pytest.raises(ReceiverUnfit, match="Hanna"):
        ask(session, ticket)


def test_identity_codes_are_kept_in_no_word_of_help(session: Session, ticket: Ticket) -> None:
    asked = ask(session, ticket, goal="Kysy 131052-308T:stä", done_when="131052-308T tietää")
    done(session, asked, result="131052-308T sai tiedon")
    assert "131052" not in f"{asked.goal}{asked.done_when}{asked.result}"
    assert "131052" not in "".join(line.text for line in said(session, ticket, "subtask_done"))


# --- notes ---


def note(session: Session, ticket: Ticket, text: str) -> str:
    return notes.note(session, ticket, person(session, "aino"), text, now=NOW).text


def test_a_note_is_for_staff_alone(session: Session, ticket: Ticket) -> None:
    note(session, ticket, "Soitettu, palaa huomenna.")
    [line] = said(session, ticket, "note")
    assert (line.audience, line.person_id) == ("staff", person(session, "aino").id)


def test_a_note_keeps_no_identity_code_or_account_but_a_number_to_call(
    session: Session, ticket: Ticket
) -> None:
    told = note(session, ticket, "131052-308T, FI21 1234 5600 0007 85, soita 040 123 4567\x00")
    assert told == "[ID], [IBAN], soita 040 123 4567"


def test_a_note_says_something(session: Session, ticket: Ticket) -> None:
    with pytest.raises(ReasonMissing):
        note(session, ticket, " \r\n")


def test_a_closed_matter_takes_a_note(session: Session, ticket: Ticket) -> None:
    tickets.close(session, ticket, person(session, "aino"), now=NOW)
    assert note(session, ticket, "Kiitti jälkikäteen.")
