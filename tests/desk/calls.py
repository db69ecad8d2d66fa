"""What the tests of calls back stand on: customers with a number, times of one week, bookings."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from desk import callbacks
from desk.callbacks import Slot
from desk.clock import HELSINKI
from desk.door_records import Callback
from desk.errors import SlotTaken
from desk.models import Shift, Ticket
from tests.desk.matters import a_matter, everybody_is_there, families, only, team
from tests.foundation import WEDNESDAY_NOON, person

NUMBER = "+358401234567"
HALF_AN_HOUR = timedelta(minutes=30)


def caller(session: Session, language: str = "fi", owner: str = "aino") -> Ticket:
    """The matter of a customer who has left a number."""
    ticket = a_matter(session, owner, language=language)
    ticket.team = team(session, "demo-families")
    ticket.contact = NUMBER
    session.flush()
    return ticket


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Local time in March 2026; the 11th is the Wednesday of these tests."""
    return datetime(2026, 3, day, hour, minute, tzinfo=HELSINKI)


def on_duty(session: Session, login: str, weekday: int, since: int, until: int) -> None:
    session.add(
        Shift(
            team_id=team(session, "demo-families").id,
            person_id=person(session, login).id,
            weekday=weekday,
            starts=time(since),
            ends=time(until),
        )
    )
    session.flush()


def starts(slots: list[Slot]) -> list[str]:
    return [f"{one.starts_at.astimezone(HELSINKI):%a %H.%M}" for one in slots]


def book(
    session: Session, ticket: Ticket, when: datetime, now: datetime = WEDNESDAY_NOON
) -> Callback:
    return callbacks.book(session, ticket, Slot(when, when + HALF_AN_HOUR), now=now)


def race_for_the_last_place(database: Database) -> None:
    """Six customers want one slot of one person at the same time, each in a thread and a
    transaction of its own; who does not get it books what is offered next."""
    with database.writing() as session:
        everybody_is_there(session)
        only(session, families(session), "aino")
        tickets = [caller(session).id for _ in range(6)]
        slot = callbacks.free(session, session.get_one(Ticket, tickets[0]), now=WEDNESDAY_NOON)[0]
    ready = threading.Barrier(len(tickets))

    def books(ticket_id: int) -> datetime:
        ready.wait()
        wanted = slot
        while True:
            try:
                with database.writing() as session:
                    ticket = session.get_one(Ticket, ticket_id)
                    return callbacks.book(session, ticket, wanted, now=WEDNESDAY_NOON).starts_at
            except SlotTaken:
                with database.reading() as session:
                    ticket = session.get_one(Ticket, ticket_id)
                    wanted = callbacks.free(session, ticket, now=WEDNESDAY_NOON)[0]

    with ThreadPoolExecutor(len(tickets)) as pool:
        got = sorted(pool.map(books, tickets))
    assert got == [slot.starts_at + number * HALF_AN_HOUR for number in range(len(tickets))]
    with database.reading() as session:
        assert {one.place for one in session.scalars(select(Callback))} == {0}
