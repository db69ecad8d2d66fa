"""What is due soon or late is told to somebody who is there, in working hours only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from desk import clock, late_help, people
from desk.attendance import Attendance
from desk.conversations import happened
from desk.door_records import Callback
from desk.errors import AlarmUnknown
from desk.models import Person, Ticket
from desk.records import Alarm
from desk.roles import may

REMINDED = timedelta(hours=2)  # of working time before an answer is due
TO_LEAD, TO_LAST = timedelta(hours=2), timedelta(hours=8)  # of working time after it was due
LEGAL_DAYS = 5  # working days before the law's limit
CLIMBING = ("overdue_lead", "overdue_last")
LINES = {"reminder": "reminder", "legal": "reminder"}  # the kind of the thread's line, else overdue


@dataclass(frozen=True)
class _Due:
    """The tickets that want an alarm of one kind, and the column that tells of what due time."""

    kind: str
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    wanted: ColumnElement[bool]


def raise_due(session: Session, *, now: datetime) -> list[Alarm]:
    """Every alarm that is wanted by now and has not been raised, each to a person who is there.

    Outside working hours nothing is raised; what became due meanwhile is, at the next opening. A
    matter whose owner is away reaches their substitute, then the team's lead and members, then the
    team of last resort.
    """
    if not clock.is_working_time(now):
        return []
    of_help = late_help.raise_due(session, now=now)
    found = [(due, ticket) for due in _kinds(now) for ticket in _waiting(session, due)]
    if not found:
        return of_help
    round_ = _Round(session, now)
    raised = (round_.raise_one(due, ticket) for due, ticket in found)
    return [*of_help, *(alarm for alarm in raised if alarm is not None)]


def of(session: Session, person_id: int) -> list[Alarm]:
    """The alarms that this person has not seen and whose matter still waits, oldest first."""
    waits = or_(
        and_(Ticket.stage == "open", Alarm.due_at == Ticket.due_at),
        and_(Ticket.stage != "closed", Alarm.due_at == Ticket.legal_due_at),
        and_(Alarm.kind == "callback", _call_waits()),
        Alarm.kind == late_help.KIND,
    )
    rows = select(Alarm).join(Ticket, Ticket.id == Alarm.ticket_id)
    unseen = rows.where(Alarm.person_id == person_id, Alarm.seen_at.is_(None), waits)
    found = session.scalars(unseen.order_by(Alarm.raised_at, Alarm.id))
    return [one for one in found if one.kind != late_help.KIND or late_help.waits(session, one)]


def _call_waits() -> ColumnElement[bool]:
    """The call back that the alarm tells of has not been made, missed or cancelled yet."""
    at = or_(Callback.starts_at == Alarm.due_at, Callback.ends_at == Alarm.due_at)
    return exists().where(Callback.ticket_id == Alarm.ticket_id, Callback.state == "booked", at)


def see(session: Session, alarm_id: int, person_id: int, *, now: datetime) -> None:
    """The person has seen the alarm. Raises AlarmUnknown when it is none of theirs."""
    alarm = session.get(Alarm, alarm_id)
    if alarm is None or alarm.person_id != person_id:
        raise AlarmUnknown(str(alarm_id))
    alarm.seen_at = alarm.seen_at or now


def _kinds(now: datetime) -> list[_Due]:
    """In the order in which a matter climbs."""
    soon = clock.hours_later(clock.hours_later(now, REMINDED), clock.NO_TIME)
    legal = clock.end_of_day(clock.working_days_later(now, LEGAL_DAYS))
    lead, last = (clock.hours_earlier(now, after) for after in (TO_LEAD, TO_LAST))
    due_at, is_open = Ticket.due_at, Ticket.stage == "open"
    unclosed = Ticket.stage.in_(("open", "answered"))
    return [
        _Due("legal", Ticket.legal_due_at, and_(unclosed, Ticket.legal_due_at < legal)),
        _Due("reminder", due_at, and_(is_open, due_at > now, due_at <= soon)),
        _Due("overdue", due_at, and_(is_open, due_at <= now)),
        _Due("overdue_lead", due_at, and_(is_open, due_at <= lead)),
        _Due("overdue_last", due_at, and_(is_open, due_at <= last)),
    ]


def _waiting(session: Session, due: _Due) -> list[Ticket]:
    raised = exists().where(
        Alarm.ticket_id == Ticket.id, Alarm.kind == due.kind, Alarm.due_at == due.column
    )
    wanted = select(Ticket).where(due.wanted, ~raised)
    return list(session.scalars(wanted.order_by(due.column, Ticket.id)))


class _Round:
    """One look at what is due, with who is there at this moment."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._attendance = Attendance.read(session, now, now)

    def raise_one(self, due: _Due, ticket: Ticket) -> Alarm | None:
        """The alarm; none when another process has raised it in the same moment."""
        person = self._receiver(due.kind, ticket)
        due_at = ticket.legal_due_at if due.kind == "legal" else ticket.due_at
        alarm = Alarm(
            ticket_id=ticket.id,
            kind=due.kind,
            due_at=due_at,
            person_id=person.id,
            raised_at=self._now,
        )
        try:
            with self._session.begin_nested():
                self._session.add(alarm)
        except IntegrityError:
            return None
        self._tell(alarm, ticket)
        return alarm

    def _tell(self, alarm: Alarm, ticket: Ticket) -> None:
        happened(
            self._session,
            ticket,
            LINES.get(alarm.kind, "overdue"),
            now=self._now,
            data={
                "alarm": alarm.kind,
                "person_id": alarm.person_id,
                "due_at": alarm.due_at.isoformat(),
            },
        )

    def _receiver(self, kind: str, ticket: Ticket) -> Person:
        """Who is there; if nobody is, who will be. A lead who owns the matter knows of it already:
        it climbs past everybody who has been told that it is late."""
        ladder = list(dict.fromkeys(self._ladder(kind, ticket)))
        there = [one for one in map(self._attendance.stand_in, ladder) if one and may(one, "read")]
        told = self._told(ticket) if kind in CLIMBING else set()
        fresh = [one for one in there if one.id not in told]
        employed = [one for one in ladder if one.active]
        return [*fresh, *there, *employed, ticket.owner][0]

    def _told(self, ticket: Ticket) -> set[int]:
        """Who has been told that it is late; being reminded before is not that."""
        late = Alarm.kind.in_(("overdue", *CLIMBING))
        rows = select(Alarm.person_id)
        return set(
            self._session.scalars(
                rows.where(Alarm.ticket_id == ticket.id, Alarm.due_at == ticket.due_at, late)
            )
        )

    def _ladder(self, kind: str, ticket: Ticket) -> Iterator[Person]:
        """Whom a matter climbs to, the first one first; where nobody leads, the next step does."""
        if kind not in CLIMBING:
            yield ticket.owner
        if kind != "overdue_last":
            yield from people.lead_of(self._session, ticket.team)
        if kind not in CLIMBING:
            yield from (member.person for member in ticket.team.members)
        yield from people.last_resorts(self._session)
