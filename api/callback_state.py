"""A ticket's call back as its customer sees it, and what they are told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.callback_contract import CallbackOut, SlotOut
from api.contract import Language
from api.page_texts import language_of, local_time, texts
from desk import callback_slots, callback_telling, callbacks, contacts
from desk.callbacks import Slot
from desk.door_records import Callback
from desk.models import Conversation, Ticket

ASKED = "callback"  # the tag of who has asked for a call
SHOWN_DIGITS = 4  # of the number: enough to know one's own by


def callback_state(session: Session, ticket: Ticket, *, now: datetime) -> CallbackOut | None:
    """None for a closed matter without a booking: nobody rings about it."""
    kept = _latest(session, ticket)
    waiting = kept if kept is not None and kept.state == "booked" else None
    if ticket.stage == "closed" and waiting is None:
        return None
    number = contacts.number(ticket)
    rooms = callback_slots.rooms(session, ticket, now=now) if ticket.stage != "closed" else []
    missed = kept if kept is not None and kept.state == "missed" else None
    return CallbackOut(
        booked=_slot(waiting) if waiting else None,
        number=number[-SHOWN_DIGITS:] if number else None,
        asked=ASKED in ticket.tags and kept is None,
        missed_at=missed.settled_at if missed else None,
        offered=[_slot(one) for one in callback_slots.spread(rooms, 3)],
        free=[_slot(one.slot) for one in rooms],
    )


def _latest(session: Session, ticket: Ticket) -> Callback | None:
    """The last that was not cancelled; the booked one before all."""
    return (
        callbacks.booked(session, ticket)
        or session.scalars(
            select(Callback)
            .where(Callback.ticket_id == ticket.id, Callback.state.in_(("made", "missed")))
            .order_by(Callback.id.desc())
            .limit(1)
        ).first()
    )


def _slot(one: Slot | Callback) -> SlotOut:
    return SlotOut(starts_at=one.starts_at, ends_at=one.ends_at)


def line_of(session: Session, name: str) -> Callable[[Callback], str]:
    """Words a line of the customer's chat about a call, in the conversation's language."""

    def told(callback: Callback) -> str:
        language = _language(session, callback.ticket)
        at = local_time(callback.starts_at, language)
        return texts("callbacks", language)[name].format(at=at)

    return told


def late_call(session: Session, *, now: datetime) -> Callable[[Callback], str]:
    """Words the line of a call that is late; who can be reached outside the chat hears of it there
    too."""
    words = line_of(session, "line_late")

    def told(callback: Callback) -> str:
        callback_telling.late(session, callback, now=now)
        return words(callback)

    return told


def _language(session: Session, ticket: Ticket) -> Language:
    return language_of(session.get_one(Conversation, ticket.conversation_id).language, "")
