"""Feedback on accessibility: a ticket with a named owner and the fourteen days of Act 306/2019."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions import fallback
from actions.first_look import keep_contact
from actions.hand import Hand
from actions.handover import say_about
from actions.other_language import other_language_of
from actions.replies import Reply
from actions.searching import endangered
from api.contract import Language, TicketOut
from api.doors import Doors
from api.told import told
from catalog.language import identify
from catalog.personal_data import Contact, contact, mask
from desk import conversations, tickets, turns
from desk.conversations import Place
from desk.errors import MessageIdReused
from desk.models import Ticket, Turn
from desk.outcomes import Handover
from desk.secrets import SECRET_PLACE
from desk.tickets import LANGUAGE, Matter
from desk.turns import Closing

TAG = "accessibility"  # of the ticket, and what its turn is closed by
PAGE = "/accessibility/feedback"
ANSWERED_IN = timedelta(days=14)  # to the day: a weekend at the end gives the desk no more
AGAIN = uuid.UUID("0d2f7a52-5a0a-4c3e-9f0e-3b1f5c6d8e90")  # of message ids made from others


@dataclass(frozen=True)
class Feedback:
    """The form as it came, in the customer's own words."""

    message_id: str
    text: str  # with page and device, each on a line of its own
    contact: Contact | None
    language: Language  # of the page


@dataclass(frozen=True)
class Taken:
    ticket: TicketOut
    legal_due_at: datetime
    warning: str | None  # to be shown before all else: somebody may be in danger


def take(at: Doors, given: Feedback) -> Taken:
    """A ticket for the feedback, committed; for the same form sent again the same ticket.

    A form that was changed after it was sent is a new one, though its id be the old.
    """
    try:
        return _kept(at, given)
    except MessageIdReused:
        made = uuid.uuid5(AGAIN, f"{given.message_id}\0{given.text}").hex
        return _kept(at, Feedback(made, given.text, given.contact, given.language))


def _kept(at: Doors, given: Feedback) -> Taken:
    text = mask(given.text).text
    danger = endangered(at.desk, text, given.language)
    try:
        return _keep(at, given, text, danger)
    except IntegrityError:
        # The same form at the same moment: the first has it.
        return _keep(at, given, text, danger)


def _keep(at: Doors, given: Feedback, text: str, danger: bool) -> Taken:
    """One transaction: what was written, its ticket, and what is said to it."""
    text_hash = at.desk.keys.text_hash(given.text)
    with at.desk.writing() as session:
        turn = turns.known(session, given.message_id, text_hash)
        if turn is None:
            hand = _begun(session, at, given, text, text_hash)
            turn = _settled(hand, given, danger)
        ticket = session.get_one(Ticket, turn.ticket_id)
        out = told(session, at.desk.keys, turn).outcome.ticket
        assert out is not None, "every feedback has its ticket"
        warning = at.desk.replies.say("utter_danger", given.language) if danger else None
        return Taken(out, ticket.legal_due_at or ticket.due_at, warning)


def _begun(session: Session, at: Doors, given: Feedback, text: str, text_hash: str) -> Hand:
    now, language = at.desk.now(), identify(given.text, given.language).language
    conversation = conversations.begin(session, language=language, place=Place(page=PAGE), now=now)
    turn = turns.begin(
        session,
        conversation,
        message_id=given.message_id,
        text=text,
        text_hash=text_hash,
        now=now,
    )
    return fallback.unheard(session, turn, at.desk)


def _settled(hand: Hand, given: Feedback, danger: bool) -> Turn:
    matter = _matter(hand, danger)
    ticket = tickets.take(hand.session, hand.conversation, matter, now=hand.now).ticket
    said = [
        *([hand.say("utter_danger")] if danger else []),
        say_about(hand, "utter_handover", ticket),
        hand.say("utter_handover_code_elsewhere", code=ticket.code, secret=SECRET_PLACE),
    ]
    closing = Closing(Handover(ticket.id), tuple(Reply(one).stored() for one in said), TAG)
    turns.close(hand.session, hand.turn, closing, now=hand.now)
    way = given.contact or contact(given.text)
    if way is not None:
        keep_contact(hand, ticket, way)
    return hand.turn


def _matter(hand: Hand, danger: bool) -> Matter:
    other = other_language_of(hand, danger)
    tags = [TAG, *(["danger"] if danger else []), *([f"{LANGUAGE}{other}"] if other else [])]
    return Matter(
        hand.turn.text,
        "danger" if danger else TAG,
        tags=tuple(tags),
        legal_due_at=hand.now + ANSWERED_IN,
    )
