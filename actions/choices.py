"""The customer answers what the desk asked: one of the choices, none, yes or no."""

from __future__ import annotations

from dataclasses import dataclass

from actions.answering import asked_of, cannot_choose, pointed_at
from actions.asking import ask
from actions.find import ANSWER_FROM, MISSES_BEFORE_TICKET, ask_again, find_service
from actions.hand import Decision, Hand
from actions.handover import hand_over
from actions.life_events import take_event, tell_step
from actions.replies import Reply
from actions.service import tell_service
from actions.words import same_title
from desk.conversations import Pending
from desk.outcomes import SmallTalk


@dataclass(frozen=True)
class Chosen:
    service_id: str


@dataclass(frozen=True)
class NoneOfThese:
    pass


@dataclass(frozen=True)
class TakeIt:
    pass


@dataclass(frozen=True)
class NotNeeded:
    pass


@dataclass(frozen=True)
class ToAPerson:
    pass


@dataclass(frozen=True)
class CannotChoose:
    pass


@dataclass(frozen=True)
class NotThis:
    service_id: str


Picked = Chosen | NotThis | NoneOfThese | CannotChoose | TakeIt | NotNeeded | ToAPerson


def picked(hand: Hand) -> Picked | None:
    """The button that the message is, or the choice that it points at; none when it is neither."""
    text, pending = hand.turn.text, hand.pending
    titles = [str(choice["title"]) for choice in pending.choices]
    named = [str(choice.get("name", choice["title"])) for choice in pending.choices]
    position = same_title(text, titles)
    if position is None and len(set(named)) == len(named):
        position = same_title(text, named)
    if position is None and titles:
        position = hand.desk.words.position(text, len(titles))
    if position is not None:
        return Chosen(pending.choices[position]["service_id"])
    if titles and same_title(text, [hand.say("utter_none_of_these")]) is not None:
        return NoneOfThese()
    if same_title(text, [hand.say("utter_to_a_person")]) is not None:
        return ToAPerson()
    if pending.offered or pending.offer or pending.event:
        return _reply_to_offer(hand)
    return _said_freely(hand)


def _said_freely(hand: Hand) -> Picked | None:
    if cannot_choose(hand):
        return CannotChoose()
    pointed = pointed_at(hand, sure=ANSWER_FROM)
    if pointed is None:
        return None
    return NotThis(pointed.service_id) if pointed.refused else Chosen(pointed.service_id)


def _reply_to_offer(hand: Hand) -> Picked | None:
    if same_title(hand.turn.text, [hand.say("utter_not_needed")]) is not None:
        return NotNeeded()
    takes = same_title(hand.turn.text, [hand.say("utter_take_it")]) is not None
    return TakeIt() if takes or hand.desk.words.asks_to_take_it(hand.turn.text) else None


def choose_option(hand: Hand) -> Decision:
    """Does what was picked; a choice that was never offered is read as a question."""
    match picked(hand):
        case Chosen(service_id=service_id):
            return tell_chosen(hand, service_id)
        case NotThis(service_id=service_id):
            return ask_of_the_rest(hand, service_id)
        case NoneOfThese() | CannotChoose():
            return none_of_these(hand)
        case TakeIt() if hand.pending.event:
            return take_event(hand)
        case TakeIt():
            return hand_over(hand, "asked", service_id=hand.pending.offer)
        case NotNeeded():
            return deny(hand)
        case ToAPerson():
            return hand_over(hand, "asked", service_id=hand.pending.offer)
        case None:
            return find_service(hand)


def tell_chosen(hand: Hand, service_id: str) -> Decision:
    """The service chosen; as a step, where the choices are those of a life event."""
    return tell_step(hand, service_id) if hand.pending.event else tell_service(hand, service_id)


def ask_of_the_rest(hand: Hand, service_id: str) -> Decision:
    """Those that were not refused are asked about once; after that, none of them fits."""
    rest = tuple(one for one in asked_of(hand) if one.service_id != service_id)
    if not rest or hand.pending.misses >= MISSES_BEFORE_TICKET:
        return none_of_these(hand)
    return ask(hand, rest, hand.pending.misses + 1)


def affirm(hand: Hand) -> Decision:
    """Yes to the one service asked about, to the desk's offer, or to going on."""
    pending = hand.pending
    if len(pending.choices) == 1:
        return tell_chosen(hand, str(pending.choices[0]["service_id"]))
    if pending.offered:
        return hand_over(hand, "asked", service_id=pending.offer)
    if pending.event:
        return _go_on(hand, pending.offer) if pending.offer else _first_step(hand)
    if pending.choices:
        return ask_again(hand)
    return _go_on(hand, offer=pending.offer)


def deny(hand: Hand) -> Decision:
    """No to the choices means that none fits; no to an offer, or to more steps, is simply a no."""
    if hand.pending.choices and not hand.pending.event:
        return none_of_these(hand)
    return _go_on(hand)


def none_of_these(hand: Hand) -> Decision:
    """The desk has guessed wrong: it takes the matter, with what was tried."""
    if not hand.pending.choices and not hand.conversation.topic_id:
        return ask_again(hand)
    hand.conversation.topic_id = None
    return hand_over(hand, "none_fits")


def _first_step(hand: Hand) -> Decision:
    return tell_step(hand, str(hand.pending.choices[0]["service_id"]))


def _go_on(hand: Hand, offer: str | None = None) -> Decision:
    """The customer goes on; the service `offer` may still be left to the desk."""
    hand.await_next(Pending(offer=offer))
    return Decision(SmallTalk(), (Reply(hand.say("utter_go_on")),))
