"""A message in a language that the desk does not speak: a sentence in it, and a person."""

from __future__ import annotations

from dataclasses import replace

from actions.choices import picked
from actions.hand import Decision, Hand
from actions.handover import hand_over
from actions.replies import Reply
from catalog.danger import in_danger
from catalog.language import identify
from catalog.other_languages import only_courtesy
from catalog.personal_data import TOKENS
from desk import tickets
from desk.customers import shown_owner
from desk.models import Ticket
from desk.outcomes import Handover, SmallTalk
from desk.promised import is_late

OURS = ("fi", "sv")


def other_language_of(hand: Hand, danger: bool) -> str | None:
    """The language of the message, where the desk does not speak it; a button is in ours."""
    if picked(hand) is not None:
        return None
    latest = tickets.latest_of(hand.session, hand.conversation)
    spoken = tickets.spoken_language(latest) if latest else None
    other = identify(_words_of(hand), hand.language, spoken=spoken).other
    return _alarming_language(hand) if danger and other is None else other


def _words_of(hand: Hand) -> str:
    """The message without the marks that stand for personal data: they are of no language."""
    text = hand.turn.text
    for mark in TOKENS.values():
        text = text.replace(mark, " ")
    return text


def _alarming_language(hand: Hand) -> str | None:
    """A cry of one word is too little to tell a language by, but not to answer in it."""
    found = in_danger(hand.turn.text, hand.language)
    return found.language if found and found.language not in OURS else None


def in_other_language(hand: Hand, other: str) -> Decision:
    """A person has the matter, told in the customer's language and then in the desk's own."""
    if only_courtesy(_words_of(hand)):
        return Decision(SmallTalk(), (), (hand.desk.replies.in_other("talk", other),))
    return handed_over(hand, other, "other_language")


def handed_over(
    hand: Hand,
    other: str,
    reason: str,
    *,
    first: tuple[str, ...] = (),
    lead: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Decision:
    """`hand_over` with its promise in the other language before it; `first` is said before that."""
    before = tickets.latest_of(hand.session, hand.conversation)
    named = (*tags, f"{tickets.LANGUAGE}{other}")
    decision = hand_over(hand, reason, lead=lead, tags=named)
    ticket = _ticket(hand, decision)
    said = [hand.desk.replies.in_other(name, other) for name in first]
    said += _promise(hand, other, ticket, new=before is None or before.id != ticket.id)
    return replace(decision, first=tuple(said))


def _ticket(hand: Hand, decision: Decision) -> Ticket:
    assert isinstance(decision.outcome, Handover)
    return hand.session.get_one(Ticket, decision.outcome.ticket_id)


def _promise(hand: Hand, other: str, ticket: Ticket, *, new: bool) -> list[Reply]:
    if not new:
        return [added(hand, other, ticket)]
    said = [_about(hand, "taken", other, ticket)]
    if hand.pending.contact_for == ticket.id:
        said.append(hand.desk.replies.in_other("contact", other))
    return said


def added(hand: Hand, other: str, ticket: Ticket) -> Reply:
    """That what was written now belongs to the matter; of a late one no time is told."""
    return _about(hand, "talk" if is_late(ticket, hand.now) else "added", other, ticket)


def _about(hand: Hand, name: str, other: str, ticket: Ticket) -> Reply:
    return hand.desk.replies.in_other(
        name, other, due=ticket.due_at, owner=shown_owner(ticket, hand.language), code=ticket.code
    )
