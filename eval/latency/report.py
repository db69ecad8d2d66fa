"""The table of one run: what was measured, and whether the targets are met."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eval.latency.clients import CLIENTS, Measured
from eval.latency.processes import Started

THROUGHPUT = 3.0  # times that of stock, at least
MEDIAN = 0.5  # of stock's, at most


@dataclass
class Weighed:
    """A running side, what its two starts took (seconds) and what its processes hold (MB)."""

    started: Started
    starts: tuple[float, float] | None = None
    resident: Sequence[int] = ()


def table(
    weighed: Sequence[Weighed], measured: Sequence[Measured], rounds: int, elsewhere: float
) -> str:
    """Lines to print; the last one is the ratio of the throughputs, rounded down.

    `elsewhere` is the share of the machine's processor time that neither side nor the clients took.
    """
    stock, ours, *_ = measured
    ratio, medians = ours.per_second / stock.per_second, ours.median / stock.median
    each = [mine / theirs for mine, theirs in zip(ours.rounds, stock.rounds, strict=True)]
    return "\n".join(
        [
            "",
            f"{CLIENTS} clients, {len(stock.times)} turns each in {rounds} rounds; every turn "
            "closed by an action, alike on both sides.",
            f"Processor time and memory: bot + actions. Other work took {elsewhere:.0%} of the "
            "machine's time.",
            "",
            f"{'':28}{'turns/s':>9}{'median':>10}{'p95':>10}{'processor/turn':>18}",
            *(_speed(one) for one in measured),
            "",
            f"{'':28}{'resident':>20}{'first start':>13}{'second start':>14}",
            *(_weight(one) for one in weighed),
            "",
            f"the ratio in the rounds: {_down(min(each))} to {_down(max(each))}",
            _told(f"at least {THROUGHPUT:g}x the throughput", ratio >= THROUGHPUT),
            _told(f"at most {MEDIAN:g} of the median ({medians:.2f})", medians <= MEDIAN),
            f"{_down(ratio)}x throughput",
        ]
    )


def _speed(one: Measured) -> str:
    median, slow = f"{one.median * 1000:.0f} ms", f"{one.p95 * 1000:.0f} ms"
    spent = " + ".join(f"{seconds * 1000:.0f}" for seconds in one.processor_each)
    return f"{one.door:28}{one.per_second:9.1f}{median:>10}{slow:>10}{spent:>15} ms"


def _weight(one: Weighed) -> str:
    first, second = (f"{seconds:.1f} s" for seconds in one.starts) if one.starts else ("–", "–")
    held = " + ".join(str(megabytes) for megabytes in one.resident)
    return f"{one.started.side.name:28}{held:>17} MB{first:>13}{second:>14}"


def _told(target: str, met: bool) -> str:
    return f"{target}: {'met' if met else 'NOT met'}"


def _down(ratio: float) -> str:
    """One decimal, never more than was measured."""
    return f"{math.floor(ratio * 10) / 10:.1f}"
