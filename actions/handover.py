"""The desk takes the matter: a ticket first, then the promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from actions.hand import Decision, Hand
from actions.replies import Reply, day_and_time
from catalog.fault_place import place_of
from catalog.faults import fault_services
from catalog.personal_data import TOKENS
from desk import callback_slots, tickets
from desk.conversations import Pending
from desk.customers import shown_owner
from desk.models import Ticket, Turn
from desk.outcomes import Handover
from desk.promised import is_late
from desk.secrets import SECRET_PLACE
from desk.tickets import Matter, Taken

MATTERS = ("answer", "clarify", "handover")
# Reasons whose message is a reply or a wish, while the matter itself was told before.
ABOUT_EARLIER = ("asked", "none_fits", "callback")
CONTACTS = (TOKENS["PHONE"], TOKENS["EMAIL"])  # as the masked message shows that one was given
WHEN_LATE = {
    "utter_added": "utter_added_late",
    "utter_contact_kept": "utter_contact_kept_late",
    "utter_ticket_status": "utter_ticket_late",
}


def hand_over(
    hand: Hand,
    reason: str,
    *,
    service_id: str | None = None,
    lead: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    contact: str = "utter_ask_contact",
) -> Decision:
    """A committed ticket with its owner and due time, said in the customer's language.

    `lead` are replies said before it; `contact` is how a way back is asked for, where the
    customer has given none.
    """
    matter = _matter(hand, reason, service_id, tags)
    taken = tickets.take(hand.session, hand.conversation, matter, now=hand.now)
    reachable = taken.ticket.contact is not None or any(one in hand.turn.text for one in CONTACTS)
    hand.await_next(Pending(contact_for=None if reachable else taken.ticket.id))
    ask = () if reachable or not (taken.new or reason == "callback") else (contact,)
    said = [Reply(hand.say(name)) for name in lead] + _promise(hand, taken)
    said += _nobody_there(hand, taken) if reason == "asked" else []
    said += [Reply(hand.say(name)) for name in ask]
    return Decision(Handover(taken.ticket.id), tuple(said))


def _promise(hand: Hand, taken: Taken) -> list[Reply]:
    ticket = taken.ticket
    if not taken.new:
        return [Reply(say_about(hand, "utter_added", ticket))]
    return [
        Reply(say_about(hand, "utter_handover", ticket)),
        Reply(hand.say(_code_told(hand), code=ticket.code, secret=SECRET_PLACE)),
    ]


def _nobody_there(hand: Hand, taken: Taken) -> list[Reply]:
    """Who asks for a person while nobody is there is told when somebody is."""
    at = callback_slots.next_there(hand.session, taken.ticket, now=hand.now)
    if at is None:
        return []
    return [Reply(hand.say("utter_nobody_there", at=day_and_time(at, hand.language)))]


def _code_told(hand: Hand) -> str:
    """To a program's window nothing comes by itself, so no answer is promised there."""
    at_program = hand.conversation.channel == "api"
    return "utter_handover_code_elsewhere" if at_program else "utter_handover_code"


def say_about(hand: Hand, reply: str, ticket: Ticket) -> str:
    """The reply with the matter's code, owner and time; when that time has passed unanswered, the
    reply that says so instead of promising it again."""
    return hand.say(
        WHEN_LATE.get(reply, reply) if is_late(ticket, hand.now) else reply,
        code=ticket.code,
        owner=shown_owner(ticket, hand.language),
        due=day_and_time(ticket.due_at, hand.language),
    )


def _matter(hand: Hand, reason: str, service_id: str | None, tags: tuple[str, ...]) -> Matter:
    """The message itself, or the matter before a plain "a person, please" or "none of these"."""
    subject = hand.turn.text
    tried = [{"id": one.service_id, "score": one.score} for one in hand.found.services]
    earlier = _earlier(hand) if reason in ABOUT_EARLIER else None
    if earlier is not None:
        subject, tried = earlier.text, earlier.candidates
    place = _place(hand, subject, service_id, tried)
    return Matter(subject, reason, service_id, tuple(tried), tags, place=place)


def _place(
    hand: Hand, subject: str, service_id: str | None, tried: Sequence[Mapping[str, Any]]
) -> str | None:
    """Where the fault is, as far as the message tells, where it may be about one."""
    about = service_id or next((str(one["id"]) for one in tried), None)
    return place_of(subject, hand.language) if about in fault_services() else None


def _earlier(hand: Hand) -> Turn | None:
    return hand.session.scalars(
        select(Turn)
        .where(
            Turn.conversation_id == hand.conversation.id,
            Turn.id < hand.turn.id,
            Turn.kind.in_(MATTERS),
        )
        .order_by(Turn.id.desc())
        .limit(1)
    ).first()
