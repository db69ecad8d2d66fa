"""How a service is got: how to apply, what to bring, how long it takes, as the catalogue tells."""

from __future__ import annotations

import re

from actions.facts import tell_fact
from actions.hand import Decision, Hand
from actions.service import channel_line, tell_service
from catalog.card import Card

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
WAYS_IN = ("EChannel", "PrintableForm", "ServiceLocation", "Phone")
MOST_SENTENCES = 4  # more is no answer but the whole card


def how_to_apply(hand: Hand) -> Decision:
    """The instructions and the ways in; where the catalogue has neither, the service itself."""
    return tell_fact(hand, _way_in, unknown=tell_service, local=True)


def what_to_bring(hand: Hand) -> Decision:
    return tell_fact(hand, _to_bring, "utter_bring_unknown")


def processing_time(hand: Hand) -> Decision:
    return tell_fact(hand, _time, "utter_time_unknown")


def _way_in(hand: Hand, shown: Card) -> str | None:
    ways = [channel_line(hand, one) for one in shown.channels if one.kind in WAYS_IN]
    lines = [*([shown.instruction] if shown.instruction else []), *ways]
    return hand.say("utter_apply", name=shown.name, ways="\n".join(lines)) if lines else None


def _to_bring(hand: Hand, shown: Card) -> str | None:
    told = _sentences(hand, shown, "what_to_bring")
    return hand.say("utter_bring", name=shown.name, told=told) if told else None


def _time(hand: Hand, shown: Card) -> str | None:
    told = " ".join((_sentences(hand, shown, "processing_time"), *shown.promises)).strip()
    return hand.say("utter_time", name=shown.name, told=told) if told else None


def _sentences(hand: Hand, shown: Card, fact: str) -> str:
    """The sentences of the service's own texts that tell the fact; none when none does."""
    words = hand.desk.words.telling(fact, shown.language)
    texts = (shown.instruction, shown.requirements, shown.description)
    sentences = [one.strip() for text in texts for one in SENTENCE_END.split(text) if one.strip()]
    told = [one for one in sentences if any(word in one.casefold() for word in words)]
    return " ".join(dict.fromkeys(told[:MOST_SENTENCES]))
