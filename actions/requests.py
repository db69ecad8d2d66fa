"""Messages that want somebody to act: a call, feedback, a complaint, a bill, danger, a threat."""

from __future__ import annotations

from dataclasses import replace

from actions.calling import has_number, times
from actions.find import find_service
from actions.hand import Decision, Hand
from actions.handover import hand_over
from catalog.personal_data import TOKENS
from desk import tickets
from desk.outcomes import MOST_CHOICES

# A service at least this likely is what the ticket is about. Of the intents' 231 examples of bills,
# 40 were between this and the search's own bound (0.12); one in five was offered the right one.
ABOUT_FROM = 0.3


def call_back(hand: Hand) -> Decision:
    """Somebody calls: the ticket says so, the number is asked for where none was given, and where
    one was, the times to choose from are told."""
    decision = hand_over(
        hand,
        "callback",
        service_id=hand.conversation.topic_id,
        tags=("callback",),
        contact="utter_ask_number",
    )
    ticket = tickets.latest_of(hand.session, hand.conversation)
    if ticket is None or not (has_number(ticket) or TOKENS["PHONE"] in hand.turn.text):
        return decision
    return replace(decision, replies=(*decision.replies, *times(hand, ticket)))


def feedback(hand: Hand) -> Decision:
    """Feedback goes to a person, who answers it (P24)."""
    return _passed_on(hand, "feedback", "utter_feedback")


def complaint(hand: Hand) -> Decision:
    """Who was treated badly is heard by a person, and told what came of it (P23)."""
    return _passed_on(hand, "complaint", "utter_complaint")


def invoice(hand: Hand) -> Decision:
    """The service that the bill is about, where the message tells it; else a person finds out who
    sent it (P25): a bill has a due date, so no open question is asked, nor one among guesses."""
    if sum(one.score for one in hand.found.services[:MOST_CHOICES]) >= ABOUT_FROM:
        return find_service(hand)
    return hand_over(hand, "invoice", tags=("invoice",), lead=("utter_invoice",))


def emergency(hand: Hand) -> Decision:
    """112 first; the matter is taken as well."""
    return hand_over(hand, "danger", lead=("utter_danger",), tags=("danger",))


def threat(hand: Hand) -> Decision:
    """A threat is never dropped: 112 is named, and a person sees it at once (P53)."""
    return hand_over(hand, "threat", lead=("utter_threat",), tags=("threat",))


def _passed_on(hand: Hand, reason: str, lead: str) -> Decision:
    return hand_over(hand, reason, service_id=_about(hand), lead=(lead,), tags=(reason,))


def _about(hand: Hand) -> str | None:
    """The service that the message names, else the one being talked about."""
    best = hand.found.services[:1]
    if best and best[0].score >= ABOUT_FROM:
        return best[0].service_id
    return hand.conversation.topic_id
