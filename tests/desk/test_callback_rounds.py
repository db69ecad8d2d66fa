"""No booked call is lost: whoever rings is told in time, the lead where nobody can."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from desk import alarms, callback_rounds, callbacks
from desk.models import Person, Ticket
from desk.records import Alarm
from tests.desk.calls import at, book, caller
from tests.desk.matters import away, everybody_is_there, families, only, said, team
from tests.foundation import WEDNESDAY_NOON, person

HOUR = timedelta(hours=1)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as opened:
        everybody_is_there(opened)
        families(opened)
        yield opened


def alarm_of(session: Session, ticket: Ticket, when: datetime) -> Person | None:
    found = session.scalars(
        select(Alarm).where(
            Alarm.ticket_id == ticket.id, Alarm.kind == "callback", Alarm.due_at == when
        )
    ).first()
    return session.get_one(Person, found.person_id) if found else None


def look(session: Session, now: datetime) -> list[Alarm]:
    return callback_rounds.look(session, tell=lambda one: "Olemme myöhässä.", now=now)


def test_who_rings_is_told_when_the_slot_begins_and_once(session: Session) -> None:
    ticket = caller(session)
    book(session, ticket, at(12, 9))
    assert look(session, at(12, 8, 59)) == []
    assert len(look(session, at(12, 9))) == 1
    assert look(session, at(12, 9, 1)) == []
    told = alarm_of(session, ticket, at(12, 9))
    assert told is not None
    assert told.login == "aino"
    assert [one.kind for one in alarms.of(session, told.id)] == ["callback"]


def test_a_made_call_rings_no_more(session: Session) -> None:
    ticket = caller(session)
    call = book(session, ticket, at(12, 9))
    look(session, at(12, 9))
    callbacks.made(session, call, person(session, "aino"), now=at(12, 9, 5))
    assert alarms.of(session, person(session, "aino").id) == []
    assert look(session, at(12, 9, 31)) == []


def test_an_unmade_call_is_before_the_lead_and_the_customer_is_told(session: Session) -> None:
    ticket = caller(session, owner="hanna")
    book(session, ticket, at(12, 9))
    look(session, at(12, 9))
    look(session, at(12, 9, 30))
    told = alarm_of(session, ticket, at(12, 9, 30))
    assert told is not None
    assert told.login == "aino"  # leads the team
    lines = [one.text for one in said(session, ticket, "callback") if one.audience == "customer"]
    assert lines == ["Olemme myöhässä."]
    assert look(session, at(12, 9, 31)) == []


def test_what_ended_at_closing_time_is_told_in_the_morning(session: Session) -> None:
    ticket = caller(session)
    book(session, ticket, at(11, 15, 30))
    assert look(session, at(11, 16, 5)) == []
    assert len(look(session, at(12, 8))) == 1


def test_an_absence_that_takes_the_room_moves_the_call_to_a_colleague(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino", "hanna")
    ticket = caller(session)
    book(session, ticket, at(12, 9))
    away(session, "aino", end=at(30, 8))
    assert look(session, WEDNESDAY_NOON) == []
    look(session, at(12, 9))
    told = alarm_of(session, ticket, at(12, 9))
    assert told is not None
    assert told.login == "hanna"


def test_where_nobody_is_left_the_lead_is_told_at_once(session: Session) -> None:
    of = team(session, "demo-families")
    only(session, of, "hanna")
    of.lead_id = person(session, "aino").id
    ticket = caller(session, owner="hanna")
    book(session, ticket, at(12, 9))
    assert look(session, WEDNESDAY_NOON) == []
    gone = away(session, "hanna", end=at(30, 8))
    look(session, WEDNESDAY_NOON)
    told = alarm_of(session, ticket, at(12, 9))
    assert told is not None
    assert told.login == "aino"

    session.delete(gone)  # hanna comes after all
    look(session, WEDNESDAY_NOON + HOUR)
    assert alarm_of(session, ticket, at(12, 9)) is None
    look(session, at(12, 9))
    back = alarm_of(session, ticket, at(12, 9))
    assert back is not None
    assert back.login == "hanna"


def test_a_booking_follows_its_matter_to_another_team(session: Session) -> None:
    ticket = caller(session)
    call = book(session, ticket, at(12, 9))
    ticket.team = team(session, "demo-housing")
    session.flush()
    look(session, WEDNESDAY_NOON)
    assert (call.team.code, call.state) == ("demo-housing", "booked")


def test_a_booking_stays_where_it_was_promised_if_the_new_team_has_no_room(
    session: Session,
) -> None:
    other = team(session, "demo-housing")
    only(session, other)
    ticket = caller(session)
    call = book(session, ticket, at(12, 9))
    ticket.team = other
    session.flush()
    look(session, WEDNESDAY_NOON)
    look(session, at(12, 9))
    assert (call.team.code, call.state) == ("demo-families", "booked")
    assert alarm_of(session, ticket, at(12, 9)) is not None


def test_at_night_nobody_is_told(session: Session) -> None:
    book(session, caller(session), at(12, 9))
    assert look(session, at(12, 20)) == []
