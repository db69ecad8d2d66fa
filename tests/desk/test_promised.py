"""An answer is due by the strictest promise: the desk's own, the service's or a complaint's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from catalog.models import Promise
from desk import clock, conversations, promised, tickets
from desk.clock import HELSINKI, hours_earlier, hours_later, is_working_time
from desk.conversations import Place
from desk.errors import ResultUntold
from desk.models import Message, Ticket
from desk.records import LedgerEntry
from desk.tickets import Matter
from tests.foundation import WEDNESDAY_NOON, add_service

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))
WORKED = st.timedeltas(timedelta(minutes=1), timedelta(hours=60))
BODY_ALAND = "municipality:478"  # Mariehamn


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


def promise(
    session: Session, amount: int, unit: str, measure: str = promised.FIRST_ANSWER
) -> Promise:
    if not session.scalars(select(Promise).where(Promise.service_id == "s")).first():
        add_service(session, "s")
    row = Promise(service_id="s", measure=measure, amount=amount, unit=unit)
    session.add(row)
    session.flush()
    return row


def due(session: Session, asked: str, *tags: str, area: str | None = None) -> datetime:
    return promised.due(session, service_id="s", area_id=area, tags=tags, now=local(asked))


def take(session: Session, *tags: str, now: datetime = WEDNESDAY_NOON) -> Ticket:
    talk = conversations.begin(session, language="fi", place=Place(), now=now)
    return tickets.take(session, talk, Matter("?", "asked", tags=tags), now=now).ticket


@pytest.mark.parametrize(
    ("asked", "owed"),
    [
        ("2026-03-11T09:30", "2026-03-11T13:30"),
        ("2026-03-11T14:30", "2026-03-12T10:30"),  # over the evening
        ("2026-03-11T12:00", "2026-03-11T16:00"),  # to the last minute of the day
        ("2026-03-11T02:00", "2026-03-11T12:00"),  # the night is nobody's working time
        ("2026-03-13T15:00", "2026-03-16T11:00"),  # over a weekend
        ("2026-03-27T15:00", "2026-03-30T11:00"),  # in which summer time begins
        ("2026-10-23T15:00", "2026-10-26T11:00"),  # and in which it ends
        ("2026-06-18T15:00", "2026-06-22T11:00"),  # over Midsummer Eve
        ("2026-12-23T14:00", "2026-12-28T10:00"),  # over Christmas Eve
        ("2026-04-30T13:00", "2026-05-04T09:00"),  # the eve of May Day is a working day
    ],
)
def test_a_service_that_promises_four_hours_means_working_hours(
    session: Session, asked: str, owed: str
) -> None:
    promise(session, 4, "hours")
    assert due(session, asked) == local(owed)


def test_a_longer_promise_of_a_service_does_not_put_the_desks_own_off(session: Session) -> None:
    for amount, unit in ((3, "working_days"), (2, "weeks"), (1, "months"), (30, "hours")):
        promise(session, amount, unit)
    assert due(session, "2026-03-11T12:00") == local("2026-03-12T12:00")


def test_how_long_a_decision_takes_is_no_promise_of_an_answer(session: Session) -> None:
    promise(session, 1, "hours", "decision")
    assert due(session, "2026-03-11T12:00") == local("2026-03-12T12:00")


def test_alands_own_holiday_is_no_working_time_there(session: Session) -> None:
    promise(session, 4, "hours")
    assert due(session, "2026-06-08T14:00", area=BODY_ALAND) == local("2026-06-10T10:00")
    assert due(session, "2026-06-08T14:00") == local("2026-06-09T10:00")


@pytest.mark.parametrize(
    ("amount", "unit", "over"),
    [
        (2, "working_days", "2026-01-07T12:00"),  # over New Year's weekend and Epiphany
        (3, "days", "2026-01-05T12:00"),  # a Saturday, moved to Monday
        (1, "weeks", "2026-01-07T12:00"),
        (2, "months", "2026-03-02T12:00"),  # the last of February is a Saturday
    ],
)
def test_a_term_of_days_that_ends_on_a_day_off_ends_on_the_next_working_day(
    session: Session, amount: int, unit: str, over: str
) -> None:
    begun = {"months": "2025-12-31T12:00", "weeks": "2025-12-31T12:00"}.get(unit)
    row = promise(session, amount, unit)
    at = local(begun or ("2026-01-02T12:00" if unit == "working_days" else "2025-12-31T12:00"))
    expected = local(over)
    assert promised.end_of(row, at, aland=False) == expected


def test_a_legal_deadline_of_the_catalogue_or_the_caller_is_kept_with_the_ticket(
    session: Session,
) -> None:
    promise(session, 2, "weeks", promised.LEGAL_DEADLINE)
    talk = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
    asked = Matter("?", "asked", service_id="s")
    ticket = tickets.take(session, talk, asked, now=WEDNESDAY_NOON).ticket
    assert ticket.legal_due_at == WEDNESDAY_NOON + timedelta(days=14)
    assert ticket.due_at == clock.due(WEDNESDAY_NOON)
    known = WEDNESDAY_NOON + timedelta(days=3)
    other = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
    told = Matter("?", "asked", service_id="s", legal_due_at=known)
    assert tickets.take(session, other, told, now=WEDNESDAY_NOON).ticket.legal_due_at == known


def test_a_complaint_is_answered_within_four_working_hours(session: Session) -> None:
    ticket = take(session, "complaint", now=local("2026-03-13T15:00"))
    assert ticket.due_at == local("2026-03-16T11:00")


def test_a_matter_that_becomes_a_complaint_is_due_sooner_and_the_ledger_knows(
    session: Session,
) -> None:
    ticket = take(session)
    talk = session.get_one(conversations.Conversation, ticket.conversation_id)
    complaint = Matter("Huonoa palvelua", "complaint", tags=("complaint",))
    now = WEDNESDAY_NOON + timedelta(hours=1)
    for _ in range(2):  # the second complaint changes nothing
        assert tickets.take(session, talk, complaint, now=now).ticket is ticket
    assert ticket.due_at == local("2026-03-12T09:00")
    assert list(session.scalars(select(LedgerEntry.event))) == ["given", "changed"]
    [line] = session.scalars(select(Message).where(Message.kind == "promised"))
    assert line.audience == "staff"  # the reply to the complaint tells the customer


def test_a_complaint_is_closed_only_when_the_customer_knows_the_result(session: Session) -> None:
    ticket = take(session, "complaint")
    with pytest.raises(ResultUntold):
        tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)
    tickets.answer(session, ticket, ticket.owner, "Tutkimme asian.", now=WEDNESDAY_NOON)
    tickets.add_from_customer(session, ticket, now=WEDNESDAY_NOON)
    with pytest.raises(ResultUntold):
        tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)
    tickets.answer(session, ticket, ticket.owner, "Pyydämme anteeksi.", now=WEDNESDAY_NOON)
    tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)
    assert ticket.stage == "closed"


@given(at=INSTANTS, worked=WORKED)
def test_working_time_counted_on_is_found_again_counted_back(
    at: datetime, worked: timedelta
) -> None:
    end = hours_later(at, worked)
    start = hours_later(at, clock.NO_TIME)
    assert is_working_time(end - timedelta(seconds=1))
    assert hours_earlier(end, worked) == start
    assert is_working_time(start)


@given(at=INSTANTS, worked=WORKED, more=WORKED)
def test_working_time_adds_up(at: datetime, worked: timedelta, more: timedelta) -> None:
    assert hours_later(hours_later(at, worked), more) == hours_later(at, worked + more)
