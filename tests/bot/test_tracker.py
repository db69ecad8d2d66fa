"""The bot's memory stays within its bounds."""

from __future__ import annotations

import asyncio

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker import BoundedTrackerStore, newest_turns

DOMAIN = Domain.from_dict({"intents": ["greet"], "actions": ["action_greet"]})


def _turns(number: int) -> list[Event]:
    listen = ActionExecuted("action_listen")
    turn = [UserUttered("hei", {"name": "greet"}), ActionExecuted("action_greet"), listen]
    return [listen, *turn * number]


def _save(store: BoundedTrackerStore, sender: str, turns: int = 1) -> None:
    tracker = DialogueStateTracker.from_events(sender, _turns(turns), DOMAIN.slots)
    asyncio.run(store.save(tracker))


def test_a_sender_is_remembered() -> None:
    store = BoundedTrackerStore(DOMAIN)
    _save(store, "one")
    kept = asyncio.run(store.retrieve("one"))
    assert kept is not None
    assert list(kept.events) == _turns(1)
    assert kept.latest_action_name == "action_listen"


def test_a_long_conversation_keeps_its_newest_whole_turns() -> None:
    store = BoundedTrackerStore(DOMAIN, max_events=10)
    _save(store, "one", turns=500)
    kept = asyncio.run(store.retrieve("one"))
    assert kept is not None
    assert list(kept.events) == _turns(3)


def test_a_turn_larger_than_the_bound_is_forgotten_but_for_the_waiting() -> None:
    assert newest_turns(_turns(4), 2) == (ActionExecuted("action_listen"),)


def test_the_sender_heard_longest_ago_is_forgotten_first() -> None:
    store = BoundedTrackerStore(DOMAIN, max_senders=2)
    for sender in ("one", "two", "one", "three"):
        _save(store, sender)
    assert asyncio.run(store.keys()) == ["one", "three"]
    assert asyncio.run(store.retrieve("two")) is None
