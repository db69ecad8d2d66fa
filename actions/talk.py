"""Talk that needs no service, the person on request, the customer's own ticket."""

from __future__ import annotations

from dataclasses import replace

from actions.find import ask_open, find_service
from actions.follow_up_words import IN_LANGUAGE
from actions.follow_ups import asked_on, topic_of
from actions.hand import Decide, Decision, Hand
from actions.handover import hand_over, say_about
from actions.instructions import stage_lines
from actions.other_language import OURS, handed_over
from actions.replies import Reply
from actions.service import tell_service, yes_or_no
from catalog.stages import stages_of
from desk import tickets, turns
from desk.conversations import Pending
from desk.customers import shown_owner
from desk.models import Ticket, Turn
from desk.outcomes import MOST_CHOICES, Answer, Choice, Clarify, Handover, Outcome, SmallTalk
from desk.promised import is_late


def talk(reply: str) -> Decide:
    """Small talk that says `reply`; what was asked before stays asked."""

    def decide(hand: Hand) -> Decision:
        return Decision(SmallTalk(), (Reply(hand.say(reply)),))

    return decide


def a_person(hand: Hand) -> Decision:
    """A person on request, for the service being talked about if there is one."""
    return hand_over(hand, "asked", service_id=hand.conversation.topic_id)


def switch_language(hand: Hand) -> Decision:
    """Goes on in the language named; one that the desk does not speak gets a person.

    "Entä ruotsiksi" of a service just told has the service told again.
    """
    named = hand.desk.words.language_named(hand.turn.text)
    if named is None:
        return find_service(hand)
    if named not in OURS:
        return other_language(hand)
    again = topic_of(hand) if asked_on(hand) == IN_LANGUAGE else None
    hand.conversation.language = hand.turn.language = named
    if again is not None:
        told = tell_service(hand, again)
        return replace(told, replies=(Reply(hand.say("utter_told_in_language")), *told.replies))
    return Decision(SmallTalk(), (Reply(hand.say("utter_language_now")),))


def ticket_status(hand: Hand) -> Decision:
    """Where the customer's own matter stands; without one in this talk, the desk asks on."""
    ticket = tickets.latest_of(hand.session, hand.conversation)
    if ticket is None:
        hand.await_next(Pending(offered=True))
        choices = yes_or_no(hand)
        return Decision(Clarify(choices), (Reply(hand.say("utter_ticket_by_code"), choices),))
    if ticket.stage == "open":
        text = say_about(hand, "utter_ticket_status", ticket)
    else:
        stage = hand.say(f"utter_stage_{ticket.stage}")
        owner = shown_owner(ticket, hand.language)
        text = hand.say("utter_ticket_done", code=ticket.code, stage=stage, owner=owner)
    return Decision(Handover(ticket.id), (Reply(text), *_why_it_takes(hand, ticket)))


def _why_it_takes(hand: Hand, ticket: Ticket) -> tuple[Reply, ...]:
    """What a matter of the service goes through, for a customer who asks why theirs takes time."""
    if ticket.service_id is None or not hand.desk.words.follow_ups.asks_why(hand.turn.text):
        return ()
    lines = stage_lines(hand, stages_of(hand.session, ticket.service_id, hand.language))
    return (Reply("\n".join(lines)),) if lines else ()


def other_language(hand: Hand) -> Decision:
    """A person answers in the language asked for, as far as the desk can arrange it."""
    named = hand.desk.words.other_language_named(hand.turn.text) or "und"
    if named in OURS:
        return switch_language(hand)
    lead = ("utter_other_language",)
    if named in hand.desk.replies.others:
        return handed_over(hand, named, "other_language", lead=lead)
    tags = (f"{tickets.LANGUAGE}{named}",)
    return hand_over(hand, "other_language", lead=lead, tags=tags)


def repeat(hand: Hand) -> Decision:
    """What was said last is said again, and the turn ends as that one did."""
    last = turns.before(hand.session, hand.turn)
    if last is None or not last.replies:
        return ask_open(hand, "utter_go_on")
    ticket = hand.session.get(Ticket, last.ticket_id) if last.ticket_id else None
    if ticket is not None and is_late(ticket, hand.now):
        return ticket_status(hand)  # what was said then promises a time that has passed
    return Decision(_ended(last), tuple(Reply.of(kept) for kept in last.replies))


def _ended(turn: Turn) -> Outcome:
    if turn.kind == "handover" and turn.ticket_id is not None:
        return Handover(turn.ticket_id)
    if turn.kind == "answer" and turn.candidates:
        return Answer(str(turn.candidates[0]["id"]))
    asked = [choice for kept in turn.replies for choice in kept.get("choices", ())]
    if turn.kind == "clarify" and asked:
        return Clarify(tuple(Choice(**one) for one in asked[:MOST_CHOICES]))
    return SmallTalk()


def start_over(hand: Hand) -> Decision:
    """What was asked and talked about is forgotten; a matter that the desk has taken stays."""
    hand.conversation.topic_id = None
    hand.await_next(Pending())
    return Decision(SmallTalk(), (Reply(hand.say("utter_start_over")),))
