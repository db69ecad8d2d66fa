"""What the load test found, in words: eval/LOAD.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.load_clients import Asked
from eval.machine import today_here

REPORT = Path(__file__).resolve().parent / "LOAD.md"
WANTED_P99 = 0.5  # seconds
GROWN = 0.1  # of its memory: a process that grew by more than this is not flat


@dataclass(frozen=True)
class Held:
    """One run of questions, and what it took."""

    asked: Asked
    names: list[str]  # of the processes, as are the three lists below
    megabytes_before: list[int]
    megabytes_after: list[int]
    processor: list[float]  # seconds
    clients: float  # share of the machine that the asking itself took, 0 to 1
    others: float  # and everybody else, databases included


@dataclass(frozen=True)
class Load:
    """One way to run the desk: what it holds at most, how it is at half of that, and how it bears
    the pace asked for."""

    name: str
    top: Held
    calm: Held
    pace: Held


def table(loads: Sequence[Load], given: argparse.Namespace) -> str:
    """The whole report."""
    lines = [
        "# The desk under load",
        "",
        f"Written by `make load`. {today_here()}. The whole desk with its real bot, clients and",
        "all, on this one machine; development questions of both languages that a service answers,",
        "each in a conversation of its own, over HTTP.",
        "",
        *_rows(loads, given),
        "",
    ]
    if len(loads) == 2:
        ratio = loads[1].top.asked.per_second / loads[0].top.asked.per_second
        lines += [f"Grown over as it comes: {ratio:.2f} times the turns a second at most.", ""]
    for load in loads:
        lines += [*_processes(load), ""]
    return "\n".join(lines)


def _rows(loads: Sequence[Load], given: argparse.Namespace) -> list[str]:
    minutes = f"{given.minutes:g} min"
    rows = [
        "| desk | asked | turns | turns/s | p50 | p95 | p99 | failures | asking | others |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for load in loads:
        closed = f"{given.clients} clients, {given.top:g} s"
        rows.append(_row(load.name, closed, load.top))
        rows.append(_row(load.name, f"half of that, {given.calm:g} s", load.calm))
        rows.append(_row(load.name, f"{given.rate:g} a second, {minutes}", load.pace))
    return rows


def _row(name: str, asked: str, held: Held) -> str:
    one = held.asked
    times = " | ".join(f"{one.within(share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99))
    counts = f"{len(one.seconds)} | {one.per_second:.1f}"
    shares = f"{held.clients:.0%} | {held.others:.0%}"
    return f"| {name} | {asked} | {counts} | {times} | {_failures(one)} | {shares} |"


def _failures(asked: Asked) -> str:
    told = ", ".join(f"{count} {name}" for name, count in asked.failures.most_common())
    return told or "0"


def _processes(load: Load) -> list[str]:
    """Each process at the pace asked for: processor time a turn, memory before and after."""
    held, turns = load.pace, max(1, len(load.pace.asked.seconds))
    rows = [
        f"At the pace asked for, {load.name}:",
        "",
        "| process | processor time a turn | memory at the start | at the end |",
        "|---|---|---|---|",
    ]
    each = zip(held.names, held.processor, held.megabytes_before, held.megabytes_after, strict=True)
    for name, spent, before, after in each:
        grown = "" if after <= before * (1 + GROWN) else " (grown)"
        rows.append(f"| {name} | {spent / turns * 1000:.1f} ms | {before} MB | {after} MB{grown} |")
    kept = held.asked.within(0.99) <= WANTED_P99 and not held.asked.failures
    rows += [
        "",
        f"p99 within {WANTED_P99 * 1000:.0f} ms and no failure: {'yes' if kept else 'no'}.",
    ]
    return rows
