"""A message that is nothing but a place, while a service is being talked about."""

from __future__ import annotations

from actions.find import find_service
from actions.follow_ups import begins_on, topic_of
from actions.hand import Decision, Hand
from actions.replies import Reply
from actions.service import await_word, card_for, way_on, where_and_who
from catalog.areas import area_names, known_municipality
from catalog.card import Card
from desk import tickets
from desk.outcomes import Answer


def told(hand: Hand) -> str | None:
    """The municipality's area id, where the message tells it and the topic has more to say there.

    A word that is also another ("varkaus") is a town only where the desk has invited to tell one.
    """
    topic = topic_of(hand)
    if topic is None or _belongs_to_ticket(hand, topic):
        return None
    places = hand.desk.finder().places
    codes = places.alone(hand.turn.text)
    area_id = known_municipality(hand.session, codes)
    shown = card_for(hand, topic) if area_id is not None else None
    if shown is None or not (_has_more(shown) or begins_on(hand)):
        return None
    meant = shown.depends_on_place or places.codes(hand.turn.text) == codes
    return area_id if meant else None


def tell_here(hand: Hand) -> Decision:
    """Who answers for the topic in the municipality told, and the ways to get it there."""
    area_id = told(hand)
    if area_id is None:
        return find_service(hand)
    hand.conversation.municipality_id = area_id
    shown = card_for(hand, str(hand.conversation.topic_id))
    if shown is None:
        return find_service(hand)
    await_word(hand, shown)
    place = area_names(hand.session, (area_id,), hand.language)[area_id]
    lines = [hand.say("utter_here", service=shown.name, place=place)]
    lines += where_and_who(hand, shown)
    return Decision(Answer(shown.id), (Reply("\n".join(lines)), way_on(hand, shown)))


def _belongs_to_ticket(hand: Hand, topic: str) -> bool:
    """Whether the desk has taken the topic: then the place is for its owner to know."""
    latest = tickets.latest_of(hand.session, hand.conversation)
    return latest is not None and latest.stage == "open" and latest.service_id == topic


def _has_more(shown: Card) -> bool:
    local = shown.elsewhere or any(shown.channels)
    return shown.status == "current" and bool(shown.responsible or local)
