"""The end of a turn: outcome, replies and ticket, kept in the transaction that decided them."""

from __future__ import annotations

from actions.hand import Decision, Hand
from actions.replies import Reply
from desk import turns
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
            candidates=tuple({"id": f.service_id, "score": f.score} for f in hand.found.services),
            catalogue_revision=revision,
        ),
        now=hand.now,
    )
    return replies


def _first_words(hand: Hand, decision: Decision) -> tuple[Reply, ...]:
    """At the first turn the customer is told that an automaton answers, and of the way out."""
    says_something = hand.turn.first and decision.replies
    return (Reply(hand.say("utter_automaton")),) if says_something else ()
