"""The independent check: what the classifier says is believed only as far as the words allow."""

from __future__ import annotations

import ast

import pytest
import yaml

from actions.desk_action import DECIDES, every_action
from actions.hand import Desk, Heard
from api.settings import PROJECT
from tests.foundation import PlantedFinder, Talk, actions_by_intent, add_service, words

DOMAIN = yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))


@pytest.mark.parametrize("intent", ["greet", "thanks", "goodbye", "bot_challenge"])
@pytest.mark.parametrize(
    "text", ["blurgh", "florps wibble", "koiravero", "moi koiravero", "hundskatt"]
)
def test_rasa_10102_unknown_words_never_become_a_greeting(
    talk: Talk, intent: str, text: str
) -> None:
    told = talk.write(text, intent, confidence=1.0 if intent != "bot_challenge" else 0.8)
    assert told.turn.closed_by == "action_find_service"
    assert told.kind in ("clarify", "handover")


@pytest.mark.parametrize("intent", ["affirm", "deny"])
def test_unknown_words_are_no_yes_and_no_no_when_nothing_was_asked(talk: Talk, intent: str) -> None:
    assert talk.write("florps wibble", intent, confidence=1.0).kind != "smalltalk"


@pytest.mark.parametrize(
    "text", ["moi", "Moikka!", "hei hei", "HYVÄÄ PÄIVÄÄ", "heii", "tjena", "god morgon"]
)
def test_a_greeting_is_a_greeting_also_with_a_slip(talk: Talk, text: str) -> None:
    assert talk.write(text, "greet").kind == "smalltalk"


@pytest.mark.parametrize(
    ("intent", "text"),
    [("thanks", "kiitos ja hyvää viikonloppua!"), ("goodbye", "hei hei ja kiitos")],
)
def test_courtesies_of_two_kinds_in_one_message_are_courtesies(
    talk: Talk, intent: str, text: str
) -> None:
    assert talk.write(text, intent).kind == "smalltalk"


def test_a_need_is_never_dismissed_as_chitchat(talk: Talk, planted: PlantedFinder) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
        add_service(session, "s2")
    planted.plant("uimahalli", ("s1", 0.25), ("s2", 0.2))
    told = talk.write("onko uimahalli kiva paikka", "chitchat", confidence=0.9)
    assert told.kind == "clarify"


def test_a_need_that_names_its_service_is_answered_however_sure_the_classifier_is_of_talk(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("uimahalli", ("s1", 0.9))
    told = talk.write("onko uimahalli kiva paikka", "chitchat", confidence=1.0)
    assert told.kind == "answer"


def test_chitchat_that_the_classifier_doubts_and_the_search_half_knows_is_a_question(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("kuuluu", ("s1", 0.29))
    assert talk.write("mitä kuuluu", "chitchat", confidence=0.2).kind != "smalltalk"


def test_a_button_is_what_it_says_whatever_the_classifier_says(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Kiitos"})
        add_service(session, "s2", texts={"fi": "Moi"})
    planted.plant("x", ("s1", 0.3), ("s2", 0.2))
    talk.write("x")
    assert talk.write("Kiitos", "thanks", 1.0).conversation.topic_id == "s1"


def test_the_words_of_talk_are_read_from_both_languages() -> None:
    assert words().only_talk("moi", "greet")
    assert words().only_talk("hej", "greet")
    assert not words().only_talk("passi", "greet")
    assert not words().only_talk("moi", "an intent of no examples")


def test_every_action_of_the_domain_has_a_decision_and_every_decision_is_in_the_domain() -> None:
    assert set(DECIDES) == set(DOMAIN["actions"])


def test_every_intent_leads_to_exactly_one_of_our_actions() -> None:
    assert set(actions_by_intent()) == set(DOMAIN["intents"])
    assert set(actions_by_intent().values()) == set(DOMAIN["actions"])


def test_every_action_is_on_the_base_that_closes_the_turn(desk: Desk) -> None:
    assert {action.name() for action in every_action(desk)} == set(DECIDES)


def test_a_message_without_its_turn_is_refused_by_name() -> None:
    with pytest.raises(KeyError):
        Heard.of({"intent": {"name": "greet", "confidence": 1.0}, "metadata": {}})
    heard = Heard.of({"metadata": {"turn_id": "7"}, "intent": None})
    assert (heard.turn_id, heard.intent, heard.confidence) == (7, "nlu_fallback", 0.0)


@pytest.mark.parametrize("intent", sorted(actions_by_intent()))
@pytest.mark.parametrize("text", ["moi", "passi", "2", "ei", "🙂"])
def test_every_intent_with_every_kind_of_message_ends_in_an_outcome(
    talk: Talk, planted: PlantedFinder, intent: str, text: str
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi"})
    planted.plant("passi", ("s1", 0.9))
    for told in (talk.write(text, intent), talk.write(text, intent)):
        check_outcome(told)


def check_outcome(told) -> None:  # type: ignore[no-untyped-def]
    """P1: a service with a way on, a question with a way out, an owned ticket, or talk."""
    assert told.turn.state == "closed"
    match told.kind:
        case "answer":
            assert told.turn.candidates or told.conversation.topic_id
        case "clarify":
            assert 1 <= len(told.buttons) <= 4
        case "handover":
            assert told.ticket is not None
            assert told.ticket.owner.active
            assert told.ticket.due_at > told.ticket.opened_at
            assert told.ticket.code in told.said
        case "smalltalk":
            assert told.said
            assert told.ticket is None
        case other:
            raise AssertionError(other)


def test_no_action_module_says_a_sentence_of_its_own() -> None:
    for path in (PROJECT / "actions").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reply" and node.args:
                assert not isinstance(node.args[0], ast.Constant), path
