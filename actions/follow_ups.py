"""A question that goes on about the service just told, and is about no other."""

from __future__ import annotations

from actions.find import has_open_ticket
from actions.follow_up_words import IN_LANGUAGE, AskedOn
from actions.hand import Hand

# Where one word more stands beside "entä" and a fact, another service as likely as this is meant.
OTHER_MEANT = 0.3
LONGEST = 120  # characters: who writes more tells a need
# "Ja haluan hakea koulupaikkaa" tells a need; "ja paljonko kortti maksaa" asks on.
TELLS_A_NEED = ("ask_how_to_apply", IN_LANGUAGE)


def topic_of(hand: Hand) -> str | None:
    """The service being talked about; none while the customer chooses among others.

    The steps left of a life event, and another need to come, wait beside a service already told.
    """
    topic = hand.conversation.topic_id
    return None if hand.pending.choices and hand.pending.offer != topic else topic


def asked_on(hand: Hand) -> str | None:
    """The intent of a follow-up, by its words: whatever the search finds for so few of them."""
    topic = topic_of(hand)
    if topic is None or len(hand.turn.text) > LONGEST:
        return None
    words = hand.desk.words
    asked = words.follow_ups.read(_without_places(hand), words.days[hand.language])
    if asked is None or not _stays(hand, asked, topic):
        return None
    if asked.intent == "ask_processing_time" and has_open_ticket(hand):
        return None  # how long the ticket takes, or the service: what was heard decides
    return asked.intent


def begins_on(hand: Hand) -> bool:
    """Whether the message begins as a question that goes on: "entä", "och"."""
    return hand.desk.words.follow_ups.begins_on(hand.turn.text)


def _without_places(hand: Hand) -> str:
    """The text without the municipalities in it: they tell where, and not what."""
    text = hand.turn.text
    for one in reversed(hand.desk.finder().places.find(text)):
        text = f"{text[: one.start]} {text[one.end :]}"
    return text


def _stays(hand: Hand, asked: AskedOn, topic: str) -> bool:
    if not asked.more:
        return True
    if asked.more > 1 or not asked.begun or asked.intent in TELLS_A_NEED:
        return False
    others = [one.score for one in hand.found.services if one.service_id != topic]
    return max(others, default=0.0) < OTHER_MEANT
