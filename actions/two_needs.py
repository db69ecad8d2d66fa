"""Two needs in one message: the surer one is told, and the other asked about at once."""

from __future__ import annotations

from dataclasses import replace

from actions.hand import Decision, Hand
from actions.replies import Reply
from actions.service import tell_service
from catalog.card import names
from catalog.find import Found
from desk.outcomes import Answer, Choice

SURE = 0.5  # a service this likely is the only one shown for its need


def tell_both(hand: Hand) -> Decision:
    """The first need's service, and for the other need its service or the likeliest ones to choose.

    `hand.found.needs` has one need at least; more than two are taken one after the other.
    """
    first, *others = hand.found.needs
    decision = tell_service(hand, first[0].service_id)
    choices = _of(hand, others[0]) if others else ()
    if not choices or not isinstance(decision.outcome, Answer):
        return decision
    kept = tuple({"title": one.title, "service_id": one.service_id} for one in choices)
    hand.await_next(replace(hand.pending, choices=kept))
    return replace(
        decision, replies=(*decision.replies, Reply(hand.say("utter_other_need"), choices))
    )


def _of(hand: Hand, need: tuple[Found, ...]) -> tuple[Choice, ...]:
    shown = need[:1] if need[0].score >= SURE else need
    titles = names(hand.session, [one.service_id for one in shown], hand.language)
    return tuple(
        Choice(titles[one.service_id], titles[one.service_id], one.service_id)
        for one in shown
        if one.service_id in titles
    )
