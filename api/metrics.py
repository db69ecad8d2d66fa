"""What one process counts as it works, in the words of Prometheus; nothing personal is a label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from desk.models import CHANNELS, OUTCOMES

OTHER = "other"  # the label of a value that was not foreseen: a new one must not make a new series
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TURN_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10)
REQUEST_SECONDS = (0.025, 0.1, 0.5, 1, 3, 10)
# By what closed the turn instead of the bot's action.
FAILURES = {
    "bot_slow": "slow",
    "bot_down": "down",
    "bot_wrong": "wrong",
    "bot_no_action": "silent",
    "abandoned": "abandoned",
}
# The actions that look for a service: where one of them ends in a ticket, nothing fitted.
LOOKS = ("action_find_service", "action_none_of_these")


@dataclass(frozen=True)
class TurnEnded:
    """How one message ended: `by` is what closed the turn, an action or a failure."""

    outcome: str
    channel: str
    by: str
    seconds: float


@dataclass(frozen=True)
class RequestEnded:
    """One answered request: `route` is the address as it is declared, never the one asked for."""

    method: str
    route: str
    status: int
    seconds: float
    streamed: bool = False


class Metrics:
    """The counts of one process, in a registry of their own. Each label has few known values."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._turns = Histogram(
            "luukku_turn_seconds",
            "From a customer's message to its outcome.",
            ("outcome", "channel"),
            buckets=TURN_SECONDS,
            registry=self.registry,
        )
        self._failures = Counter(
            "luukku_bot_failures",
            "Turns that ended in a ticket because the bot did not close them.",
            ("reason",),
            registry=self.registry,
        )
        self._fallbacks = Counter(
            "luukku_fallbacks",
            "Turns that ended in a ticket because no service fitted.",
            registry=self.registry,
        )
        self._requests = Counter(
            "luukku_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "luukku_request_seconds",
            "From a request to the end of its answer; event streams are left out.",
            ("route",),
            buckets=REQUEST_SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge(
            "luukku_event_streams", "Event streams that are open.", registry=self.registry
        )
        for reason in FAILURES.values():
            self._failures.labels(reason)  # zero is told too, so that the first one is a rise

    def turn(self, ended: TurnEnded) -> None:
        """Counts one turn, once: a message that is sent again has no new outcome."""
        outcome, channel = _known(ended.outcome, OUTCOMES), _known(ended.channel, CHANNELS)
        self._turns.labels(outcome, channel).observe(ended.seconds)
        if ended.by in FAILURES:
            self._failures.labels(FAILURES[ended.by]).inc()
        if ended.by in LOOKS and ended.outcome == "handover":
            self._fallbacks.inc()

    def abandoned(self, turns: int) -> None:
        """Counts turns that a dead process left, and that ended in a ticket now."""
        self._failures.labels(FAILURES["abandoned"]).inc(turns)

    def request(self, ended: RequestEnded) -> None:
        method = _known(ended.method, METHODS)
        self._requests.labels(method, ended.route, str(ended.status)).inc()
        if not ended.streamed:
            self._seconds.labels(ended.route).observe(ended.seconds)


def _known(value: str, known: Iterable[str]) -> str:
    return value if value in known else OTHER
