"""A life event, told: its services in order, across agencies, each a button."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actions.hand import Decision, Hand
from actions.handover import hand_over
from actions.replies import Reply
from actions.service import responsible_line, tell_service
from catalog.card import names
from catalog.life_events import LifeEvent, Step, life_events
from catalog.models import Service
from catalog.responsible import body_of
from desk.conversations import Pending
from desk.outcomes import Answer, Choice, Clarify

FEWEST = 2  # steps: a chain of one is a service
TAG = "life_event_"  # begins the tag that names the event which a ticket covers


@dataclass(frozen=True)
class _Shown:
    """A step whose service the catalogue holds today."""

    step: Step
    service: Service
    name: str


def tell_event(hand: Hand) -> Decision | None:
    """The steps of the event that the message tells; none where it tells no whole event."""
    key = hand.found.life_event
    event = life_events().get(key) if key is not None else None
    shown = _shown(hand, event) if event is not None else ()
    if key is None or event is None or len(shown) < FEWEST:
        return None
    choices = tuple(Choice(one.name, one.name, one.service.id) for one in shown)
    hand.conversation.topic_id = None
    hand.await_next(Pending(choices=_kept(choices), event=key))
    lines = [_line(hand, number, one) for number, one in enumerate(shown, start=1)]
    replies = (Reply(event.words[hand.language]), Reply("\n".join(lines)), _ask(hand, choices))
    return Decision(Clarify(choices, steps=True), replies)


def tell_step(hand: Hand, service_id: str) -> Decision:
    """The service of one step, and the other steps to go on with."""
    before = hand.pending
    decision = tell_service(hand, service_id)
    if not isinstance(decision.outcome, Answer):
        return decision
    hand.await_next(replace(hand.pending, choices=before.choices, event=before.event))
    others = tuple(
        Choice(str(one["title"]), str(one["title"]), str(one["service_id"]))
        for one in before.choices
        if one["service_id"] != service_id
    )
    on = Reply(hand.say("utter_life_event_on"), (*others, _take(hand)))
    return replace(decision, replies=(*decision.replies, on))


def take_event(hand: Hand) -> Decision:
    """One ticket for the event as a whole, or for the step that was told last."""
    tags = (f"{TAG}{hand.pending.event}",)
    return hand_over(hand, "asked", service_id=hand.pending.offer, tags=tags)


def _shown(hand: Hand, event: LifeEvent) -> tuple[_Shown, ...]:
    ids = [step.service for step in event.steps]
    titles = names(hand.session, ids, hand.language)
    found = ((step, hand.session.get(Service, step.service)) for step in event.steps)
    return tuple(
        _Shown(step, service, titles[service.id])
        for step, service in found
        if service is not None and service.status == "current" and service.id in titles
    )


def _line(hand: Hand, number: int, one: _Shown) -> str:
    area_id = hand.conversation.municipality_id
    body = body_of(hand.session, one.service, area_id, hand.language)
    told = [one.step.told(hand.language)]
    if body.kind != "desk":
        told.append(responsible_line(hand, body.name))
    return hand.say("utter_life_event_step", number=str(number), name=one.name, told=" ".join(told))


def _ask(hand: Hand, choices: tuple[Choice, ...]) -> Reply:
    return Reply(hand.say("utter_life_event_choose"), (*choices, _take(hand)))


def _take(hand: Hand) -> Choice:
    title = hand.say("utter_life_event_take")
    return Choice(title, title)


def _kept(choices: tuple[Choice, ...]) -> tuple[dict[str, str | None], ...]:
    return tuple({"title": one.title, "service_id": one.service_id} for one in choices)
