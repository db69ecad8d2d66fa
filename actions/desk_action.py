"""The rasa_sdk action that every turn goes through: independent check, decision, closing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import choices, facts, instructions, municipality, requests, talk
from actions.answering import asked_about
from actions.closing import finish
from actions.find import find_service
from actions.follow_ups import asked_on
from actions.hand import Decide, Desk, Hand, Heard
from actions.reading import believed, weighed
from actions.replies import Reply
from actions.searching import asker
from catalog.find import NOTHING_FOUND
from desk import turns
from desk.models import Conversation, Turn

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
        conversation = session.get_one(Conversation, turn.conversation_id)
        who, asked = asker(conversation), asked_about(session, turn, conversation)
    finder = desk.finder()
    found = finder.find(turn.text, turn.language, who)
    both = finder.find(f"{asked} {turn.text}", turn.language, who) if asked else NOTHING_FOUND
    with desk.writing() as session:
        held = turns.to_decide(session, heard.turn_id)
        if held is None:
            return ()
        conversation = session.get_one(Conversation, held.conversation_id)
        hand = Hand(session, held, conversation, heard, found, desk, desk.now(), both)
        if desk.intents is not None:
            hand = replace(hand, heard=weighed(hand, desk.intents, finder.vector(turn.text)))
        chosen = right_action(hand, action)
        decide = (DECIDES | UNHEARD)[chosen]
        return finish(hand, decide(hand), by=chosen, revision=finder.revision)


def right_action(hand: Hand, action: str) -> str:
    """The action that fits the message itself, checked independently of the classifier."""
    if choices.picked(hand) is not None:
        return "action_choose_option"
    if municipality.told(hand) is not None:
        return "municipality_told"
    asked = asked_on(hand)
    if asked is not None:
        return hand.desk.rules[asked]
    if hand.desk.intents is not None:
        action = hand.desk.rules[hand.heard.intent]
    return action if believed(hand) else "action_find_service"
