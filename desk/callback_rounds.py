"""No booked call is forgotten: who rings is told when it begins, and the lead when nobody can, or
when it was not made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk import callback_slots, callers, clock
from desk.callback_slots import Slot
from desk.callers import Ringing
from desk.conversations import happened, say
from desk.door_records import Callback
from desk.models import Conversation, Person, Ticket
from desk.records import Alarm

ALARM = "callback"

# What the customer reads, in the conversation's language, of a call that did not come in its time.
type TellLate = Callable[[Callback], str]


def look(session: Session, *, tell: TellLate, now: datetime) -> list[Alarm]:
    """Every alarm that the booked calls want by now; in working hours only.

    When a slot begins, whoever rings is told. Where nobody of the team can make the call, the lead
    is told as soon as that is known. A call that is not made by the end of its slot is before the
    lead, and the customer is told that the desk is late. A booking follows its matter to another
    team where that team has room at that time.
    """
    if not clock.is_working_time(now):
        return []
    waiting = _waiting(session)
    for one in waiting:
        _follow(session, one, now)
    raised: list[Alarm | None] = []
    for told in callers.ringing(session, (one for one in waiting if one.ends_at > now), now=now):
        raised.append(_of_slot(session, told, now))
    raised += [_late(session, one, tell, now) for one in waiting if one.ends_at <= now]
    return [one for one in raised if one is not None]


def _waiting(session: Session) -> Sequence[Callback]:
    return session.scalars(
        select(Callback).where(Callback.state == "booked").order_by(Callback.starts_at, Callback.id)
    ).all()


def _follow(session: Session, callback: Callback, now: datetime) -> None:
    """The team that has the matter makes the call; where it has no room then, the one that
    promised it still does."""
    ticket = callback.ticket
    if callback.team_id == ticket.team_id or callback.starts_at <= now:
        return
    slot = Slot(callback.starts_at, callback.ends_at)
    if slot not in [one.slot for one in callback_slots.rooms(session, ticket, now=now)]:
        return
    taken = callback_slots.places(session, ticket.team_id, slot.starts_at)
    try:
        with session.begin_nested():
            callback.team_id, callback.place = ticket.team_id, callback_slots.lowest(taken)
    except IntegrityError:
        session.refresh(callback)  # another has the place by now: the next look tries again


def _of_slot(session: Session, told: Ringing, now: datetime) -> Alarm | None:
    callback = told.callback
    if told.covered and callback.starts_at > now:
        _take_back(session, callback)
        return None
    event = "ring" if told.covered else "uncovered"
    return _raise(session, callback, told.person, callback.starts_at, event, now)


def _take_back(session: Session, callback: Callback) -> None:
    """What the lead was told is over: somebody can make the call after all."""
    alarm = _alarm(session, callback.ticket, callback.starts_at)
    if alarm is not None:
        session.delete(alarm)
        session.flush()


def _late(session: Session, callback: Callback, tell: TellLate, now: datetime) -> Alarm | None:
    lead = callers.lead(session, callback, now=now)
    alarm = _raise(session, callback, lead, callback.ends_at, "late", now)
    if alarm is not None:
        conversation = session.get_one(Conversation, callback.ticket.conversation_id)
        say(
            session,
            conversation,
            author="desk",
            kind="callback",
            text=tell(callback),
            now=now,
            ticket_id=callback.ticket_id,
        )
    return alarm


def _raise(
    session: Session, callback: Callback, person: Person, at: datetime, event: str, now: datetime
) -> Alarm | None:
    """The alarm; none where it was raised before, in another process too."""
    if _alarm(session, callback.ticket, at) is not None:
        return None
    alarm = Alarm(
        ticket_id=callback.ticket_id, kind=ALARM, due_at=at, person_id=person.id, raised_at=now
    )
    try:
        with session.begin_nested():
            session.add(alarm)
    except IntegrityError:
        return None
    data = {"event": event, "person_id": person.id, "at": callback.starts_at.isoformat()}
    happened(session, callback.ticket, "callback", now=now, data=data)
    return alarm


def _alarm(session: Session, ticket: Ticket, at: datetime) -> Alarm | None:
    return session.scalars(
        select(Alarm).where(Alarm.ticket_id == ticket.id, Alarm.kind == ALARM, Alarm.due_at == at)
    ).first()
