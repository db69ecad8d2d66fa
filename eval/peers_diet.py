"""Sets the desk beside stock Rasa, one intent per service; run as `python -m eval.peers_diet FILE`.

FILE is what `python -m bot.peer FILE` heard and measured. Writes eval/PEERS_DIET.md.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from catalog.fusion import Fusion
from catalog.search_rows import Rows
from eval import seen
from eval.fit_fusion import catalogue_rows, finder_over
from eval.machine import resident_mb, today_here
from eval.peers import Ranking, table, the_desk
from eval.questions_data import Question

FILE = Path(__file__).parent / "PEERS_DIET.md"
STOCK_EPOCHS = 100  # of Rasa's default pipeline; bot/diet.yml takes a fifth
HOUR = 3600.0


@dataclass(frozen=True)
class Run:
    """One training of the peer."""

    services: int
    phrases: int
    epochs: int
    seconds: float  # of the processor, one core
    peak_mb: float

    @classmethod
    def of(cls, told: dict[str, Any]) -> Run:
        cost = told["training"]
        seconds, peak = cost["cpu_seconds"], cost["peak_mb"]
        return cls(told["services"], told["phrases"], told["epochs"], seconds, peak)


@dataclass(frozen=True)
class Growth:
    """How long a training takes: a start, and for each epoch `a` times phrases to the power `b`."""

    start: float
    a: float
    b: float

    @classmethod
    def through(cls, brief: Run, small: Run, large: Run) -> Growth:
        """By two trainings of the same phrases and one of more; ValueError where they are not."""
        if brief.phrases != small.phrases or large.phrases <= small.phrases:
            raise ValueError("two trainings of the same phrases and one of more are needed")
        epoch = (small.seconds - brief.seconds) / (small.epochs - brief.epochs)
        start = max(0.0, small.seconds - small.epochs * epoch)
        grown = (large.seconds - start) / large.epochs
        b = math.log(grown / epoch) / math.log(large.phrases / small.phrases)
        return cls(start, epoch / small.phrases**b, b)

    def seconds(self, phrases: int, epochs: int) -> float:
        return self.start + epochs * self.a * float(phrases**self.b)


def among(rows: Rows, service_ids: Collection[str]) -> Rows:
    """The catalogue with these services alone."""
    kept = [at for at, one in enumerate(rows.service_ids) if one in service_ids]
    number = {at: new for new, at in enumerate(kept)}
    some = tuple(
        replace(row, service=number[row.service]) for row in rows.rows if row.service in number
    )
    return replace(rows, service_ids=tuple(rows.service_ids[at] for at in kept), rows=some)


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m eval.peers_diet", description=__doc__)
    reader.add_argument("file", type=Path)
    told = json.loads(reader.parse_args().file.read_text("utf-8"))
    lines = list(report(told, catalogue_rows()))
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def report(told: dict[str, Any], rows: Rows) -> Iterator[str]:
    run = Run.of(told["run"])
    finder = finder_over(rows, Fusion.shipped())
    asked = _asked(told)
    held, took = resident_mb(), _milliseconds(the_desk(finder), asked)
    fewer = finder_over(among(rows, told["services"]), Fusion.shipped())
    count = f"{run.services} services"
    rankings = {
        f"stock Rasa, {count}": _named(told),
        f"the desk, the same {count}": the_desk(fewer),
        f"the desk, all {len(rows.service_ids):,}": the_desk(finder),
    }
    yield from _head(told, run)
    yield from table(rankings, asked)
    yield "The desk also reads names, summaries and labels, which the intents do not; its fusion is"
    yield "fitted on all sets but blind, its encoder's last layers are tuned on the phrases, and"
    yield "DIET learns the phrases. Of a hundred questions, a difference below ten points may be"
    yield "chance."
    yield ""
    yield from _costs(told, run, (held, took), seen.measured(seen.phrase_added))
    if told["growth"]:
        yield from _growth(told, run)


def _asked(told: dict[str, Any]) -> dict[str, list[Question]]:
    asked: dict[str, list[Question]] = {}
    for one in told["asked"]:
        question = Question(one["text"], one["language"], tuple(one["expect"]), "")
        asked.setdefault(one["source"], []).append(question)
    return asked


def _named(told: dict[str, Any]) -> Ranking:
    named = {(one["text"], one["language"]): one["named"] for one in told["asked"]}
    return lambda one: named[one.text, one.language]


def _milliseconds(ranking: Ranking, asked: dict[str, list[Question]]) -> float:
    took = []
    for one in (one for questions in asked.values() for one in questions):
        began = perf_counter()
        ranking(one)
        took.append(1000 * (perf_counter() - began))
    return float(median(took))


def _head(told: dict[str, Any], run: Run) -> Iterator[str]:
    everything = f"{told['every_service']:,} services that have phrases, {told['every_phrase']:,}"
    yield "# The desk beside stock Rasa with an intent for each service"
    yield ""
    yield "Written by `make eval-peers-diet`. Stock Rasa 3.6 with its default pipeline and DIET"
    yield "(`bot/diet.yml`), each service an intent and its customers' phrases the examples, both"
    yield f"languages in one model. {today_here()}, one core, shared with other work."
    yield ""
    yield f"**Reduced**, for the time it takes: of {everything} phrases it learnt the"
    yield f"{run.services} services with most, {run.phrases:,} phrases, in {run.epochs} epochs"
    yield f"(Rasa's default: {STOCK_EPOCHS}). Only questions that one of these services answers are"
    yield "asked, on both sides."
    yield ""
    yield "The right one first / among three / among five, in per cent:"
    yield ""


def _costs(
    told: dict[str, Any], run: Run, desk: tuple[float, float], added: seen.Seen
) -> Iterator[str]:
    held, took = desk
    again, found = max(added.built), max(added.found)
    yield f"| | stock Rasa, {run.services} services | the desk, all services |"
    yield "|---|---|---|"
    yield f"| memory, training | {run.peak_mb:,.0f} MB | no training |"
    yield f"| memory, answering | {told['resident_mb']:,.0f} MB | {held:,.0f} MB |"
    yield f"| one question, the middle one | {told['milliseconds']:.0f} ms | {took:.0f} ms |"
    yield (
        f"| one service or phrase added | trained again: {run.seconds:,.0f} s of one core "
        f"| index built again: {again:.0f} s; found {found:.0f} s after, asking goes on |"
    )
    yield ""
    yield "Adding is one row in a loaded database; the running desk sees it, builds its index aside"
    yield "and swaps it. Both as they were with other work on the machine."
    yield ""


def _growth(told: dict[str, Any], run: Run) -> Iterator[str]:
    runs = [*map(Run.of, told["growth"]), run]
    yield "How the training grows:"
    yield ""
    yield "| services | phrases | epochs | processor time | memory |"
    yield "|---|---|---|---|---|"
    for one in runs:
        yield (
            f"| {one.services} | {one.phrases:,} | {one.epochs} | {one.seconds:,.0f} s "
            f"| {one.peak_mb:,.0f} MB |"
        )
    yield ""
    yield from _estimate(runs, told)


def _estimate(runs: Sequence[Run], told: dict[str, Any]) -> Iterator[str]:
    growth, every = Growth.through(runs[0], runs[1], runs[-1]), told["every_phrase"]
    few, many = (growth.seconds(every, n) / HOUR for n in (runs[-1].epochs, STOCK_EPOCHS))
    yield f"An epoch grows with the phrases to the power {growth.b:.1f}. All {every:,} phrases"
    yield f"would take, estimated and not run, {few:.1f} hours of one core at {runs[-1].epochs}"
    yield f"epochs and {many:.0f} at Rasa's default of {STOCK_EPOCHS}."


if __name__ == "__main__":
    main()
