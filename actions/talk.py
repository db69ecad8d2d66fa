"""Talk that needs no service, the person on request, the customer's own ticket."""

from __future__ import annotations

from actions.find import find_service
from actions.hand import Decide, Decision, Hand
from actions.handover import about, hand_over
from actions.replies import Reply
from actions.service import yes_or_no
from desk import tickets
from desk.conversations import Pending
from desk.outcomes import Clarify, Handover, SmallTalk


def talk(reply: str) -> Decide:
    """Small talk that says `reply`; what was asked before stays asked."""

    def decide(hand: Hand) -> Decision:
        return Decision(SmallTalk(), (Reply(hand.say(reply)),))

    return decide


def a_person(hand: Hand) -> Decision:
    """A person on request, for the service being talked about if there is one."""
    return hand_over(hand, "asked", service_id=hand.conversation.topic_id)


def switch_language(hand: Hand) -> Decision:
    """Goes on in the language named; one that the desk does not speak gets a person."""
    named = hand.desk.words.language_named(hand.turn.text)
    if named is None:
        return find_service(hand)
    if named not in ("fi", "sv"):
        return hand_over(hand, "other_language", lead=("utter_other_language",))
    hand.conversation.language = hand.turn.language = named
    return Decision(SmallTalk(), (Reply(hand.say("utter_language_now")),))


def ticket_status(hand: Hand) -> Decision:
    """Where the customer's own matter stands; without one in this talk, the desk asks on."""
    ticket = tickets.latest_of(hand.session, hand.conversation)
    if ticket is None:
        hand.await_next(Pending(offered=True))
        choices = yes_or_no(hand)
        return Decision(Clarify(choices), (Reply(hand.say("utter_ticket_by_code"), choices),))
    stage = hand.say(f"utter_stage_{ticket.stage}")
    if ticket.stage == "open":
        text = hand.say("utter_ticket_status", code=ticket.code, stage=stage, **about(hand, ticket))
    else:
        owner = ticket.owner.name
        text = hand.say("utter_ticket_done", code=ticket.code, stage=stage, owner=owner)
    return Decision(Handover(ticket.id), (Reply(text),))
