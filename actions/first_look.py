"""What is settled before any bot: a person has the floor, danger to life, a contact given, a
language that neither bot nor desk speaks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actions.calling import has_number, time_chosen, times
from actions.closing import finish
from actions.hand import Decision, Hand
from actions.handover import hand_over, say_about
from actions.other_language import added, handed_over, in_other_language, other_language_of
from actions.replies import Reply
from actions.searching import asker, searched
from catalog.personal_data import Contact
from desk import contacts, telling, tickets, turns
from desk.conversations import Pending
from desk.models import Ticket
from desk.outcomes import Handover, WithPerson


@dataclass(frozen=True)
class Given:
    """A way back to the customer found in the raw message, and whether it was all of it."""

    contact: Contact
    alone: bool


def settled_at_once(hand: Hand, given: Given | None, danger: bool) -> bool:
    """Closes the turn here and now where no bot is needed; says whether it did."""
    other = other_language_of(hand, danger)
    if other is not None:
        turns.written_in(hand.session, hand.turn, other)
    if danger or other is not None:
        who = asker(hand.conversation)
        hand = replace(hand, found=searched(hand.desk, hand.turn.text, hand.language, who))
    decision = _decision(hand, given, danger, other)
    if decision is None:
        return False
    finish(hand, decision, by="first_look")
    return True


def _decision(hand: Hand, given: Given | None, danger: bool, other: str | None) -> Decision | None:
    if hand.conversation.floor == "staff":
        return _to_the_person(hand, danger, other)
    if danger:
        return _danger(hand, other)
    chosen = time_chosen(hand)
    if chosen is not None:
        return chosen
    ticket = _waits_for_contact(hand, given)
    if given is not None and ticket is not None:
        if given.alone:
            return _contact_for(hand, ticket, given.contact)
        keep_contact(hand, ticket, given.contact)
    return in_other_language(hand, other) if other is not None else None


def _danger(hand: Hand, other: str | None) -> Decision:
    lead, tags = ("utter_danger",), ("danger",)
    if other is None:
        return hand_over(hand, "danger", lead=lead, tags=tags)
    return handed_over(hand, other, "danger", first=("danger",), lead=lead, tags=tags)


def _waits_for_contact(hand: Hand, given: Given | None) -> Ticket | None:
    """The ticket that a contact was asked for, or the open one that a bare contact must mean."""
    if hand.pending.contact_for is not None:
        return hand.session.get_one(Ticket, hand.pending.contact_for)
    latest = tickets.latest_of(hand.session, hand.conversation)
    open_still = latest is not None and latest.stage == "open"
    return latest if open_still and given is not None and given.alone else None


def _to_the_person(hand: Hand, danger: bool, other: str | None) -> Decision:
    """The bot is silent, whatever is written; only danger to life is still answered with 112."""
    ticket = tickets.latest_of(hand.session, hand.conversation)
    if ticket is not None and ticket.stage != "closed":
        tickets.add_from_customer(hand.session, ticket, now=hand.now)
        hand.turn.ticket_id = ticket.id
    if not danger:
        return Decision(WithPerson(), ())
    first = (hand.desk.replies.in_other("danger", other),) if other is not None else ()
    return Decision(WithPerson(), (Reply(hand.say("utter_danger")),), first)


def _contact_for(hand: Hand, ticket: Ticket, contact: Contact) -> Decision:
    keep_contact(hand, ticket, contact)
    hand.await_next(Pending())
    text = say_about(hand, "utter_contact_kept", ticket)
    spoken = tickets.spoken_language(ticket)
    first = (added(hand, spoken, ticket),) if spoken is not None else ()
    offered = times(hand, ticket) if has_number(ticket) else ()
    return Decision(Handover(ticket.id), (Reply(text), *offered), first)


def keep_contact(hand: Hand, ticket: Ticket, contact: Contact) -> None:
    """The contact goes to the ticket alone, and the customer is told there of what the desk has
    taken; the thread only says that one was given."""
    contacts.take(hand.session, ticket, contact.value, now=hand.now)
    telling.taken(hand.session, ticket, now=hand.now)
