"""How a service is got: how to apply, what to bring, how long it takes, as the catalogue tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.facts import tell_fact
from actions.hand import Decision, Hand
from actions.service import channel_line, tell_service
from catalog.card import Card
from catalog.stages import StageCard

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
    """How long it takes in the service's own words, and why: by what stages and waits."""
    told = " ".join((_sentences(hand, shown, "processing_time"), *shown.promises)).strip()
    lines = [*([told] if told else []), *stage_lines(hand, shown.stages)]
    return hand.say("utter_time", name=shown.name, told="\n".join(lines)) if lines else None


def stage_lines(hand: Hand, stages: Sequence[StageCard]) -> list[str]:
    """A line for each stage, after one that says what they are; nothing where none are told."""
    steps = [_stage_line(hand, number, one) for number, one in enumerate(stages, start=1)]
    return [hand.say("utter_stages"), *steps] if steps else []


def _stage_line(hand: Hand, number: int, stage: StageCard) -> str:
    time = f" ({stage.duration})" if stage.duration else ""
    line = hand.say("utter_stage", number=str(number), name=stage.name, time=time, text=stage.text)
    if stage.statutory and stage.source:
        return f"{line} {hand.say('utter_stage_by_law', source=stage.source)}"
    return line


def _sentences(hand: Hand, shown: Card, fact: str) -> str:
    """The sentences of the service's own texts that tell the fact; none when none does."""
    words = hand.desk.words.telling(fact, shown.language)
    texts = (shown.instruction, shown.requirements, shown.description)
    sentences = [one.strip() for text in texts for one in SENTENCE_END.split(text) if one.strip()]
    told = [one for one in sentences if any(word in one.casefold() for word in words)]
    return " ".join(dict.fromkeys(told[:MOST_SENTENCES]))
