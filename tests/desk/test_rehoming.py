"""Who is not there has nothing waiting; coming back moves nothing back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations, subtasks, tickets
from desk.errors import NobodyToOwn
from desk.models import Absence, Conversation, Person, Ticket
from desk.rehoming import away as rehome_away
from desk.rehoming import left, sweep
from desk.subtasks import Goal
from desk.transfers import Receiver, transfer
from tests.desk.matters import (
    DAY,
    a_matter,
    away,
    everybody_is_there,
    families,
    said,
    tell,
    tell_of,
)
from tests.foundation import WEDNESDAY_NOON, person

HOUR = timedelta(hours=1)
NOW = WEDNESDAY_NOON + HOUR


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        yield session


@pytest.fixture
def ticket(session: Session) -> Ticket:
    """Aino's, due on Thursday noon."""
    return a_matter(session)


def gone(session: Session, absence: Absence, now: datetime = NOW) -> list[Ticket]:
    return rehome_away(session, absence, tell=tell_of, now=now)


def test_an_absence_moves_what_is_due_in_it_to_the_substitute(
    session: Session, ticket: Ticket
) -> None:
    due_at, team = ticket.due_at, ticket.team
    assert gone(session, away(session, "aino", "hanna")) == [ticket]
    assert (ticket.owner.login, ticket.due_at, ticket.team) == ("hanna", due_at, team)


def test_the_customer_is_told_in_the_matters_language(session: Session) -> None:
    ticket = a_matter(session, language="sv")
    gone(session, away(session, "aino", "johan"))
    [line] = said(session, ticket, "transferred")
    assert (line.audience, line.author, line.person_id) == ("customer", "staff", None)
    assert line.text == tell_of(ticket, person(session, "johan"), ticket.team)
    assert line.data["why"] == "away"


def test_without_a_substitute_the_next_owner_has_it(session: Session, ticket: Ticket) -> None:
    gone(session, away(session, "aino"))
    assert ticket.owner.login in {"hanna", "johan", "maria"}


def test_a_substitute_who_is_away_too_passes_it_to_theirs(session: Session, ticket: Ticket) -> None:
    away(session, "hanna", "sanna")
    gone(session, away(session, "aino", "hanna"))
    assert ticket.owner.login == "sanna"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (-1 * DAY, 3 * HOUR),  # back before it is due
        (2 * DAY, 5 * DAY),  # leaves after it
        (-5 * DAY, -4 * DAY),  # over
    ],
)
def test_what_is_not_due_in_the_absence_stays(
    session: Session, ticket: Ticket, start: timedelta, end: timedelta
) -> None:
    absence = away(session, "aino", "hanna", start=NOW + start, end=NOW + end)
    assert gone(session, absence) == []
    assert ticket.owner.login == "aino"


def test_an_absence_to_come_moves_what_is_due_in_it_at_once(
    session: Session, ticket: Ticket
) -> None:
    absence = away(session, "aino", "hanna", start=ticket.due_at - HOUR, end=ticket.due_at + DAY)
    assert gone(session, absence) == [ticket]


def test_what_is_late_when_the_absence_is_on_moves(session: Session, ticket: Ticket) -> None:
    late = ticket.due_at + DAY
    absence = away(session, "aino", "hanna", start=late - HOUR, end=late + HOUR)
    assert gone(session, absence, late) == [ticket]


def test_what_is_answered_or_closed_stays_with_one_who_is_away(
    session: Session, ticket: Ticket
) -> None:
    tickets.answer(session, ticket, person(session, "aino"), "Hei!", now=NOW)
    assert gone(session, away(session, "aino", "hanna")) == []


def test_when_nobody_is_there_the_matter_stays_somebodys(session: Session, ticket: Ticket) -> None:
    for one in session.scalars(select(Person)).all():
        absence = away(session, one.login)
        gone(session, absence)
    assert ticket.owner.active
    owner = ticket.owner
    assert sweep(session, tell=tell_of, now=NOW) == []  # and is not tossed about
    assert ticket.owner is owner


def test_coming_back_moves_nothing_back(session: Session, ticket: Ticket) -> None:
    absence = away(session, "aino", "hanna")
    gone(session, absence)
    session.delete(absence)
    session.flush()
    assert sweep(session, tell=tell_of, now=NOW) == []
    assert ticket.owner.login == "hanna"


def test_everything_of_a_leaver_is_somebodys(session: Session) -> None:
    people = [a_matter(session) for _ in range(5)]
    answered, closed = a_matter(session), a_matter(session)
    tickets.answer(session, answered, person(session, "aino"), "Hei!", now=NOW)
    tickets.close(session, closed, person(session, "aino"), now=NOW)
    moved = left(session, person(session, "aino"), tell=tell_of, now=NOW)
    assert {one.id for one in moved} == {one.id for one in [*people, answered]}
    assert all(one.owner.active and one.owner.login != "aino" for one in moved)
    assert answered.stage == "answered"
    assert all(said(session, one, "transferred") for one in moved)


def test_the_load_of_a_leaver_is_spread(session: Session) -> None:
    for _ in range(8):
        a_matter(session)
    moved = left(session, person(session, "aino"), tell=tell_of, now=NOW)
    assert len({one.owner_id for one in moved}) > 1


def test_the_last_one_does_not_leave(house: Database) -> None:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        a_matter(session)
        for one in session.scalars(select(Person).where(Person.login != "aino")):
            one.active = False
    with pytest.raises(NobodyToOwn), house.writing() as session:
        left(session, person(session, "aino"), tell=tell_of, now=NOW)
    with house.reading() as session:
        assert person(session, "aino").active


def test_who_handed_it_on_and_gets_it_back_so_answers_for_it_as_its_owner(
    session: Session, ticket: Ticket
) -> None:
    to = Receiver(person_id=person(session, "hanna").id)
    aino = person(session, "aino")
    transfer(session, ticket, aino, to, reason="Kuuluu sinne", tell=tell, now=NOW)
    gone(session, away(session, "hanna", "aino"))
    assert (ticket.owner.login, ticket.handed_by) == ("aino", None)


def test_the_bot_answers_again_when_who_had_the_chat_is_gone(
    session: Session, ticket: Ticket
) -> None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    conversations.take_floor(conversation, person(session, "aino"))
    gone(session, away(session, "aino", "hanna"))
    assert conversation.floor == "bot"


# --- the sweep ---


def test_the_sweep_finds_what_nobody_foresaw(session: Session, ticket: Ticket) -> None:
    away(session, "aino", "hanna")
    assert sweep(session, tell=tell_of, now=NOW) == [ticket]
    assert ticket.owner.login == "hanna"
    assert sweep(session, tell=tell_of, now=NOW) == []


def test_the_sweep_leaves_what_its_owner_is_back_for(session: Session, ticket: Ticket) -> None:
    away(session, "aino", "hanna", end=ticket.due_at - HOUR)
    assert sweep(session, tell=tell_of, now=NOW) == []


def test_the_sweep_finds_a_late_matter_of_one_who_is_away(session: Session, ticket: Ticket) -> None:
    late = ticket.due_at + 3 * DAY
    away(session, "aino", start=late - HOUR, end=late + HOUR)
    assert sweep(session, tell=tell_of, now=late) == [ticket]


def test_the_sweep_finds_the_matters_of_one_who_has_left(session: Session, ticket: Ticket) -> None:
    tickets.answer(session, ticket, person(session, "aino"), "Hei!", now=NOW)
    person(session, "aino").active = False
    assert sweep(session, tell=tell_of, now=NOW) == [ticket]
    assert ticket.owner.active


def test_a_sweep_of_very_many_leaves_some_to_the_next(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.rehoming.MOST_SWEPT", 2)
    for _ in range(3):
        a_matter(session)
    person(session, "aino").active = False
    assert [len(sweep(session, tell=tell_of, now=NOW)) for _ in range(3)] == [2, 1, 0]


# --- help ---


@pytest.mark.parametrize("substitute", ["johan", None])
def test_help_that_was_asked_of_one_who_leaves_is_not_waited_for(
    session: Session, ticket: Ticket, substitute: str | None
) -> None:
    goal = Goal("Selvitä maksu", "Summa on tiedossa", NOW + DAY)
    asked = subtasks.ask(
        session, ticket, person(session, "aino"), person(session, "hanna"), goal, now=NOW
    )
    gone(session, away(session, "hanna", substitute))
    assert asked.helper.login == (substitute or "aino")  # else it is the owner's own to do
    assert said(session, ticket, "subtask")[-1].data["to"] == asked.helper_id


def test_the_sweep_finds_help_that_waits_for_one_who_has_left(
    session: Session, ticket: Ticket
) -> None:
    goal = Goal("Selvitä maksu", "Summa on tiedossa", NOW + DAY)
    asked = subtasks.ask(
        session, ticket, person(session, "aino"), person(session, "hanna"), goal, now=NOW
    )
    person(session, "hanna").active = False
    sweep(session, tell=tell_of, now=NOW)
    assert asked.helper.login == "aino"
