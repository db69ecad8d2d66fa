"""Help that does not come in time is before the helper and the owner, in working hours, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from desk import alarms, subtasks
from desk.models import Person, Ticket
from desk.records import Alarm, Subtask
from desk.subtasks import Goal
from tests.desk.matters import DAY, a_matter, away, everybody_is_there, families, said
from tests.foundation import WEDNESDAY_NOON, person

DUE = WEDNESDAY_NOON + timedelta(hours=2)  # two in the afternoon


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        yield session


def help_of(
    session: Session, ticket: Ticket, helper: str = "maria", due_at: datetime = DUE
) -> Subtask:
    goal = Goal("Selvitä paikat", "Lista on tässä", due_at)
    who = person(session, helper)
    return subtasks.ask(session, ticket, ticket.owner, who, goal, now=WEDNESDAY_NOON)


def told(session: Session, at: datetime) -> list[str]:
    """Logins of those whom a look at this moment tells that help is late."""
    found = [one for one in alarms.raise_due(session, now=at) if one.kind == "subtask"]
    return [session.get_one(Person, one.person_id).login for one in found]


def seen_by(session: Session, login: str) -> list[Alarm]:
    mine = alarms.of(session, person(session, login).id)
    return [one for one in mine if one.kind == "subtask"]


def test_the_helper_and_who_waits_are_told_when_the_time_is_over_and_once(
    session: Session,
) -> None:
    ticket = a_matter(session)
    help_of(session, ticket)
    assert told(session, DUE - timedelta(minutes=1)) == []
    assert told(session, DUE) == ["maria", "aino"]
    assert told(session, DUE + timedelta(minutes=1)) == []
    assert len(seen_by(session, "maria")) == len(seen_by(session, "aino")) == 1


def test_the_thread_says_who_is_late_and_who_was_told(session: Session) -> None:
    ticket = a_matter(session)
    help_of(session, ticket)
    told(session, DUE)
    lines = [one for one in said(session, ticket, "overdue") if one.data["alarm"] == "subtask"]
    assert [one.data["person_id"] for one in lines] == [
        person(session, "maria").id,
        person(session, "aino").id,
    ]
    assert {one.data["helper"] for one in lines} == {person(session, "maria").id}
    assert {one.audience for one in lines} == {"staff"}


def test_nobody_is_told_outside_working_hours(session: Session) -> None:
    help_of(session, a_matter(session), due_at=WEDNESDAY_NOON + timedelta(hours=4))  # four o'clock
    for hour in (4, 8, 12, 19):
        assert told(session, WEDNESDAY_NOON + timedelta(hours=hour)) == []
    assert told(session, WEDNESDAY_NOON + timedelta(hours=20)) == ["maria", "aino"]


def test_a_helper_who_is_away_reaches_the_substitute(session: Session) -> None:
    help_of(session, a_matter(session))
    away(session, "maria", "hanna", start=DUE - timedelta(minutes=5))
    assert told(session, DUE) == ["hanna", "aino"]


def test_help_that_has_come_rings_no_more(session: Session) -> None:
    ticket = a_matter(session)
    subtask = help_of(session, ticket)
    told(session, DUE)
    subtasks.done(session, subtask, person(session, "maria"), "Kolme paikkaa", now=DUE)
    assert seen_by(session, "maria") == seen_by(session, "aino") == []


def test_help_done_in_time_never_rings(session: Session) -> None:
    subtask = help_of(session, a_matter(session))
    subtasks.done(session, subtask, person(session, "maria"), "Kolme paikkaa", now=WEDNESDAY_NOON)
    assert told(session, DUE + DAY) == []


def test_two_helps_due_at_the_same_time_ring_each_for_itself(session: Session) -> None:
    ticket = a_matter(session)
    first = help_of(session, ticket)
    help_of(session, ticket, "hanna")
    assert told(session, DUE) == ["maria", "aino", "hanna", "aino"]
    subtasks.done(session, first, person(session, "maria"), "Kolme paikkaa", now=DUE)
    assert len(seen_by(session, "aino")) == 1
    assert len(seen_by(session, "hanna")) == 1
    assert told(session, DUE + timedelta(minutes=1)) == []


def test_the_result_is_waited_for_by_whoever_owns_the_matter_now(session: Session) -> None:
    ticket = a_matter(session)
    help_of(session, ticket)
    ticket.owner = person(session, "johan")
    session.flush()
    assert told(session, DUE) == ["maria", "johan"]
    ticket.owner = person(session, "maria")
    session.flush()
    assert told(session, DUE + timedelta(minutes=1)) == []


def test_who_has_seen_the_alarm_is_left_in_peace(session: Session) -> None:
    help_of(session, a_matter(session))
    told(session, DUE)
    (alarm,) = seen_by(session, "maria")
    alarms.see(session, alarm.id, alarm.person_id, now=DUE)
    assert seen_by(session, "maria") == []
    assert session.scalar(select(Alarm.seen_at).where(Alarm.id == alarm.id)) == DUE
