"""The end of a turn: outcome, replies and ticket, kept in the transaction that decided them."""

from __future__ import annotations

from typing import Any

from actions.hand import Decision, Hand
from actions.replies import Reply
from desk import turns
from desk.outcomes import Answer, Outcome
from desk.turns import Closing


def finish(
    hand: Hand, decision: Decision, *, by: str, revision: int | None = None
) -> tuple[Reply, ...]:
    """Closes the turn with this decision and returns everything that is said."""
    replies = (*_first_words(hand, decision), *decision.replies)
    turns.close(
        hand.session,
        hand.turn,
        Closing(
            outcome=decision.outcome,
            replies=tuple(reply.stored() for reply in replies),
            by=by,
            candidates=_candidates(hand, decision.outcome),
            catalogue_revision=revision,
        ),
        now=hand.now,
    )
    return replies


def _candidates(hand: Hand, outcome: Outcome) -> tuple[dict[str, Any], ...]:
    """What the search found; the service answered with first, where "2" or "its price" named it."""
    found = [{"id": one.service_id, "score": one.score} for one in hand.found.services]
    if not isinstance(outcome, Answer) or [outcome.service_id] == [one["id"] for one in found[:1]]:
        return tuple(found)
    others = [one for one in found if one["id"] != outcome.service_id]
    return ({"id": outcome.service_id, "score": 1.0}, *others)


def _first_words(hand: Hand, decision: Decision) -> tuple[Reply, ...]:
    """At the first turn the customer is told that an automaton answers, and of the way out."""
    says_something = hand.turn.first and decision.replies
    return (Reply(hand.say("utter_automaton")),) if says_something else ()
