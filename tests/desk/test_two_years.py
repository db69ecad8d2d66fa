"""Two simulated years: one owner for each ticket, no promise lost, nobody reminded at night.

`make two-years` runs 10,000 tickets and prints what happened and how long it took; the suite a
tenth of them.
"""

from __future__ import annotations

import os
import time
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.database import Database
from desk import alarms, clock, ledger, rehoming
from desk.clock import HELSINKI
from desk.models import Message, Person, Ticket
from desk.records import Alarm
from tests.desk.two_years import BEGIN, END, HOUR, Years, tell_of

TICKETS = int(os.environ.get("TICKETS", "500"))
SEED = 2026
EVERY = timedelta(hours=1)  # the desk itself looks every minute
LONGEST = 600  # seconds of a processor's work: double the target, for others may run beside
# Written by hand: the product's calendar is not to be checked by itself. Weekends are left out.
DAYS_OFF = {
    *(date(2026, *day) for day in ((1, 1), (1, 6), (4, 3), (4, 6), (5, 1), (5, 14), (6, 19))),
    *(date(2026, *day) for day in ((12, 24), (12, 25))),
    *(date(2027, *day) for day in ((1, 1), (1, 6), (3, 26), (3, 29), (5, 6), (6, 25))),
    *(date(2027, *day) for day in ((12, 6), (12, 24))),
}
LATE = {"overdue": timedelta(0), "overdue_lead": 2 * HOUR, "overdue_last": 8 * HOUR}
# Each row of these would be a broken promise of the desk itself.
NOBODYS = """select count(*) from ticket where stage in ('open', 'answered')
    and owner_id in (select id from person where not active)"""
UNTOLD = """select count(*) from ticket where stage = 'open' and due_at <= :then and not exists
    (select 1 from alarm where ticket_id = ticket.id and kind = :kind and due_at = ticket.due_at)"""


def at_work(at: datetime) -> bool:
    local = at.astimezone(HELSINKI)
    return local.weekday() < 5 and 8 <= local.hour < 16 and local.date() not in DAYS_OFF


class Watch:
    """What must hold after every event, and what the desk does by itself every hour."""

    def __init__(self, years: Years) -> None:
        self.years = years
        moment = BEGIN
        while moment < END:
            years.at(moment, self.look)
            moment = (moment.astimezone(clock.UTC) + EVERY).astimezone(HELSINKI)

    def look(self, session: Session, now: datetime) -> None:
        """The app's own round; in the quiet hours nobody is told of anything."""
        if now.astimezone(HELSINKI).hour in (8, 12):
            moved = rehoming.sweep(session, tell=tell_of, now=now)
            self.years.counted["moved by the round"] += len(moved)
        raised = alarms.raise_due(session, now=now)
        self.years.counted["rounds"] += 1
        assert at_work(now) or not raised, f"an alarm at {now}"
        for alarm in raised:
            told = session.get_one(Person, alarm.person_id)
            assert self.years.present(told, now), f"{alarm.kind} to one who is not there"
            assert alarm.kind not in LATE or now <= clock.working_days_later(alarm.due_at, 2)
            self.years.counted[f"alarms: {alarm.kind}"] += 1
        if at_work(now):
            self._nothing_late_is_untold(session, now)
        if now.astimezone(HELSINKI).hour == 0:
            self._every_promise_stands(session)

    def after_each(self, session: Session, now: datetime) -> None:
        session.flush()
        self.years.counted["events"] += 1
        assert session.scalar(text(NOBODYS)) == 0, f"a ticket of one who has left at {now}"

    def _nothing_late_is_untold(self, session: Session, now: datetime) -> None:
        for kind, after in LATE.items():
            then = clock.hours_earlier(now, after).astimezone(clock.UTC).replace(tzinfo=None)
            told = {"then": then.isoformat(" ", "microseconds"), "kind": kind}
            assert session.scalar(text(UNTOLD), told) == 0, f"{kind} told to nobody at {now}"

    def _every_promise_stands(self, session: Session) -> None:
        kept = session.execute(select(Ticket.id, Ticket.due_at).where(Ticket.stage != "closed"))
        for ticket_id, due_at in kept:
            assert due_at == self.years.promised[ticket_id], "a due time moved silently"


@pytest.mark.timeout(1_800)
def test_two_years_of_ten_thousand_tickets_lose_no_owner_and_no_promise(house: Database) -> None:
    begun, worked = time.monotonic(), time.process_time()
    years = Years(house, TICKETS, SEED)
    watch = Watch(years)
    years.run(watch.after_each)
    seconds, worked = time.monotonic() - begun, time.process_time() - worked
    with house.reading() as session:
        _nothing_is_lost(session, years)
        counts = ledger.counts(session)
    for what, number in sorted(years.counted.items()):
        print(f"{number:8} {what}")
    print(f"{counts}, {seconds:.0f} s, of a processor {worked:.0f} s")
    assert worked < LONGEST


def _nothing_is_lost(session: Session, years: Years) -> None:
    due = dict(session.execute(select(Ticket.id, Ticket.due_at)).tuples().all())
    assert len(due) == TICKETS
    assert due == years.promised
    assert ledger.verify(session) is None
    assert ledger.silently_changed(session) == []
    counts, counted = ledger.counts(session), years.counted
    waiting = session.scalars(select(Ticket.id).where(Ticket.stage == "open")).all()
    assert counts.given == counted["opened"] + counted["reopened"] + counted["written on"]
    assert counts.kept + counts.broken >= counted["answered"]
    assert counts.given - counted["answered"] == len(waiting)
    assert counts.changed >= counted["promise changed"]
    assert not [one for one in session.scalars(select(Alarm)) if not at_work(one.raised_at)]
    quiet = select(Message).where(Message.kind.in_(("reminder", "overdue")))
    assert not [one for one in session.scalars(quiet) if not at_work(one.created_at)]
