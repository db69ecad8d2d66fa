"""Help with a part of a matter: asked of one colleague, and its result comes back by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.attendance import Attendance
from desk.conversations import happened
from desk.errors import (
    GoalIncomplete,
    HelperAway,
    NotTheHelper,
    ReceiverUnfit,
    ResultMissing,
    SubtaskDone,
    SubtasksOpen,
    TicketClosed,
)
from desk.models import Message, Person, Ticket
from desk.notes import clean
from desk.records import Subtask
from desk.roles import may


@dataclass(frozen=True)
class Goal:
    """What is to be reached, how both see that it is, and by when."""

    goal: str
    done_when: str
    due_at: datetime


def ask(
    session: Session, ticket: Ticket, by: Person, helper: Person, goal: Goal, *, now: datetime
) -> Subtask:
    """One colleague has a part of the matter to do; the matter itself, its owner and its promise
    stay as they are.

    Where the helper is away now or when it is due, who stands in for them is asked. Raises
    TicketClosed, GoalIncomplete (its `part` names what is missing), ReceiverUnfit, HelperAway.
    """
    # Who closes the ticket at once either sees what is asked here, or is seen.
    session.refresh(ticket, with_for_update={"key_share": True})
    if ticket.stage == "closed":
        raise TicketClosed(ticket.code)
    whole = _whole(goal, now)
    there = _there(session, by, helper, goal.due_at, now)
    subtask = Subtask(
        ticket_id=ticket.id,
        commissioner_id=by.id,
        helper_id=there.id,
        goal=whole.goal,
        done_when=whole.done_when,
        due_at=whole.due_at,
        asked_at=now,
    )
    session.add(subtask)
    session.flush()
    _tell(session, subtask, "subtask", by, whole.goal, {"to": there.id}, now)
    return subtask


def _whole(goal: Goal, now: datetime) -> Goal:
    kept = Goal(clean(goal.goal), clean(goal.done_when), goal.due_at)
    for part in ("goal", "done_when"):
        if not getattr(kept, part):
            raise GoalIncomplete(part)
    if kept.due_at <= now:
        raise GoalIncomplete("due_at")
    return kept


def _there(session: Session, by: Person, helper: Person, due_at: datetime, now: datetime) -> Person:
    if helper.id == by.id:
        raise GoalIncomplete("helper")
    if not may(helper, "subtask"):
        raise ReceiverUnfit(helper.name)
    found = Attendance.read(session, now, due_at).stand_in(helper)
    if found is None or found.id == by.id or not may(found, "subtask"):
        raise HelperAway(helper.name)
    return found


def done(
    session: Session, subtask: Subtask, helper: Person, result: str, *, now: datetime
) -> Message:
    """The result stands before the ticket's owner, and nobody has to bring it there.

    The owner is who asked, or who has the matter by now; the line's `data` says to whom it goes.
    Raises NotTheHelper with the helper's name, SubtaskDone, ResultMissing.
    """
    session.refresh(subtask, with_for_update=True)
    if subtask.helper_id != helper.id:
        raise NotTheHelper(subtask.helper.name)
    if subtask.done_at is not None:
        raise SubtaskDone
    told = clean(result)
    if not told:
        raise ResultMissing
    subtask.result, subtask.done_at = told, now
    session.flush()
    to = {"to": subtask.ticket.owner_id}
    return _tell(session, subtask, "subtask_done", helper, told, to, now)


def of(session: Session, person_id: int) -> list[Subtask]:
    """What the person is asked to help with and has not done, the most pressing first."""
    mine = select(Subtask).where(Subtask.helper_id == person_id, Subtask.done_at.is_(None))
    return list(session.scalars(mine.order_by(Subtask.due_at, Subtask.id)))


def on(session: Session, ticket: Ticket) -> list[Subtask]:
    """All the help that was asked for with the matter, oldest first."""
    asked = select(Subtask).where(Subtask.ticket_id == ticket.id)
    return list(session.scalars(asked.order_by(Subtask.id)))


def refuse_open(session: Session, ticket: Ticket) -> None:
    """Raises SubtasksOpen, with how many, while a part of the matter is being worked on."""
    count = session.scalar(
        select(func.count()).where(Subtask.ticket_id == ticket.id, Subtask.done_at.is_(None))
    )
    if count:
        raise SubtasksOpen(count)


def rehome(session: Session, subtask: Subtask, *, why: str, now: datetime) -> bool:
    """A helper who is not there to do it gives way to who stands in, else to the ticket's owner.

    Whether it changed hands: an open subtask of one who is there stays where it is.
    """
    due = max(subtask.due_at, now)
    before = subtask.helper
    found = Attendance.read(session, now, due).stand_in(before)
    to = found if found is not None and may(found, "subtask") else subtask.ticket.owner
    if subtask.done_at is not None or to.id == before.id or not to.active:
        return False
    subtask.helper = to
    session.flush()
    data = {"from": before.id, "to": to.id, "why": why}
    _tell(session, subtask, "subtask", None, subtask.goal, data, now)
    return True


def _tell(
    session: Session,
    subtask: Subtask,
    kind: str,
    person: Person | None,
    text: str,
    data: dict[str, Any],
    now: datetime,
) -> Message:
    known = {"subtask": subtask.id, **data}
    return happened(session, subtask.ticket, kind, now=now, person=person, text=text, data=known)
