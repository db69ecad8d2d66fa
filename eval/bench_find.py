"""How long finding takes on one core, at the shipped size and larger: `make bench-find`.

    python -m eval.bench_find [--services N ...] [--questions N]

Each size runs in a process of its own, so that the memory is its own; all on one core, with one
thread. Writes eval/SPEED.md. Processor time is told beside the clock's, since the core may be
shared with other work.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from threadpoolctl import threadpool_limits

from api.live_catalogue import POLL
from api.settings import Settings
from catalog import encoder
from catalog.encoder import Encoder
from catalog.find import Finder
from catalog.fusion import Fusion
from catalog.indexes import indexes
from catalog.reach import Reach
from catalog.search_rows import Rows
from catalog.vectors import VectorCache
from eval import seen
from eval.fit_fusion import catalogue_rows
from eval.generated import NoisyVectors, grown
from eval.machine import busy_seconds, peak_mb, resident_mb, today_here
from eval.parts import Part, Timed, parts_of
from eval.questions_data import Question, development, passers, strangers

FILE = Path(__file__).parent / "SPEED.md"
LARGE = 50_000
ASKED = 600
WARM_UP = 20  # questions
PROFILED = 60  # questions
SHIPPED = 0  # stands for the shipped catalogue's own size


@dataclass(frozen=True)
class Took:
    """Milliseconds of one question."""

    clock: float
    processor: float
    encoding: float  # of the clock's


@dataclass(frozen=True)
class Measured:
    services: int
    texts: int
    build_seconds: float  # of processor time; vectors known
    took: tuple[Took, ...]
    parts: tuple[Part, ...]
    resident: float
    peak: float
    elsewhere: float  # processor seconds that others used, for each second of the clock


def questions(count: int) -> list[Question]:
    """So many of the development questions, evenly of all."""
    everything = [*development(), *strangers(), *passers()]
    at = np.linspace(0, len(everything) - 1, min(count, len(everything))).astype(int)
    return [everything[i] for i in at]


def measured(services: int, asked: Sequence[Question]) -> Measured:
    """Everything about one size, measured in this process."""
    settings = Settings()
    with threadpool_limits(1):
        timed = Timed(encoder.load(settings.encoder))
        with TemporaryDirectory() as folder:
            known = VectorCache(settings.data_dir / "vectors.db")
            rows, cache = _catalogue(services, known, Path(folder))
            began = process_time()
            finder = finder_over(rows, cache, timed)
            built = process_time() - began
        texts = len(rows.rows)
        del rows, cache
        for one in asked[:WARM_UP]:
            finder.find(one.text, one.language)
        busy, own, clock = busy_seconds(), process_time(), perf_counter()
        took = tuple(_took(finder, timed, one) for one in asked)
        others = busy_seconds() - busy - (process_time() - own)
        elsewhere = max(0.0, others) / (perf_counter() - clock)
        gc.collect()
        held = resident_mb()
        parts = tuple(parts_of(finder, asked[:PROFILED]))
    count = len(finder.service_ids)
    return Measured(count, texts, built, took, parts, held, peak_mb(), elsewhere)


def _catalogue(services: int, known: VectorCache, folder: Path) -> tuple[Rows, VectorCache]:
    shipped = catalogue_rows()
    if services == SHIPPED:
        return shipped, known
    more = grown(shipped, services)
    return more.rows, NoisyVectors(known, more.origins, folder)


def finder_over(rows: Rows, cache: VectorCache, chosen: Encoder) -> Finder:
    at = indexes(rows, chosen, cache, lambda done, total: None)
    return Finder(rows, at, chosen, 0, Fusion.shipped(), Reach.open_to_all(len(rows.service_ids)))


def _took(finder: Finder, timed: Timed, question: Question) -> Took:
    encoding, began, processor = timed.seconds, perf_counter(), process_time()
    finder.find(question.text, question.language)
    spent, clock = process_time() - processor, perf_counter() - began
    return Took(1000 * clock, 1000 * spent, 1000 * (timed.seconds - encoding))


def report(sizes: Sequence[Measured], changes: dict[str, seen.Seen]) -> Iterator[str]:
    yield "# How fast the desk finds"
    yield ""
    yield f"Written by `make bench-find`. {today_here()}, one core and one thread;"
    yield f"{len(sizes[0].took)} development questions of both languages, finding alone (no bot, no"
    yield "reply). Processor time is what one question costs; the clock's also holds what other"
    yield "work on the machine took meanwhile."
    yield ""
    yield from _times(sizes)
    yield from _memory(sizes)
    if any(one.services != sizes[0].services for one in sizes):
        yield "Services beyond the shipped ones are copies with every third word of each text and"
        yield "phrase taken from another service; their vectors are the real text's with noise,"
        yield "not embedded. They bring no new words, as real ones would: the lists of texts that"
        yield "hold a word are longer than they would be, the vocabulary smaller."
        yield ""
    for one in sizes:
        yield from _parts(one)
    if changes:
        yield from _changes(changes)


def _times(sizes: Sequence[Measured]) -> Iterator[str]:
    yield "| services | one question | median | p99 |"
    yield "|---|---|---|---|"
    for one in sizes:
        rest = [each.clock - each.encoding for each in one.took]
        rows = {
            "processor time": [each.processor for each in one.took],
            "by the clock": [each.clock for each in one.took],
            "of it, encoding": [each.encoding for each in one.took],
            "of it, the rest": rest,
        }
        for name, times in rows.items():
            middle, slow = np.percentile(times, [50, 99])
            yield f"| {one.services:,} | {name} | {middle:.1f} ms | {slow:.1f} ms |"
    yield ""


def _memory(sizes: Sequence[Measured]) -> Iterator[str]:
    yield "| services | texts and phrases | memory held | most held, building | index built in |"
    yield "|---|---|---|---|---|"
    for one in sizes:
        yield (
            f"| {one.services:,} | {one.texts:,} | {one.resident:,.0f} MB | {one.peak:,.0f} MB "
            f"| {one.build_seconds:.0f} s |"
        )
    yield ""
    yield "The index is built with the vectors known, and with the terms kept of the shipped"
    yield "services alone, in processor time of one core."
    for one in sizes:
        yield (
            f"While {one.services:,} services were asked, others used {one.elsewhere:.1f} cores "
            "of the machine."
        )
    yield ""


def _parts(one: Measured) -> Iterator[str]:
    yield f"Where the time goes at {one.services:,} services, on average:"
    yield ""
    yield "| part | ms a question | share |"
    yield "|---|---|---|"
    for part in one.parts:
        yield f"| {part.name} | {part.milliseconds:.1f} | {part.share:.0%} |"
    yield ""


def _changes(changes: dict[str, seen.Seen]) -> Iterator[str]:
    yield "How soon a change in the database is found in a running desk, at the shipped size. The"
    yield f"desk looks every {POLL:g} s whether the catalogue has changed, builds its index anew"
    yield "aside and swaps it; until then it answers from the old one. By the clock, with other"
    yield "work on the machine."
    yield ""
    yield "| change | written in | index built anew in | found after, from before it was written |"
    yield "|---|---|---|---|"
    for name, one in changes.items():
        rounds = ", ".join(f"{each:.1f}" for each in one.found)
        yield (
            f"| {name} | {1000 * max(one.written):.0f} ms | {np.median(one.built):.1f} s "
            f"| {rounds} s |"
        )


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m eval.bench_find", description=__doc__)
    reader.add_argument("--services", type=int, nargs="+", default=[SHIPPED, LARGE])
    reader.add_argument("--questions", type=int, default=ASKED)
    given = reader.parse_args()
    asked = questions(given.questions)
    changes = {
        name: _apart(seen.measured, change)
        for name, change in (
            ("a service's name", seen.renamed),
            ("one more customers' phrase", seen.phrase_added),
        )
    }
    print(changes, flush=True)
    sizes = []
    for count in given.services:
        sizes.append(_apart(measured, count, asked, first=_on_one_core))
        print("\n".join(_times(sizes[-1:])), flush=True)
    lines = list(report(sizes, changes))
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def _apart[T](work: Callable[..., T], *given: object, first: Callable[[], None] | None = None) -> T:
    """The work done in a process of its own, so that the memory measured is its own."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=first) as process:
        return process.submit(work, *given).result()


def _on_one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
