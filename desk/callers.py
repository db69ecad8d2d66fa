"""Who rings a customer who has booked a call: one of those who are there, the owner before others.

Nobody is fixed beforehand: whoever is away when the time comes is not asked, and another of the
team is. Where more calls are booked than people can make, the team's lead has what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sqlalchemy.orm import Session

from desk import callback_slots, people
from desk.attendance import Attendance
from desk.callback_slots import Duty
from desk.door_records import Callback
from desk.models import Person, Ticket
from desk.roles import may

# What it costs that this person makes this call: the cheapest way to make them all is taken.
OWNER, COLLEAGUE, UNABLE = 0.0, 1.0, 1_000.0


@dataclass(frozen=True)
class Ringing:
    """A call, and who makes it; `covered` is false where nobody of the team is free to."""

    callback: Callback
    person: Person
    covered: bool


def ringing(session: Session, waiting: Iterable[Callback], *, now: datetime) -> list[Ringing]:
    """Who makes each of these calls, as the rota and the absences are known now."""
    together: dict[tuple[int, datetime], list[Callback]] = defaultdict(list)
    for one in waiting:
        together[one.team_id, one.starts_at].append(one)
    return [told for calls in together.values() for told in _at_once(session, calls, now)]


def _at_once(session: Session, calls: list[Callback], now: datetime) -> list[Ringing]:
    first = calls[0]
    duty = Duty.read(session, first.team_id, first.starts_at, first.ends_at)
    there = duty.there(first.starts_at, first.ends_at)
    owners = [one.ticket.owner for one in calls]
    away = Attendance.read(session, first.starts_at, first.starts_at)
    # An owner of another team, or off duty just then, still knows the matter best.
    able = list(dict.fromkeys([*there, *_others(owners, there, duty, away)]))
    found = _assigned(calls, able, duty, callback_slots.rhythm(session).at_once)
    return [
        Ringing(one, found.get(one.id) or _lead(session, one, away), one.id in found)
        for one in calls
    ]


def _others(
    owners: Sequence[Person], there: Sequence[Person], duty: Duty, away: Attendance
) -> list[Person]:
    """Owners who are no members of the team: its rota says nothing of them."""
    return [
        one
        for one in owners
        if one not in there
        and one.id not in duty.people
        and away.present(one)
        and may(one, "answer")
    ]


def _assigned(
    calls: Sequence[Callback], able: Sequence[Person], duty: Duty, at_once: int
) -> Mapping[int, Person]:
    """Call -> person: as many calls as can be made, by their owners where these can."""
    places = [person for person in able for _ in range(at_once)]
    if not places:
        return {}
    costs: np.ndarray[Any, np.dtype[np.float64]] = np.array(
        [[_cost(one.ticket, person, duty) for person in places] for one in calls]
    )
    rows, columns = linear_sum_assignment(costs)
    return {
        calls[row].id: places[column]
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if costs[row, column] < UNABLE
    }


def _cost(ticket: Ticket, person: Person, duty: Duty) -> float:
    if person.id == ticket.owner_id:
        return OWNER
    if person.id not in duty.people:
        return UNABLE  # another matter's owner, of another team
    speaks = ticket.language in person.languages or not duty.speak(ticket.language)
    return COLLEAGUE if speaks else UNABLE


def _lead(session: Session, callback: Callback, away: Attendance) -> Person:
    """Who looks after a call that nobody can make: somebody who is there, if anybody is."""
    ladder = [
        *people.lead_of(session, callback.team),
        callback.ticket.owner,
        *(member.person for member in callback.team.members),
        *people.last_resorts(session),
    ]
    there = [one for one in map(away.stand_in, ladder) if one and may(one, "answer")]
    return [*there, *(one for one in ladder if one.active), callback.ticket.owner][0]


def lead(session: Session, callback: Callback, *, now: datetime) -> Person:
    """Who is told of a call that was not made in its time."""
    return _lead(session, callback, Attendance.read(session, now, now))
