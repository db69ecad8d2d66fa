"""The rasa_sdk action that every turn goes through: independent check, decision, closing."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import choices, facts, instructions, municipality, requests, small_talk, talk
from actions.closing import finish
from actions.find import ANSWER_FROM, find_service
from actions.hand import Decide, Desk, Hand, Heard
from actions.replies import Reply
from actions.searching import asker
from actions.words import TALK, YES_OR_NO
from desk import turns
from desk.models import Conversation, Turn
from desk.outcomes import MOST_CHOICES

DECIDES: dict[str, Decide] = {
    "action_find_service": find_service,
    "action_service_hours": facts.service_hours,
    "action_service_place": facts.service_place,
    "action_service_price": facts.service_price,
    "action_how_to_apply": instructions.how_to_apply,
    "action_what_to_bring": instructions.what_to_bring,
    "action_processing_time": instructions.processing_time,
    "action_call_back": requests.call_back,
    "action_feedback": requests.feedback,
    "action_complaint": requests.complaint,
    "action_invoice": requests.invoice,
    "action_emergency": requests.emergency,
    "action_threat": requests.threat,
    "action_choose_option": choices.choose_option,
    "action_affirm": choices.affirm,
    "action_deny": choices.deny,
    "action_none_of_these": choices.none_of_these,
    "action_hand_over": talk.a_person,
    "action_ticket_status": talk.ticket_status,
    "action_switch_language": talk.switch_language,
    "action_other_language": talk.other_language,
    "action_repeat": talk.repeat,
    "action_start_over": talk.start_over,
    "action_not_a_question": talk.talk("utter_not_a_question"),
    "action_greet": talk.talk("utter_greet"),
    "action_thanks": talk.talk("utter_thanks"),
    "action_goodbye": talk.talk("utter_goodbye"),
    "action_about_desk": talk.talk("utter_about"),
    "action_chitchat": talk.talk("utter_chitchat"),
    "action_abuse": talk.talk("utter_abuse"),
}

# What no intent stands for: the message itself decides.
UNHEARD: dict[str, Decide] = {"municipality_told": municipality.tell_here}

WHOLE_MESSAGE_TALK = ("chitchat", "abuse", "not_a_question")
# Where one of the search's first three is meant as likely as this, nothing is small talk: the
# messages that the gate was fitted on hold no talk about a service ("onko uimahalli kiva paikka").
NEED_FROM = 0.30
VERY_SURE = 0.9
# What needs no search is believed above these; below, a message is searched for as a need, which
# mends a need that was misread and nothing else. So: of what is named so and is that or a need, at
# least 95 % is that (the last columns of `python -m bot.gates`, development messages, needs
# weighing as in life), and never below 0.5. A threat alarms people: 95 % of all that is named so.
# For two, no confidence gives 95 %: a complaint about care is often a need too, and held where the
# needs among them end; an emergency is seen before the bot is asked (112), and here only when it
# is certain.
SURE_FROM = {
    "my_ticket": 0.7,
    "emergency": VERY_SURE,
    "complaint": 0.8,
    "feedback": 0.5,
    "threat": 0.7,
    "call_me_back": 0.5,
    "other_language": 0.5,
    "repeat": 0.7,
    "start_over": 0.5,
}
# Where the search would answer: from here on, by the same measure, fewer than 5 % are needs.
SURE_AGAINST_SEARCH = 0.75


class DeskAction(Action):  # type: ignore[misc]  # rasa_sdk ships no types
    """One action of the domain. It closes the turn that the message names, or changes nothing."""

    def __init__(self, name: str, desk: Desk) -> None:
        self._name = name
        self._desk = desk

    def name(self) -> str:
        return self._name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        heard = Heard.of(tracker.latest_message)
        loop = asyncio.get_running_loop()
        replies = await loop.run_in_executor(self._desk.pool, settle, self._desk, self._name, heard)
        for reply in replies:
            dispatcher.utter_message(text=reply.text)
        return []


def every_action(desk: Desk) -> list[DeskAction]:
    return [DeskAction(name, desk) for name in DECIDES]


def settle(desk: Desk, action: str, heard: Heard) -> tuple[Reply, ...]:
    """Decides the turn and closes it in one transaction; a turn closed already stays as it is.

    Finding comes first, outside the transaction: it takes most of the time, and on SQLite
    writers wait for each other.
    """
    with desk.reading() as session:
        turn = session.get_one(Turn, heard.turn_id)
        who = asker(session.get_one(Conversation, turn.conversation_id))
    finder = desk.finder()
    found = finder.find(turn.text, turn.language, who)
    with desk.writing() as session:
        held = turns.to_decide(session, heard.turn_id)
        if held is None:
            return ()
        conversation = session.get_one(Conversation, held.conversation_id)
        hand = Hand(session, held, conversation, heard, found, desk, desk.now())
        chosen = right_action(hand, action)
        decide = (DECIDES | UNHEARD)[chosen]
        return finish(hand, decide(hand), by=chosen, revision=finder.revision)


def right_action(hand: Hand, action: str) -> str:
    """The action that fits the message itself, checked independently of the classifier."""
    if choices.picked(hand) is not None:
        return "action_choose_option"
    if municipality.told(hand) is not None:
        return "municipality_told"
    return action if _fits(hand, hand.heard.intent) else "action_find_service"


def _fits(hand: Hand, intent: str) -> bool:
    """Whether the message can be of this intent, as far as its words and the search tell."""
    if intent in WHOLE_MESSAGE_TALK:
        return _surely_talk(hand)
    if intent in SURE_FROM:
        return hand.heard.confidence >= _sure_from(hand, intent)
    if intent in YES_OR_NO and _was_asked(hand, intent):
        return True
    if intent not in (*TALK, *YES_OR_NO) or hand.desk.words.only_talk(hand.turn.text, intent):
        return True
    very_sure = hand.heard.confidence >= VERY_SURE and _likely_meant(hand) < NEED_FROM
    return intent == "bot_challenge" and very_sure


def _sure_from(hand: Hand, intent: str) -> float:
    """Where the search would answer, a need told with anger stays a need."""
    best = hand.found.services[:1]
    would_answer = bool(best) and best[0].score >= ANSWER_FROM
    return max(SURE_FROM[intent], SURE_AGAINST_SEARCH) if would_answer else SURE_FROM[intent]


def _was_asked(hand: Hand, intent: str) -> bool:
    """Whether the desk waits for a yes or no; a wish for a contact is only ever declined."""
    pending = hand.pending
    asked = bool(pending.choices) or pending.offered
    return asked or (intent == "deny" and pending.contact_for is not None)


def _surely_talk(hand: Hand) -> bool:
    """A need is never dismissed: where the search has something to ask about, it asks."""
    likely = _likely_meant(hand)
    return likely < NEED_FROM and small_talk.shipped().believes(hand.heard.confidence, likely)


def _likely_meant(hand: Hand) -> float:
    """How likely one of the search's first three is meant, 0 to 1."""
    return sum(one.score for one in hand.found.services[:MOST_CHOICES])
