"""When the customer is rung back: times to choose from, and the one that is chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from actions.hand import Decision, Hand
from actions.replies import Reply, day_and_time
from desk import callback_telling, callbacks, contacts
from desk.callbacks import Slot
from desk.conversations import Pending
from desk.errors import NoNumber, SlotTaken, TicketClosed
from desk.models import Ticket
from desk.outcomes import Choice, Handover

TAG = "callback"  # of a matter whose customer has asked for a call
SPOKEN = ("phone", "counter")  # doors that offer times in a way of their own


def times(hand: Hand, ticket: Ticket, ask: str = "utter_call_times") -> tuple[Reply, ...]:
    """The times at which the customer can be rung, as choices; none where there is nothing to
    choose, no number, or a time already."""
    wanted = TAG in ticket.tags and ticket.stage != "closed"
    if not wanted or hand.conversation.channel in SPOKEN:
        return ()
    if callbacks.booked(hand.session, ticket) is not None:
        return ()
    slots = callbacks.free(hand.session, ticket, now=hand.now)
    if not slots:
        return ()
    told = [day_and_time(one.starts_at, hand.language) for one in slots]
    kept = tuple(
        {"title": title, "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()}
        for title, one in zip(told, slots, strict=True)
    )
    hand.await_next(replace(hand.pending, slots=kept, slots_for=ticket.id))
    return (Reply(hand.say(ask), tuple(Choice(title, title) for title in told)),)


def time_chosen(hand: Hand) -> Decision | None:
    """Books the time that the message names of those offered; none where it names none."""
    pending = hand.pending
    ticket = hand.session.get(Ticket, pending.slots_for) if pending.slots_for else None
    slot = _named(hand)
    if ticket is None or slot is None:
        return None
    try:
        call = callbacks.book(hand.session, ticket, slot, now=hand.now)
    except SlotTaken:
        again = times(hand, ticket, "utter_call_taken")
        return Decision(Handover(ticket.id), again or (Reply(hand.say("utter_call_full")),))
    except NoNumber:
        hand.await_next(Pending(contact_for=ticket.id))
        return Decision(Handover(ticket.id), (Reply(hand.say("utter_ask_number")),))
    except TicketClosed:
        return None
    callback_telling.booked(hand.session, call, now=hand.now)
    hand.await_next(Pending())
    at = day_and_time(slot.starts_at, hand.language)
    text = hand.say("utter_call_booked", at=at, code=ticket.code)
    return Decision(Handover(ticket.id), (Reply(text),))


def has_number(ticket: Ticket) -> bool:
    return contacts.number(ticket) is not None


def _named(hand: Hand) -> Slot | None:
    """By its own words alone, or its place in the list: a time that is nearly the same is another
    time."""
    slots = hand.pending.slots
    said = " ".join(hand.turn.text.split()).casefold()
    titles = [str(one["title"]).casefold() for one in slots]
    position = titles.index(said) if said in titles else None
    if position is None and slots:
        position = hand.desk.words.position(hand.turn.text, len(slots))
    if position is None:
        return None
    chosen = slots[position]
    return Slot(*(datetime.fromisoformat(chosen[end]) for end in ("starts_at", "ends_at")))
