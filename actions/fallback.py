"""The desk's own way out: when bot, actions or search fail, the customer gets a ticket."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.closing import finish
from actions.first_look import keep_contact
from actions.hand import Desk, Hand, Heard
from actions.handover import hand_over
from actions.searching import asker, searched
from catalog.find import NOTHING_FOUND, Findings
from catalog.personal_data import Contact
from desk import turns
from desk.models import Conversation, Ticket, Turn


def unheard(session: Session, turn: Turn, desk: Desk, found: Findings = NOTHING_FOUND) -> Hand:
    """The turn in hand before, or without, anybody's reading of it."""
    conversation = session.get_one(Conversation, turn.conversation_id)
    heard = Heard(turn.id, "nlu_fallback", 0.0)
    return Hand(session, turn, conversation, heard, found, desk, desk.now())


def take_over(desk: Desk, turn_id: int, reason: str) -> None:
    """Closes a turn that is still open with a ticket; changes nothing when it is closed already."""
    with desk.reading() as session:
        waiting = session.get_one(Turn, turn_id)
        who = asker(session.get_one(Conversation, waiting.conversation_id))
    if waiting.state == "closed":
        return
    found = searched(desk, waiting.text, waiting.language, who)
    with desk.writing() as session:
        turn = turns.to_decide(session, turn_id)
        if turn is None:
            return
        hand = unheard(session, turn, desk, found)
        finish(hand, hand_over(hand, reason), by=reason)


def contact_for_turn(desk: Desk, turn_id: int, contact: Contact) -> None:
    """A contact written in the message itself goes to the ticket that the turn ended in."""
    with desk.writing() as session:
        turn = session.get_one(Turn, turn_id)
        ticket = session.get(Ticket, turn.ticket_id) if turn.ticket_id else None
        if ticket is not None and ticket.contact is None:
            keep_contact(unheard(session, turn, desk), ticket, contact)
