"""Calls back: booked into a slot that has room, changed, cancelled, made or missed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk import callback_slots, contacts
from desk.callback_slots import Slot
from desk.conversations import happened
from desk.door_records import Callback
from desk.errors import CallbackUnknown, NoNumber, SlotTaken, TicketClosed
from desk.models import Person, Team, Ticket

__all__ = ["Slot", "book", "booked", "cancel", "free", "made", "missed"]


def free(session: Session, ticket: Ticket, *, now: datetime, most: int = 3) -> list[Slot]:
    """Up to `most` slots in which the ticket's team can ring this customer, the soonest first and
    the others spread over the half-days after it; none where nobody is there in the coming days."""
    return callback_slots.spread(callback_slots.rooms(session, ticket, now=now), most)


def every(session: Session, ticket: Ticket, *, now: datetime) -> list[Slot]:
    """All slots that have room, the soonest first."""
    return [one.slot for one in callback_slots.rooms(session, ticket, now=now)]


def booked(session: Session, ticket: Ticket) -> Callback | None:
    """The call that this customer waits for; a ticket has one at most."""
    return session.scalars(
        select(Callback)
        .where(Callback.ticket_id == ticket.id, Callback.state == "booked")
        .order_by(Callback.id.desc())
        .limit(1)
    ).first()


def book(session: Session, ticket: Ticket, slot: Slot, *, now: datetime) -> Callback:
    """The customer will be rung in this slot; what they had booked before is theirs no more.

    The same slot again is the same booking. Raises TicketClosed, NoNumber where the ticket has no
    telephone number to ring, and SlotTaken where the slot has no room (any more), with the earlier
    booking as it was.
    """
    if ticket.stage == "closed":
        raise TicketClosed(ticket.code)
    if contacts.number(ticket) is None:
        raise NoNumber(ticket.code)
    _one_at_a_time(session, ticket.team_id)
    before = booked(session, ticket)
    if before is not None and (before.starts_at, before.team_id) == (
        slot.starts_at,
        ticket.team_id,
    ):
        return before
    if slot not in every(session, ticket, now=now):
        raise SlotTaken(slot.starts_at.isoformat())
    callback = _add(session, ticket, slot, now)
    if before is not None:
        _settle(before, "cancelled", now)
    event = "changed" if before is not None else "booked"
    _tell(session, ticket, event, slot.starts_at, now)
    return callback


def cancel(session: Session, callback: Callback, *, now: datetime) -> None:
    """The customer is not rung after all, and the place is free again; a call that was made or
    missed is left as it is."""
    if callback.state != "booked":
        return
    _settle(callback, "cancelled", now)
    _tell(session, callback.ticket, "cancelled", callback.starts_at, now)


def made(session: Session, callback: Callback, person: Person, *, now: datetime) -> None:
    """The customer was reached. Raises CallbackUnknown for a call that is not waited for."""
    _close(session, callback, "made", person, now)


def missed(session: Session, callback: Callback, person: Person, *, now: datetime) -> None:
    """The customer was rung and not reached; the matter stays with its owner, and another time can
    be booked. Raises CallbackUnknown for a call that is not waited for."""
    _close(session, callback, "missed", person, now)


def _close(session: Session, callback: Callback, state: str, person: Person, now: datetime) -> None:
    if callback.state != "booked":
        raise CallbackUnknown(str(callback.id))
    _settle(callback, state, now)
    _tell(session, callback.ticket, state, callback.starts_at, now, person)


def _settle(callback: Callback, state: str, now: datetime) -> None:
    callback.state, callback.settled_at = state, now
    if state == "cancelled":
        callback.place = None


def _one_at_a_time(session: Session, team_id: int) -> None:
    """Two who want the last place of a team are one after the other (SQLite has one writer)."""
    session.execute(select(Team.id).where(Team.id == team_id).with_for_update(key_share=True))


def _add(session: Session, ticket: Ticket, slot: Slot, now: datetime) -> Callback:
    """The booking in the lowest free place. Raises SlotTaken where another has it already."""
    callback = Callback(
        ticket_id=ticket.id,
        team_id=ticket.team_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        place=callback_slots.lowest(callback_slots.places(session, ticket.team_id, slot.starts_at)),
        state="booked",
        booked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(callback)
    except IntegrityError:
        raise SlotTaken(slot.starts_at.isoformat()) from None
    return callback


def _tell(
    session: Session,
    ticket: Ticket,
    event: str,
    at: datetime,
    now: datetime,
    person: Person | None = None,
) -> None:
    """The thread tells the staff; the customer's page shows the booking itself."""
    data = {"event": event, "at": at.isoformat()}
    happened(session, ticket, "callback", now=now, person=person, data=data)
