"""Compares the same bot served the stock way and ours: `python -m eval.bench_latency`.

Stock is `rasa run` with its REST channel and the actions under rasa_sdk's own server; ours is what
`luukku run` starts. Both have the same model, actions and catalogue, and are asked the same
questions by eight clients, in alternating rounds, so that whatever else the machine does falls on
both. Every turn counted was closed by an action, and the same question was decided the same way on
both sides; otherwise the run fails. The last line is what to compare between runs and machines.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

import httpx
from sqlalchemy.exc import SQLAlchemyError

from api.database import Database
from api.prepare import NotPrepared, train
from api.settings import Settings
from catalog import encoder
from eval.latency import report
from eval.latency.clients import CLIENTS, Crowd
from eval.latency.doors import NoReply
from eval.latency.processes import NeverAnswered, Started, machine, started
from eval.latency.questions import needs
from eval.latency.report import Weighed
from eval.latency.sides import Side, ours, stock, surroundings
from eval.latency.turns import Known, NotARealTurn, NotTheSameWork, opened
from eval.questions_data import Question

TURNS, ROUNDS = 240, 6
WARM_UP = 3 * CLIENTS  # turns
BEGAN = time.monotonic()

Say = Callable[[str], None]
FAILURES = (NotPrepared, NeverAnswered, NoReply, NotARealTurn, NotTheSameWork)


def main(arguments: Sequence[str] | None = None) -> int:
    """Starts both sides, measures, prints; 0 when every turn counted was a real one."""
    given = _given(arguments)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        print(_measured(given, _say), flush=True)
    except (*FAILURES, httpx.HTTPError, SQLAlchemyError) as error:
        print(f"bench_latency: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m eval.bench_latency")
    reader.add_argument("--turns", type=int, default=TURNS, help="turns counted on each side")
    reader.add_argument("--rounds", type=int, default=ROUNDS, help="rounds they are asked in")
    reader.add_argument(
        "--one-start",
        action="store_true",
        help="start both sides once and at the same time, and tell no start times",
    )
    given = reader.parse_args(arguments)
    if not 0 < given.rounds <= given.turns:
        reader.error("at least one turn a round")
    return given


def _say(line: str) -> None:
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {line}", flush=True)


def _measured(given: argparse.Namespace, say: Say) -> str:
    kept = Settings()
    model = train(kept, say)
    with tempfile.TemporaryDirectory(prefix="luukku-bench-") as name, contextlib.ExitStack() as run:
        folder = Path(name)
        questions = needs(encoder.load(kept.encoder))
        say("loading the catalogue into a database for each side")
        sides = (stock(kept, folder / "stock", model), ours(kept, folder / "ours"))
        if given.one_start:
            weighed = _started_together(sides, questions[0], run, say)
        else:
            weighed = _started_twice(sides, questions[0], run, say)
        crowds = _crowds([one.started for one in weighed], run)
        _warm_up(crowds, questions, say)
        elsewhere = _ask(crowds, questions, given, say)
        for one in weighed:
            one.resident = one.started.resident()
        return report.table(weighed, [one.measured for one in crowds], given.rounds, elsewhere)


def _started_together(
    sides: Sequence[Side], question: Question, run: contextlib.ExitStack, say: Say
) -> list[Weighed]:
    say("starting both sides")
    shell = surroundings()
    running = [run.enter_context(started(side, shell)) for side in sides]
    for one in running:
        _first_answer(one, question)
    return [Weighed(one) for one in running]


def _started_twice(
    sides: Sequence[Side], question: Question, run: contextlib.ExitStack, say: Say
) -> list[Weighed]:
    """Each alone: first without compiled code, then with it; the second start goes on running."""
    first = []
    for side in sides:
        say(f"first start of {side.name}")
        with started(side, surroundings(side.folder / "bytecode")) as one:
            first.append(_first_answer(one, question))
    weighed = []
    for side, seconds in zip(sides, first, strict=True):
        say(f"second start of {side.name}")
        one = run.enter_context(started(side, surroundings(side.folder / "bytecode")))
        weighed.append(Weighed(one, (seconds, _first_answer(one, question))))
    return weighed


def _first_answer(one: Started, question: Question) -> float:
    database = Database(one.side.settings.database)
    try:
        return one.first_answer(lambda: opened(database, one.side.settings, [question])[0])
    finally:
        database.dispose()


def _crowds(running: Sequence[Started], run: contextlib.ExitStack) -> list[Crowd]:
    known = Known()
    crowds = [Crowd(one, door, known) for one in running for door in one.side.doors]
    for crowd in crowds:
        run.callback(crowd.close)
    return crowds


def _warm_up(crowds: Sequence[Crowd], questions: Sequence[Question], say: Say) -> None:
    say("warming up")
    for crowd in crowds:
        crowd.ask(questions[-WARM_UP:], counted=False)


def _ask(
    crowds: Sequence[Crowd], questions: Sequence[Question], given: argparse.Namespace, say: Say
) -> float:
    """Asks them in rounds; the share of the machine that went to other work meanwhile, 0 to 1."""
    turns, rounds = given.turns, given.rounds
    say(f"{turns} turns each in {rounds} rounds")
    asked = list(islice(cycle(questions), turns))
    parts = [asked[n * turns // rounds : (n + 1) * turns // rounds] for n in range(rounds)]
    spent, everything, own = *machine(), time.process_time()
    for number in range(rounds):
        # Whoever goes first may find the machine in another state: that is taken in turns too.
        for crowd in crowds if number % 2 == 0 else reversed(crowds):
            # The app remembers the last questions' vectors: its second door asks them later.
            later = rounds // 2 if crowd.door.opens_turns else 0
            crowd.ask(parts[(number + later) % rounds])
    sides = sum(sum(crowd.measured.processor) for crowd in crowds)
    spent_now, everything_now = machine()
    ours = time.process_time() - own + sides
    return max(0.0, (spent_now - spent - ours) / (everything_now - everything))


if __name__ == "__main__":
    sys.exit(main())
