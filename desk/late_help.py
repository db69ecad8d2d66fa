"""Help that has not come by its time: the helper is told, and whoever waits for it.

An alarm stands for one instant of its ticket. Help that is due at the same instant, and the two
people who hear of it, are told apart by microseconds, which nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk import people
from desk.attendance import Attendance
from desk.conversations import happened
from desk.models import Person, Ticket
from desk.records import Alarm, Subtask
from desk.roles import may

KIND = "subtask"
APART = timedelta(microseconds=1)


@dataclass(frozen=True)
class _Late:
    subtask: Subtask
    at: datetime  # the instant that the alarm stands for
    of_helper: bool


def raise_due(session: Session, *, now: datetime) -> list[Alarm]:
    """Each helper whose time is over, and each owner who waits for the result, has an alarm, once.

    A helper who is away reaches their substitute, then the owner; an owner who is away theirs,
    then the team's lead, then the last resort. Call it in working hours.
    """
    wanted = list(_wanted(session, now))
    if not wanted:
        return []
    attendance = Attendance.read(session, now, now)
    raised = (_raise(session, one, attendance, now) for one in wanted)
    return [alarm for alarm in raised if alarm is not None]


def waits(session: Session, alarm: Alarm) -> bool:
    """Whether the help that the alarm tells of is still to come."""
    ticket = select(Subtask).where(Subtask.ticket_id == alarm.ticket_id).order_by(Subtask.id)
    return any(
        one.at == alarm.due_at and one.subtask.done_at is None
        for one in _instants(list(session.scalars(ticket)))
    )


def _wanted(session: Session, now: datetime) -> Iterator[_Late]:
    late = select(Subtask.ticket_id).where(Subtask.done_at.is_(None), Subtask.due_at <= now)
    asked = select(Subtask).where(Subtask.ticket_id.in_(late)).order_by(Subtask.id)
    told = select(Alarm.ticket_id, Alarm.due_at).where(
        Alarm.kind == KIND, Alarm.ticket_id.in_(late)
    )
    known = {(row.ticket_id, row.due_at) for row in session.execute(told)}
    for one in _instants(list(session.scalars(asked))):
        open_ = one.subtask.done_at is None and one.subtask.due_at <= now
        if open_ and (one.subtask.ticket_id, one.at) not in known:
            yield one


def _instants(asked: list[Subtask]) -> Iterator[_Late]:
    """Two alarms for each subtask: the helper's, and a moment later the owner's."""
    taken: dict[tuple[int, datetime], int] = {}
    for one in asked:
        key = (one.ticket_id, one.due_at)
        before = taken.get(key, 0)
        taken[key] = before + 2
        yield _Late(one, one.due_at + before * APART, of_helper=True)
        yield _Late(one, one.due_at + (before + 1) * APART, of_helper=False)


def _raise(session: Session, late: _Late, attendance: Attendance, now: datetime) -> Alarm | None:
    """The alarm; none for an owner who is the helper, or when another process has raised it."""
    subtask, ticket = late.subtask, late.subtask.ticket
    if not late.of_helper and subtask.helper_id == ticket.owner_id:
        return None
    person = _receiver(session, late, attendance)
    alarm = Alarm(
        ticket_id=ticket.id, kind=KIND, due_at=late.at, person_id=person.id, raised_at=now
    )
    try:
        with session.begin_nested():
            session.add(alarm)
    except IntegrityError:
        return None
    _tell(session, subtask, person, now)
    return alarm


def _receiver(session: Session, late: _Late, attendance: Attendance) -> Person:
    ladder = list(_ladder(session, late))
    there = [one for one in map(attendance.stand_in, ladder) if one and may(one, "read")]
    return [*there, *(one for one in ladder if one.active), late.subtask.ticket.owner][0]


def _ladder(session: Session, late: _Late) -> Iterator[Person]:
    ticket: Ticket = late.subtask.ticket
    if late.of_helper:
        yield late.subtask.helper
    yield ticket.owner
    yield from people.lead_of(session, ticket.team)
    yield from people.last_resorts(session)


def _tell(session: Session, subtask: Subtask, person: Person, now: datetime) -> None:
    happened(
        session,
        subtask.ticket,
        "overdue",
        now=now,
        data={
            "alarm": KIND,
            "subtask": subtask.id,
            "helper": subtask.helper_id,
            "person_id": person.id,
            "due_at": subtask.due_at.isoformat(),
        },
    )
