"""A reply in free words to the desk's question of which service is meant."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from actions.hand import Hand
from actions.pointing import Offered, is_short
from catalog.find import Found
from desk import turns
from desk.conversations import Pending, pending
from desk.models import Conversation, Turn


def asked_about(session: Session, turn: Turn, conversation: Conversation) -> str | None:
    """The text that the desk asked about just before, where this may be a reply to that."""
    if not _asks_which(pending(conversation)) or not is_short(turn.text):
        return None
    before = turns.before(session, turn)
    return before.text if before is not None and before.kind == "clarify" else None


@dataclass(frozen=True)
class PointedAt:
    """The service that a reply means of those asked about, or the one that it refuses."""

    service_id: str
    refused: bool


def pointed_at(hand: Hand, sure: float) -> PointedAt | None:
    """What the reply points at among the services asked about.

    Where the reply says more, and by itself finds another service as surely as `sure`, it is a
    new need.
    """
    if not _asks_which(hand.pending) or _asks_a_fact(hand):
        return None
    offers = asked_of(hand)
    pointed = hand.desk.words.pointing.pointed(hand.turn.text, offers, hand.language)
    if pointed is None or (pointed.more and _finds_another(hand, offers, sure)):
        return None
    return PointedAt(offers[pointed.position].service_id, pointed.refused)


def _asks_a_fact(hand: Hand) -> bool:
    """ "När har ni öppet?" points at no "öppenvård", whatever their common letters."""
    words = hand.desk.words
    asked = words.follow_ups.read(hand.turn.text, words.days[hand.language])
    return asked is not None and not asked.more


def asked_of(hand: Hand) -> tuple[Offered, ...]:
    """The services that the desk has asked about."""
    return tuple(
        Offered(str(one["service_id"]), str(one.get("name", one["title"])), str(one["title"]))
        for one in hand.pending.choices
    )


def cannot_choose(hand: Hand) -> bool:
    """Whether the reply says that the customer does not know which."""
    return _asks_which(hand.pending) and hand.desk.words.pointing.cannot_choose(hand.turn.text)


def is_place(hand: Hand) -> bool:
    """Whether the reply is nothing but a municipality: it tells where, and no need."""
    return bool(hand.desk.finder().places.alone(hand.turn.text))


def together(hand: Hand) -> tuple[Found, ...]:
    """What the question and the reply find together; those that were asked about first."""
    if hand.desk.words.pointing.refuses(hand.turn.text, hand.language):
        return ()  # the search does not read a no: it would find what is not meant
    asked = {one["service_id"] for one in hand.pending.choices}
    return tuple(sorted(hand.together.services, key=lambda one: one.service_id not in asked))


def _asks_which(waits: Pending) -> bool:
    """A life event's steps, and the other need beside an answer, are no such question."""
    return bool(waits.choices) and not waits.event and not waits.offer


def _finds_another(hand: Hand, offers: tuple[Offered, ...], sure: float) -> bool:
    first = hand.found.services[:1]
    asked = {one.service_id for one in offers}
    return any(one.score >= sure and one.service_id not in asked for one in first)
