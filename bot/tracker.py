"""What the bot remembers of a conversation: a few turns, in memory, within bounds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker


class BoundedTrackerStore(TrackerStore):
    """Keeps the newest whole turns of the senders heard last, and forgets the rest.

    Rules look at the latest message alone, and the app keeps the conversation, so forgetting does
    no harm; Rasa's own in-memory store grows for ever and rebuilds every event of a session each
    turn.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        max_senders: int = 5000,
        max_events: int = 24,
        **_: Any,  # Rasa passes host=None too
    ) -> None:
        super().__init__(domain, event_broker)
        self._max_senders = max_senders
        self._max_events = max_events
        self._kept: OrderedDict[str, tuple[Event, ...]] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        self._kept[tracker.sender_id] = newest_turns(list(tracker.events), self._max_events)
        self._kept.move_to_end(tracker.sender_id)
        while len(self._kept) > self._max_senders:
            self._kept.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        events = self._kept.get(sender_id)
        if events is None:
            return None
        return DialogueStateTracker.from_events(sender_id, list(events), self.domain.slots)

    async def keys(self) -> Iterable[str]:
        return list(self._kept)


def newest_turns(events: Sequence[Event], limit: int) -> tuple[Event, ...]:
    """The longest run of whole turns at the end that has at most `limit` events."""
    if len(events) <= limit:
        return tuple(events)
    starts = [place for place, event in enumerate(events) if _waits_for_the_customer(event)]
    fitting = [place for place in starts if len(events) - place <= limit]
    return tuple(events[fitting[0] :]) if fitting else ()


def _waits_for_the_customer(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
