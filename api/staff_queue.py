"""Who waits: the staff's queues, each read in a handful of statements whatever its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from api.contract import Language
from api.staff_queue_rows import MOST_SHOWN, columns, first_rows
from api.staff_words import tags_in_words
from catalog.card import names
from desk import alarms, search
from desk.models import PRIORITIES, Member, Person, Team, Ticket
from desk.ratings import low_ratings
from desk.records import Alarm, Subtask
from desk.tickets import spoken_in, spoken_language

Show = Literal["mine", "team", "all", "late", "handed", "help"]
SHOWS: tuple[Show, ...] = get_args(Show)
MOST_ALARMS = 10

type Where = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Entry:
    """One ticket in the queue."""

    code: str
    subject: str
    spoken: str  # the language that the subject is in
    stage: str
    service: str | None
    language: str
    owner: str
    due_at: datetime
    overdue: bool
    urgent: bool
    tags: list[str]
    floor: str | None  # who of the staff is in the chat
    handed_by: str | None  # who answers for it until the owner accepts it


@dataclass(frozen=True)
class Asked:
    """Help that a colleague waits for."""

    code: str
    goal: str
    commissioner: str
    due_at: datetime
    overdue: bool


@dataclass(frozen=True)
class Rung:
    """An alarm that the person has not yet seen."""

    id: int
    kind: str
    code: str
    subject: str
    spoken: str
    due_at: datetime


@dataclass(frozen=True)
class Low:
    """A low rating, and what the customer said of it."""

    code: str
    stars: int
    text: str
    spoken: str


@dataclass(frozen=True)
class Queue:
    """One of the queues, how many there are in each, and what must be seen first."""

    show: Show | None  # none: what a search found
    counts: dict[Show, int]
    open: list[Entry]
    answered: list[Entry]
    closed: list[Entry]
    asked: list[Asked]
    late: int  # of the queue's own
    alarms: list[Rung]
    more_alarms: int
    low: list[Low]  # ratings that the person, as a lead, is to answer


def queue(
    session: Session, language: Language, person_id: int, show: Show, *, now: datetime
) -> Queue:
    """The tickets of this queue, urgent ones first and then the soonest due."""
    teams = _teams(session, person_id)
    groups = _groups(person_id, teams, now)
    listed = groups.get(show, [])
    both = show in ("mine", "team", "all", "handed")
    opened = first_rows(session, [[*one, Ticket.stage == "open"] for one in listed])
    answered = first_rows(session, [[*one, Ticket.stage == "answered"] for one in listed if both])
    named = _services(session, [*opened, *answered], language)
    alarms, more = _alarms(session, person_id)
    return Queue(
        show=show,
        counts=_counts(session, person_id, groups),
        open=[_entry(one, named, language, now) for one in opened],
        answered=[_entry(one, named, language, now) for one in answered],
        closed=[],
        asked=_asked(session, person_id, now) if show == "help" else [],
        late=sum(_count(session, [*one, *_late(now)]) for one in listed),
        alarms=alarms,
        more_alarms=more,
        low=_low(session, person_id),
    )


def counts(session: Session, person_id: int, *, now: datetime) -> dict[Show, int]:
    """How many wait in each queue."""
    return _counts(session, person_id, _groups(person_id, _teams(session, person_id), now))


def search_result(
    session: Session, language: Language, person_id: int, wanted: str, *, now: datetime
) -> Queue:
    """The tickets that hold what is looked for, the newest first, whatever their stage."""
    ids = search.found(session, wanted)
    rows = session.execute(columns().where(Ticket.id.in_(ids)).order_by(Ticket.id.desc())).all()
    named = _services(session, rows, language)
    entries = [_entry(one, named, language, now) for one in rows]
    return Queue(
        show=None,
        counts=counts(session, person_id, now=now),
        open=[one for one in entries if one.stage == "open"],
        answered=[one for one in entries if one.stage == "answered"],
        closed=[one for one in entries if one.stage == "closed"],
        asked=[],
        late=sum(one.overdue for one in entries),
        alarms=[],
        more_alarms=0,
        low=[],
    )


def _teams(session: Session, person_id: int) -> list[int]:
    """The teams that the person is in or leads."""
    own = select(Member.team_id).where(Member.person_id == person_id)
    wanted = select(Team.id).where(or_(Team.id.in_(own), Team.lead_id == person_id))
    return list(session.scalars(wanted.order_by(Team.id)))


def _late(now: datetime) -> Where:
    # Naming the priorities lets the queue's own index answer without looking at the tickets.
    return (Ticket.priority.in_(PRIORITIES), Ticket.due_at < now)


def _groups(person_id: int, teams: list[int], now: datetime) -> dict[Show, list[Where]]:
    """What each queue holds, in groups that an index keeps in the order of the queue."""
    return {
        "mine": [[Ticket.owner_id == person_id]],
        "team": [[Ticket.team_id == team] for team in teams],
        "all": [[]],
        "late": [_late(now)],
        "handed": [[Ticket.owner_id == person_id, Ticket.handed_by_id.is_not(None)]],
    }


def _counts(session: Session, person_id: int, groups: dict[Show, list[Where]]) -> dict[Show, int]:
    counted = {show: sum(_count(session, one) for one in each) for show, each in groups.items()}
    counted["handed"] += _count(session, groups["handed"][0], "answered")
    asked = select(func.count()).select_from(Subtask).where(*_of_helper(person_id))
    return counted | {"help": session.scalar(asked) or 0}


def _count(session: Session, where: Where, stage: str = "open") -> int:
    counted = select(func.count()).select_from(Ticket).where(Ticket.stage == stage, *where)
    return session.scalar(counted) or 0


def _services(session: Session, rows: Sequence[Row[Any]], language: Language) -> dict[str, str]:
    return names(session, sorted({one.service_id for one in rows if one.service_id}), language)


def _entry(row: Row[Any], named: dict[str, str], language: Language, now: datetime) -> Entry:
    return Entry(
        code=row.code,
        subject=row.subject,
        spoken=spoken_in(row.tags) or row.language,
        stage=row.stage,
        service=named.get(row.service_id or ""),
        language=row.language,
        owner=row.owner,
        due_at=row.due_at,
        overdue=row.stage == "open" and row.due_at < now,
        urgent=row.priority == "urgent",
        tags=tags_in_words(row.tags, language),
        floor=row.floor,
        handed_by=row.handed_by,
    )


def _of_helper(person_id: int) -> Where:
    return (Subtask.helper_id == person_id, Subtask.done_at.is_(None))


def _asked(session: Session, person_id: int, now: datetime) -> list[Asked]:
    rows = session.execute(
        select(Subtask.goal, Subtask.due_at, Ticket.code, Person.name)
        .join(Ticket, Ticket.id == Subtask.ticket_id)
        .join(Person, Person.id == Subtask.commissioner_id)
        .where(*_of_helper(person_id))
        .order_by(Subtask.due_at, Subtask.id)
        .limit(MOST_SHOWN)
    )
    return [
        Asked(row.code, row.goal, row.name, row.due_at, overdue=row.due_at < now) for row in rows
    ]


def _alarms(session: Session, person_id: int) -> tuple[list[Rung], int]:
    """The person's unseen alarms, the oldest first, and how many more there are."""
    unseen = alarms.of(session, person_id)
    first = unseen[:MOST_ALARMS]
    tickets = _tickets(session, [one.ticket_id for one in first])
    rung = [_rung(one, tickets[one.ticket_id]) for one in first]
    return rung, len(unseen) - len(rung)


def _low(session: Session, person_id: int) -> list[Low]:
    found = low_ratings(session, person_id, MOST_ALARMS)
    tickets = _tickets(session, [one.ticket_id or 0 for one in found])
    return [
        Low(tickets[one.ticket_id or 0].code, int(one.data["stars"]), one.text, one.language)
        for one in found
    ]


def _tickets(session: Session, ids: Sequence[int]) -> dict[int, Ticket]:
    return {one.id: one for one in session.scalars(select(Ticket).where(Ticket.id.in_(ids)))}


def _rung(alarm: Alarm, ticket: Ticket) -> Rung:
    return Rung(
        id=alarm.id,
        kind=alarm.kind,
        code=ticket.code,
        subject=ticket.subject,
        spoken=spoken_language(ticket) or ticket.language,
        due_at=alarm.due_at,
    )
