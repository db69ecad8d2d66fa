"""What is due soon or late reaches somebody who is there, in working hours, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.database import Database
from desk import alarms, conversations, tickets
from desk.attendance import Attendance
from desk.clock import HELSINKI
from desk.conversations import Place
from desk.errors import AlarmUnknown
from desk.models import Absence, Message, Person, Shift, Team, Ticket
from desk.records import Alarm
from desk.tickets import Matter
from tests.foundation import person

EASTER_NIGHT = "2026-04-02T23:30"  # before Good Friday; due at 23.30 on Tuesday
MINUTE = timedelta(minutes=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    """Nobody is away; the team of last resort has a lead, and no other team has one."""
    with house.writing() as session:
        session.execute(delete(Absence))
        session.execute(delete(Shift))
        session.execute(update(Team).values(lead_id=None))
        last_resort(session).lead_id = person(session, "antti").id
        yield session


def last_resort(session: Session) -> Team:
    return session.scalars(select(Team).where(Team.last_resort)).one()


def take(
    session: Session, at: str, owner: str = "eero", team: str = "demo-health", **more: object
) -> Ticket:
    """An open ticket of this person and team."""
    now = local(at)
    talk = conversations.begin(session, language="fi", place=Place(), now=now)
    ticket = tickets.take(session, talk, Matter("?", "asked", **more), now=now).ticket  # type: ignore[arg-type]
    ticket.owner = person(session, owner)
    ticket.team = session.scalars(select(Team).where(Team.code == team)).one()
    session.flush()
    return ticket


def raised(session: Session, at: str) -> list[tuple[str, str]]:
    """Kind and login of every alarm that a look at this moment raises."""
    found = alarms.raise_due(session, now=local(at))
    return [(one.kind, session.get_one(Person, one.person_id).login) for one in found]


def away(session: Session, login: str, substitute: str | None = None) -> None:
    named = person(session, substitute).id if substitute else None
    starts, ends = local("2026-03-01T00:00"), local("2026-05-01T00:00")
    who = person(session, login).id
    session.add(Absence(person_id=who, starts_at=starts, ends_at=ends, substitute_id=named))
    session.flush()


def test_the_owner_is_reminded_two_working_hours_before_and_once(session: Session) -> None:
    take(session, "2026-03-11T12:00")
    assert raised(session, "2026-03-12T09:59") == []
    assert raised(session, "2026-03-12T10:00") == [("reminder", "eero")]
    assert raised(session, "2026-03-12T11:59") == []


def test_what_is_due_at_night_is_reminded_of_the_afternoon_before(session: Session) -> None:
    take(session, "2026-03-11T02:00")
    assert raised(session, "2026-03-11T13:59") == []
    assert raised(session, "2026-03-11T14:00") == [("reminder", "eero")]


def test_what_is_due_at_eight_is_reminded_of_the_afternoon_before(session: Session) -> None:
    take(session, "2026-03-13T08:00")  # a Friday
    assert raised(session, "2026-03-13T14:00") == [("reminder", "eero")]


def test_zammad_4432_no_reminder_goes_out_at_night_or_on_a_holiday(session: Session) -> None:
    take(session, EASTER_NIGHT)
    quiet = local(EASTER_NIGHT)
    while quiet < local("2026-04-07T08:00"):
        assert alarms.raise_due(session, now=quiet) == []
        quiet += timedelta(minutes=15)
    assert raised(session, "2026-04-07T13:59") == []
    assert raised(session, "2026-04-07T14:00") == [("reminder", "eero")]
    for hour in ("16:00", "23:31", "23:59"):
        assert raised(session, f"2026-04-07T{hour}") == []
    assert raised(session, "2026-04-08T08:00") == [("overdue", "eero")]


def test_overdue_climbs_from_the_owner_to_the_lead_to_the_last_resort(session: Session) -> None:
    ticket = take(session, "2026-03-11T12:00")
    ticket.team.lead_id = person(session, "sanna").id
    assert raised(session, "2026-03-12T12:00") == [("overdue", "eero")]
    assert raised(session, "2026-03-12T13:59") == []
    assert raised(session, "2026-03-12T14:00") == [("overdue_lead", "sanna")]
    assert raised(session, "2026-03-13T11:59") == []
    assert raised(session, "2026-03-13T12:00") == [("overdue_last", "antti")]
    assert raised(session, "2026-03-16T12:00") == []


def test_a_team_without_a_lead_climbs_to_the_last_resorts(session: Session) -> None:
    take(session, "2026-03-11T12:00")
    raised(session, "2026-03-12T12:00")
    assert raised(session, "2026-03-12T14:00") == [("overdue_lead", "antti")]
    [(kind, login)] = raised(session, "2026-03-13T12:00")
    assert kind == "overdue_last"
    assert login not in ("antti", "eero")  # somebody who has not been told yet


def test_a_lead_who_owns_it_is_climbed_past(session: Session) -> None:
    ticket = take(session, "2026-03-11T12:00", owner="sanna")
    ticket.team.lead_id = ticket.owner_id
    raised(session, "2026-03-12T12:00")
    assert raised(session, "2026-03-12T14:00") == [("overdue_lead", "antti")]


def test_who_is_away_is_stood_in_for(session: Session) -> None:
    take(session, "2026-03-11T12:00")
    away(session, "eero", "leena")
    away(session, "leena", "linnea")
    away(session, "antti", "maria")
    assert raised(session, "2026-03-12T10:00") == [("reminder", "linnea")]
    assert raised(session, "2026-03-12T12:00") == [("overdue", "linnea")]
    assert raised(session, "2026-03-12T14:00") == [("overdue_lead", "maria")]


def test_who_is_away_without_a_substitute_or_has_left_is_passed_over(session: Session) -> None:
    take(session, "2026-03-11T12:00", owner="eero")
    away(session, "eero")
    person(session, "leena").active = False
    [(_, login)] = raised(session, "2026-03-12T12:00")
    assert login in ("sanna", "linnea", "patrik")  # of the same team


def test_it_is_never_nobody_even_when_everybody_is_away(session: Session) -> None:
    ticket = take(session, "2026-03-11T12:00")
    for login in session.scalars(select(Person.login)):
        away(session, login)
    assert [kind for kind, _ in raised(session, "2026-03-13T15:00")] == [
        "overdue",
        "overdue_lead",
        "overdue_last",
    ]
    told = session.scalars(select(Alarm.person_id).where(Alarm.ticket_id == ticket.id)).all()
    assert all(session.get_one(Person, one).active for one in told)


def test_what_became_overdue_while_the_desk_stood_still_is_told_when_it_runs(
    session: Session,
) -> None:
    take(session, "2026-03-11T12:00")
    assert len(raised(session, "2026-03-16T08:00")) == 3


def test_an_answered_matter_raises_nothing_and_one_that_is_open_again_does(
    session: Session,
) -> None:
    ticket = take(session, "2026-03-11T12:00")
    raised(session, "2026-03-12T12:00")
    tickets.answer(session, ticket, ticket.owner, "Tässä.", now=local("2026-03-12T12:05"))
    assert raised(session, "2026-03-13T15:00") == []
    tickets.add_from_customer(session, ticket, now=local("2026-03-13T15:00"))
    assert raised(session, "2026-03-16T15:00") == [("overdue", "eero")]


def test_a_changed_promise_is_reminded_of_anew(session: Session) -> None:
    ticket = take(session, "2026-03-11T12:00")
    assert raised(session, "2026-03-12T10:00") == [("reminder", "eero")]
    later = local("2026-03-18T12:00")
    tickets.change_due(session, ticket, later, text="?", now=local("2026-03-12T10:30"))
    assert raised(session, "2026-03-12T15:00") == []
    assert raised(session, "2026-03-18T10:00") == [("reminder", "eero")]


def test_the_laws_limit_has_an_alarm_of_its_own_five_working_days_before(
    session: Session,
) -> None:
    limit = local("2026-04-10T16:00")  # Easter lies between
    ticket = take(session, "2026-03-11T12:00", legal_due_at=limit)
    tickets.answer(session, ticket, ticket.owner, "Tutkimme.", now=local("2026-03-11T13:00"))
    assert raised(session, "2026-03-31T15:59") == []
    assert raised(session, "2026-04-01T08:00") == [("legal", "eero")]
    assert raised(session, "2026-04-01T08:01") == []
    assert [one.due_at for one in alarms.of(session, ticket.owner_id)] == [limit]
    tickets.close(session, ticket, ticket.owner, now=local("2026-04-02T09:00"))
    assert alarms.of(session, ticket.owner_id) == []


def test_an_alarm_stands_in_the_thread_for_the_staff_alone(session: Session) -> None:
    ticket = take(session, "2026-03-11T12:00")
    raised(session, "2026-03-12T10:00")
    raised(session, "2026-03-12T12:00")
    lines = session.scalars(select(Message).where(Message.ticket_id == ticket.id)).all()
    told = [(one.kind, one.author, one.audience, one.data["alarm"]) for one in lines]
    assert told == [
        ("reminder", "desk", "staff", "reminder"),
        ("overdue", "desk", "staff", "overdue"),
    ]


def test_an_alarm_is_seen_by_its_own_person_alone(session: Session) -> None:
    ticket = take(session, "2026-03-11T12:00")
    [alarm] = alarms.raise_due(session, now=local("2026-03-12T10:00"))
    other = person(session, "sanna").id
    assert alarms.of(session, other) == []
    with pytest.raises(AlarmUnknown):
        alarms.see(session, alarm.id, other, now=local("2026-03-12T10:01"))
    assert alarms.of(session, ticket.owner_id) == [alarm]
    alarms.see(session, alarm.id, ticket.owner_id, now=local("2026-03-12T10:01"))
    assert alarms.of(session, ticket.owner_id) == []


def test_an_alarm_that_another_process_has_raised_is_not_raised_again(session: Session) -> None:
    """Both have looked before either wrote: the constraint decides, and the look goes on."""
    first, second = take(session, "2026-03-11T12:00"), take(session, "2026-03-11T12:00")
    now = local("2026-03-12T10:00")
    round_ = alarms._Round(session, now)
    due = next(one for one in alarms._kinds(now) if one.kind == "reminder")
    assert round_.raise_one(due, first) is not None
    assert round_.raise_one(due, first) is None
    assert round_.raise_one(due, second) is not None


def test_zammad_3590_a_one_day_absence_ends_at_midnight_in_finland(session: Session) -> None:
    """In UTC the day would end at two or three in the morning."""
    who, substitute = person(session, "eero"), person(session, "leena")
    starts, ends = local("2026-03-12T00:00"), local("2026-03-13T00:00")
    session.add(
        Absence(person_id=who.id, starts_at=starts, ends_at=ends, substitute_id=substitute.id)
    )
    session.flush()
    wanted = {"2026-03-11T23:59": "eero", "2026-03-12T00:00": "leena"}
    wanted |= {"2026-03-12T23:59": "leena", "2026-03-13T00:00": "eero"}
    for at, login in wanted.items():
        there = Attendance.read(session, local(at), local(at)).stand_in(who)
        assert there is not None
        assert there.login == login
    take(session, "2026-03-11T12:00")
    assert raised(session, "2026-03-12T12:00") == [("overdue", "leena")]
    session.execute(update(Ticket).values(due_at=local("2026-03-13T08:00")))
    session.expire_all()
    assert raised(session, "2026-03-13T08:00") == [("overdue", "eero")]


@pytest.mark.parametrize("holiday", ["2026-12-25T11:00", "2026-06-19T13:00", "2026-04-03T09:00"])
def test_burokratt_holiday_no_redirect_a_message_on_a_holiday_has_an_owner_and_waits_for_no_night(
    session: Session, holiday: str
) -> None:
    asked = local(holiday)
    talk = conversations.begin(session, language="fi", place=Place(), now=asked)
    ticket = tickets.take(session, talk, Matter("?", "asked"), now=asked).ticket
    assert ticket.owner.active
    look = asked
    while not (found := alarms.raise_due(session, now=look)):
        look += 15 * MINUTE
    assert found[0].kind == "reminder"
    assert look < ticket.due_at
