"""One fact of a service: its hours, its place, its price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actions.find import ANSWER_FROM, ask_open, ask_which, find_service
from actions.follow_ups import asked_on, topic_of
from actions.hand import Decision, Hand
from actions.hours import hours
from actions.replies import Reply
from actions.service import card_for, channel_line, offer_to_find_out
from actions.words import title_in
from catalog.card import Card, names
from catalog.find import Found
from desk.conversations import Pending
from desk.outcomes import Answer

STILL_MEANT = 0.1  # as likely as this, the service being talked about goes before a likelier one
FACT_FROM = 0.5  # surer than this, and the question is about what it names, not about the topic

Fact = Callable[[Hand, Card], str | None]
Otherwise = Callable[[Hand, str], Decision]  # what is said of a service whose fact is not known


def service_hours(hand: Hand) -> Decision:
    return tell_fact(hand, hours, "utter_hours_unknown", local=True)


def service_place(hand: Hand) -> Decision:
    return tell_fact(hand, _place, "utter_place_unknown", local=True)


def service_price(hand: Hand) -> Decision:
    return tell_fact(hand, _price, "utter_price_unknown")


def tell_fact(hand: Hand, fact: Fact, unknown: str | Otherwise, *, local: bool = False) -> Decision:
    """The fact of the service asked about; `unknown` is how it is said that nobody has told it.

    A `local` fact may be another elsewhere: the customer hears that their municipality would tell.
    """
    service_id = _about(hand)
    if service_id is None:
        return _of_which(hand)
    shown = card_for(hand, service_id)
    if shown is None:
        return find_service(hand)
    text = fact(hand, shown)
    elsewhere = [hand.say("utter_tell_municipality")] if local and shown.elsewhere else []
    if text is None and not isinstance(unknown, str):
        return unknown(hand, service_id)
    if text is None:
        lines = [hand.say(str(unknown), name=shown.name), *elsewhere]
        return offer_to_find_out(hand, service_id, "\n".join(lines))
    hand.await_next(_still_open(hand, service_id))
    hand.conversation.topic_id = service_id
    said = [str(text), *elsewhere, hand.say("utter_desk_also")]
    return Decision(Answer(service_id), tuple(Reply(one) for one in said))


def _still_open(hand: Hand, service_id: str) -> Pending:
    """A fact of the service told leaves the other steps, or the other need, to be chosen."""
    goes_on = service_id == topic_of(hand) and hand.pending.choices
    return replace(hand.pending, offered=False) if goes_on else Pending(offer=service_id)


def _of_which(hand: Hand) -> Decision:
    """The fact is asked of no one service yet: of those just offered, of one found, or of which?"""
    offered = tuple(Found(str(one["service_id"]), 0.0) for one in hand.pending.choices)
    if offered:
        return ask_which(hand, offered)
    return find_service(hand) if hand.found.services else ask_open(hand, "utter_about_what")


def _about(hand: Hand) -> str | None:
    """The service that the question names surely, else the one being talked about, if it is one."""
    best = hand.found.services[:1]
    topic = topic_of(hand)
    if asked_on(hand) is not None:
        return topic
    if any(one.service_id == topic and one.score >= STILL_MEANT for one in hand.found.services):
        return topic
    if best and (best[0].score >= (FACT_FROM if topic else ANSWER_FROM) or _named(hand, best[0])):
        return best[0].service_id
    return topic


def _named(hand: Hand, found: Found) -> bool:
    """Whether the question says the service's own name: "hur söker man bygglov för en bastu"."""
    if found.score < STILL_MEANT:
        return False
    title = names(hand.session, [found.service_id], hand.language).get(found.service_id, "")
    return title_in(hand.turn.text, title)


def _place(hand: Hand, shown: Card) -> str | None:
    doors = [one for one in shown.channels if one.address and one.kind == "ServiceLocation"]
    lines = [channel_line(hand, channel) for channel in doors]
    return hand.say("utter_place", name=shown.name, places="\n".join(lines)) if lines else None


def _price(hand: Hand, shown: Card) -> str | None:
    known = hand.desk.replies.texts.get(f"utter_charge_{shown.charge}")
    price = " – ".join(part for part in (known and known[hand.language], shown.charge_info) if part)
    return hand.say("utter_price", name=shown.name, price=price) if price else None
