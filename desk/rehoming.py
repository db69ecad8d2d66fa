"""Open matters of one who is not there move at once to somebody who is; nothing moves back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from desk import subtasks
from desk.attendance import Attendance
from desk.models import Absence, Person, Team, Ticket
from desk.ownership import Owner
from desk.receiving import due, next_owner
from desk.records import Subtask
from desk.roles import may
from desk.transfers import move

MOST_SWEPT = 100  # at once: nobody else can write meanwhile

# What the customer of this ticket reads, in its conversation's language: who has the matter now.
type TellOf = Callable[[Ticket, Person, Team], str]


def away(session: Session, absence: Absence, *, tell: TellOf, now: datetime) -> list[Ticket]:
    """What the person would have to answer during the absence is somebody's who is there then.

    Open matters that are due in it, or late when it begins, go to the substitute (of substitutes),
    else to the next owner, with the same promise; each customer is told. So does the help that the
    person was to give in it. The tickets that moved come back. Where nobody at all is there, the
    matter stays where it is until `sweep` finds somebody.
    """
    theirs = _open_of(session, Ticket.owner_id == absence.person_id)
    during = [one for one in theirs if absence.starts_at <= due(one, now) < absence.ends_at]
    moved = _rehome(session, during, why="away", tell=tell, now=now)
    asked = subtasks.of(session, absence.person_id)
    _rehome_help((one for one in asked if one.due_at < absence.ends_at), "away", now, session)
    return moved


def left(session: Session, person: Person, *, tell: TellOf, now: datetime) -> list[Ticket]:
    """The person no longer works here, and everything that was theirs and not closed is somebody
    else's; each customer is told. The tickets that moved come back.

    Raises NobodyToOwn where nobody else is: the last one does not leave.
    """
    person.active = False
    session.flush()
    theirs = _unclosed(session, Ticket.owner_id == person.id)
    moved = _rehome(session, theirs, why="left", tell=tell, now=now)
    _rehome_help(subtasks.of(session, person.id), "left", now, session)
    return moved


def sweep(session: Session, *, tell: TellOf, now: datetime) -> list[Ticket]:
    """No matter waits for one who has left, or who will not be back by the time it is due.

    For every now and then: it finds what `away` and `left` could not know, such as an absence that
    was announced before the matter came to its owner. The tickets that moved come back; where there
    are very many, the next sweep moves the rest.
    """
    gone = _unclosed(session, Ticket.owner_id.in_(select(Person.id).where(~Person.active)))
    late = _open_of(session, _away_beyond(Ticket.owner_id, Ticket.due_at, now))
    found = [(one, "left") for one in gone] + [(one, "away") for one in late]
    moved = (one for one, why in found if _moved(session, one, why, tell, now))
    swept = list(islice(moved, MOST_SWEPT))
    _rehome_help(_waiting_help(session, now), "away", now, session)
    return swept


def _rehome(
    session: Session, found: Iterable[Ticket], *, why: str, tell: TellOf, now: datetime
) -> list[Ticket]:
    return [one for one in found if _moved(session, one, why, tell, now)]


def _moved(session: Session, ticket: Ticket, why: str, tell: TellOf, now: datetime) -> bool:
    to = _next(session, ticket, now)
    if to is None:
        return False
    if ticket.handed_by_id == to.person.id:
        ticket.handed_by = None  # nobody answers to themselves
    text = tell(ticket, to.person, to.team)
    move(session, ticket, to, by=None, why=why, text=text, now=now)
    return True


def _next(session: Session, ticket: Ticket, now: datetime) -> Owner | None:
    """Somebody who is there; where nobody is, at least one who has not left."""
    attendance = Attendance.read(session, now, due(ticket, now))
    if attendance.present(ticket.owner):
        return None
    stand_in = attendance.stand_in(ticket.owner)
    if stand_in is not None and may(stand_in, "answer"):
        return Owner(stand_in, ticket.team)
    to = next_owner(session, ticket, service_id=ticket.service_id, now=now)
    there = attendance.present(to.person) or not ticket.owner.active
    return to if there and to.person.id != ticket.owner_id else None


def _rehome_help(found: Iterable[Subtask], why: str, now: datetime, session: Session) -> None:
    for one in found:
        subtasks.rehome(session, one, why=why, now=now)


# --- what waits for one who is not there ---


def _open_of(session: Session, whose: ColumnElement[bool]) -> list[Ticket]:
    """Those that wait for an answer, the most pressing first, held until the transaction ends."""
    return _held(session, and_(Ticket.stage == "open", whose))


def _unclosed(session: Session, whose: ColumnElement[bool]) -> list[Ticket]:
    """An answered matter too: the customer may write on."""
    return _held(session, and_(Ticket.stage.in_(("open", "answered")), whose))


def _held(session: Session, wanted: ColumnElement[bool]) -> list[Ticket]:
    """Held in the order of their ids, so that two at once wait for each other in one direction."""
    held = (
        select(Ticket).where(wanted).order_by(Ticket.id).with_for_update(of=Ticket, key_share=True)
    )
    return list(session.scalars(held.execution_options(populate_existing=True)))


def _away_beyond(
    person_id: InstrumentedAttribute[int],
    due_at: InstrumentedAttribute[datetime],
    now: datetime,
) -> ColumnElement[bool]:
    """Those who are away now are few, and found first: the index leads from them to their work."""
    now_away = (Absence.starts_at <= now, Absence.ends_at > now)
    return and_(
        person_id.in_(select(Absence.person_id).where(*now_away)),
        exists().where(Absence.person_id == person_id, *now_away, Absence.ends_at > due_at),
    )


def _waiting_help(session: Session, now: datetime) -> list[Subtask]:
    left_already = Subtask.helper_id.in_(select(Person.id).where(~Person.active))
    beyond = _away_beyond(Subtask.helper_id, Subtask.due_at, now)
    found = select(Subtask).where(Subtask.done_at.is_(None), or_(left_already, beyond))
    return list(session.scalars(found.order_by(Subtask.id)))
