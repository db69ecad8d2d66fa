"""The end of a turn: outcome, replies and ticket, kept in the transaction that decided them."""

from __future__ import annotations

from typing import Any

from actions.hand import Decision, Hand
from actions.replies import Reply
from catalog.old_names import OldName, old_names
from desk import turns
from desk.outcomes import Answer, Outcome, SmallTalk
from desk.turns import Closing

MOST_NAMES = 2  # told of in one turn; more would bury the answer


def finish(
    hand: Hand, decision: Decision, *, by: str, revision: int | None = None
) -> tuple[Reply, ...]:
    """Closes the turn with this decision and returns everything that is said."""
    replies = (*decision.first, *_first_words(hand, decision), *decision.replies)
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
    """At the first turn the customer is told that an automaton answers, and of the way out; where
    they used a name of yesterday, what it is today."""
    if not (decision.first or decision.replies):
        return ()
    first = (Reply(hand.say("utter_automaton")),) if hand.turn.first else ()
    return (*first, *_todays_names(hand, decision.outcome))


def _todays_names(hand: Hand, outcome: Outcome) -> tuple[Reply, ...]:
    if isinstance(outcome, SmallTalk):
        return ()
    names = old_names(hand.turn.text, hand.language)[:MOST_NAMES]
    return tuple(Reply(_todays_name(hand, name)) for name in names)


def _todays_name(hand: Hand, name: OldName) -> str:
    if name.since is None:
        return hand.say("utter_old_name_undated", old=name.old, now=name.now)
    day = f"{name.since.day}.{name.since.month}.{name.since.year}"
    return hand.say("utter_old_name", old=name.old, now=name.now, day=day)
