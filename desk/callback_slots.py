"""The times at which a team can ring customers back: what its rota, absences and bookings leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk import clock, ownership
from desk.clock import HELSINKI
from desk.door_records import Callback
from desk.models import Absence, Conversation, Member, Person, Shift, Ticket
from desk.roles import may

RHYTHM = "callback_rhythm"  # in a session's info: this desk's own
WORKING_DAYS = 5  # that slots are offered on, today counted
NOTICE = timedelta(minutes=15)  # who rings must see the call before it is due
NOON = 12
KEPT = ("booked", "made", "missed")  # states that hold a place


@dataclass(frozen=True)
class Rhythm:
    """How long a slot is, and how many calls one person makes in it."""

    minutes: int = 30
    at_once: int = 1


@dataclass(frozen=True, order=True)
class Slot:
    """A time to be rung up at, as instants in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Room:
    """A slot, and how many more calls fit into it for this customer."""

    slot: Slot
    left: int


def told(minutes: int, at_once: int) -> dict[str, Any]:
    """What a session must know (its `info`) to cut slots as this desk's settings say."""
    return {RHYTHM: Rhythm(minutes, at_once)}


def rhythm(session: Session) -> Rhythm:
    kept = session.info.get(RHYTHM, Rhythm())
    assert isinstance(kept, Rhythm)
    return kept


def rooms(session: Session, ticket: Ticket, *, now: datetime) -> list[Room]:
    """The slots of the ticket's team that have room, the soonest first, in working hours of the
    next WORKING_DAYS working days.

    A call takes somebody who speaks the ticket's language, where the team has anybody who does.
    What the ticket itself has booked takes no room from it.
    """
    area = session.get_one(Conversation, ticket.conversation_id).municipality_id
    aland = ownership.on_aland(session, area)
    slots = list(_slots(now, rhythm(session), aland))
    if not slots:
        return []
    duty = Duty.read(session, ticket.team_id, slots[0].starts_at, slots[-1].ends_at)
    taken = _taken(session, ticket, slots[0].starts_at, slots[-1].ends_at)
    found = (Room(one, _left(duty, taken, ticket, one, rhythm(session))) for one in slots)
    return [one for one in found if one.left > 0]


def spread(found: Sequence[Room], most: int) -> list[Slot]:
    """Up to `most` of them to choose from: the soonest, then the emptiest of each later half-day.

    So customers who come in one peak are not all rung in the next hour. Where there are fewer
    half-days than asked for, the soonest others are added.
    """
    halves = [list(each) for _, each in groupby(found, key=_half_day)]
    if not halves:
        return []
    chosen = [halves[0][0].slot]
    chosen += [max(each, key=lambda one: one.left).slot for each in halves[1:]]
    others = [one.slot for one in found if one.slot not in chosen]
    return sorted([*chosen, *others][:most])


def _half_day(room: Room) -> tuple[date, bool]:
    local = room.slot.starts_at.astimezone(HELSINKI)
    return local.date(), local.hour >= NOON


def _slots(now: datetime, rhythm: Rhythm, aland: bool) -> Iterator[Slot]:
    length = timedelta(minutes=rhythm.minutes)
    soonest, day, days = now + NOTICE, now.astimezone(HELSINKI).date(), 0
    while days < WORKING_DAYS:
        if clock.is_working_day(day, aland=aland):
            fresh = [one for one in _of_day(day, length) if one.starts_at >= soonest]
            yield from fresh
            days += 1
        day += clock.ONE_DAY


def _of_day(day: date, length: timedelta) -> Iterator[Slot]:
    at = clock.instant(day, clock.OPENS)
    closes = clock.instant(day, clock.CLOSES)
    while at + length <= closes:
        yield Slot(at, at + length)
        at += length


@dataclass(frozen=True)
class Duty:
    """Who of a team is there at which time: the rota's hours less the absences.

    A team for which no rota has been drawn up is there in all working hours.
    """

    people: Mapping[int, Person]  # its active members who may answer
    shifts: tuple[Shift, ...]
    absences: tuple[Absence, ...]

    @classmethod
    def read(cls, session: Session, team_id: int, since: datetime, until: datetime) -> Duty:
        members = session.scalars(
            select(Person).join(Member).where(Member.team_id == team_id).order_by(Member.position)
        )
        people = {one.id: one for one in members if may(one, "answer")}
        shifts = session.scalars(select(Shift).where(Shift.team_id == team_id))
        absences = session.scalars(
            select(Absence).where(
                Absence.person_id.in_(people), Absence.starts_at < until, Absence.ends_at > since
            )
        )
        return cls(people, tuple(shifts), tuple(absences))

    def there(self, starts_at: datetime, ends_at: datetime) -> list[Person]:
        """Who is on duty and present from the first to the last minute, in the team's order."""
        away = {
            one.person_id
            for one in self.absences
            if one.starts_at < ends_at and one.ends_at > starts_at
        }
        on = self._on_duty(starts_at, ends_at)
        return [one for key, one in self.people.items() if key in on and key not in away]

    def _on_duty(self, starts_at: datetime, ends_at: datetime) -> set[int]:
        if not self.shifts:
            return set(self.people)
        starts, ends = starts_at.astimezone(HELSINKI), ends_at.astimezone(HELSINKI)
        return {
            one.person_id
            for one in self.shifts
            if one.weekday == starts.weekday()
            and one.starts <= starts.time()
            and ends.time() <= one.ends
        }

    def speak(self, language: str) -> bool:
        """Whether anybody of the team speaks it."""
        return any(language in one.languages for one in self.people.values())


def next_there(session: Session, ticket: Ticket, *, now: datetime) -> datetime | None:
    """When somebody of the ticket's team is there next, to a quarter of an hour; none where
    somebody is there now, or nobody in the coming working days."""
    area = session.get_one(Conversation, ticket.conversation_id).municipality_id
    aland = ownership.on_aland(session, area)
    quarters = list(_slots(now, Rhythm(minutes=15), aland))
    duty = Duty.read(session, ticket.team_id, now, quarters[-1].ends_at)
    if clock.is_working_time(now, aland=aland) and duty.there(now, now):
        return None
    coming = (one.starts_at for one in quarters if duty.there(one.starts_at, one.ends_at))
    return next(coming, None)


def _left(duty: Duty, taken: Sequence[Callback], ticket: Ticket, slot: Slot, rhythm: Rhythm) -> int:
    """How many more calls in the ticket's language fit: neither all calls together nor those of
    one language may be more than the people who can make them."""
    there = duty.there(slot.starts_at, slot.ends_at)
    meanwhile = [
        one for one in taken if one.starts_at < slot.ends_at and one.ends_at > slot.starts_at
    ]
    left = len(there) * rhythm.at_once - len(meanwhile)
    if not duty.speak(ticket.language):
        return left
    speakers = sum(ticket.language in one.languages for one in there)
    same = sum(one.ticket.language == ticket.language for one in meanwhile)
    return min(left, speakers * rhythm.at_once - same)


def _taken(
    session: Session, ticket: Ticket, since: datetime, until: datetime
) -> Sequence[Callback]:
    return session.scalars(
        select(Callback).where(
            Callback.team_id == ticket.team_id,
            Callback.ticket_id != ticket.id,
            Callback.state.in_(KEPT),
            Callback.starts_at < until,
            Callback.ends_at > since,
        )
    ).all()


def places(session: Session, team_id: int, starts_at: datetime) -> Sequence[int | None]:
    """The places of the team's calls that begin then."""
    return session.scalars(
        select(Callback.place).where(
            Callback.team_id == team_id, Callback.starts_at == starts_at, Callback.state.in_(KEPT)
        )
    ).all()


def lowest(taken: Sequence[int | None]) -> int:
    """The first place that is free."""
    return next(place for place in range(len(taken) + 1) if place not in taken)
