"""How a message is read: what it is by all that is known, and whether that is believed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from actions.find import ASK_FROM, has_open_ticket
from actions.hand import Hand, Heard
from actions.intents import FACTS, IntentModel, Vector
from actions.words import TALK, YES_OR_NO
from desk.outcomes import MOST_CHOICES

WHOLE_MESSAGE_TALK = ("chitchat", "abuse", "not_a_question")
NEED = "find_service"
# Where one of the search's first three is meant as likely as this, nothing is small talk.
NEED_FROM = 0.30
# All below are probabilities of actions.intents, fitted on messages that no part had learnt.
# A need taken for talk turns a customer away: that costs ten times what talk that is asked about
# costs, so talk of any kind together is believed from here on.
TALK_FROM = 0.9
# An intent is believed when it is likelier than all else together; else the next one is weighed
# against the rest, and a message of no intent that is believed is searched for as a need.
BELIEVED_FROM = 0.5
# These keep a customer with a need from its service, and the last two alarm people. From here on
# at least 95 % of what is named so is that or no need (`python -m eval.fit_intents`); for an
# emergency no probability gives that, and 112 is shown before the bot is asked.
SURE_FROM = {"complaint": 0.8, "emergency": 0.9, "feedback": 0.7, "threat": 0.9}
# After a question of the desk's, and while a service is talked about, what answers or asks on is
# this much likelier than among single messages. An assumption: no conversations are at hand to
# measure it on.
LIKELIER = 3.0


def weighed(hand: Hand, model: IntentModel, vector: Vector) -> Heard:
    """What the message is, where the bot's word is one part, its meaning and the search others."""
    scores = [one.score for one in hand.found.services]
    shares = model.probabilities(hand.heard.named, vector, scores)
    expected = _expected(hand)
    grown = {one: share * (LIKELIER if one in expected else 1) for one, share in shares.items()}
    shares = {one: share / sum(grown.values()) for one, share in grown.items()}
    return Heard(hand.heard.turn_id, *_likeliest(hand, shares), shares)


def _likeliest(hand: Hand, shares: Mapping[str, float]) -> tuple[str, float]:
    """The likeliest intent that is believed, each weighed against what is left; else a need."""
    left = 1.0
    for intent in sorted(shares, key=lambda one: -shares[one]):
        confidence = shares[intent] / left
        if intent == NEED or _believed(hand, intent, confidence, shares):
            return intent, confidence
        left -= shares[intent]
    return NEED, shares[NEED]


def _expected(hand: Hand) -> Collection[str]:
    """The intents that what was said before makes likelier."""
    pending = hand.pending
    taken = ("my_ticket", "thanks") if has_open_ticket(hand) else ()
    if pending.choices:
        return ("choose_option", "none_of_these", *YES_OR_NO)
    if pending.contact_for is not None:
        return (*taken, "deny")
    facts = FACTS if hand.conversation.topic_id is not None else ()
    asked = YES_OR_NO if pending.offered or pending.offer else ()
    return (*taken, *facts, *asked)


def believed(hand: Hand) -> bool:
    """Whether the message can be what it was read as, as far as its words and the search tell."""
    return _believed(hand, hand.heard.intent, hand.heard.confidence, hand.heard.named)


def _believed(hand: Hand, intent: str, confidence: float, shares: Mapping[str, float]) -> bool:
    if hand.found.life_event is not None and intent in (*FACTS, *WHOLE_MESSAGE_TALK):
        return False  # "isä kuoli, mitä teen" asks for the steps, and not how to apply for one
    if intent in YES_OR_NO and _was_asked(hand, intent):
        return True
    if intent in (*TALK, *YES_OR_NO) and hand.desk.words.only_talk(hand.turn.text, intent):
        return True
    if intent == "bot_challenge" and confidence >= BELIEVED_FROM:
        # Who is told what answers here has lost nothing.
        return hand.found.understood and _likely(hand) < NEED_FROM
    if intent in (*WHOLE_MESSAGE_TALK, *TALK):
        return _surely_talk(hand, shares)
    if intent in YES_OR_NO:
        return False
    can_ask = _likely(hand) >= ASK_FROM  # else the need would be handed over just the same
    return confidence >= (SURE_FROM.get(intent, BELIEVED_FROM) if can_ask else BELIEVED_FROM)


def _likely(hand: Hand) -> float:
    """How likely one of the search's first three is meant, 0 to 1."""
    return sum(one.score for one in hand.found.services[:MOST_CHOICES])


def _was_asked(hand: Hand, intent: str) -> bool:
    """Whether the desk waits for a yes or no; a wish for a contact is only ever declined."""
    pending = hand.pending
    asked = bool(pending.choices) or pending.offered
    return asked or (intent == "deny" and pending.contact_for is not None)


def _surely_talk(hand: Hand, shares: Mapping[str, float]) -> bool:
    """A need is never dismissed: where the search has something to ask about, it asks.

    What holds no known word is not understood; letters alone always resemble something
    (RasaHQ/rasa#10102).
    """
    known = hand.found.understood or hand.desk.words.knows_talk(hand.turn.text)
    talk = sum(shares.get(one, 0.0) for one in (*WHOLE_MESSAGE_TALK, *TALK))
    return known and _likely(hand) < NEED_FROM and talk >= TALK_FROM
