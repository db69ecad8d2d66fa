"""`luukku eval`: how well the desk finds, on the project's questions; writes eval/RESULTS.md.

Four sets. The development questions were written with the catalogue at hand, the strangers', the
passers' and the blind ones before their writers had seen the catalogue or the customers' phrases.
The fusion is fitted on the first three, the encoder's last layers on the customers' phrases, and
nothing is tuned on the blind ones. The baseline in the same run is character n-grams fused with the
same encoder's vectors, untrained and without the customers' phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from actions.find import ANSWER_FROM, ASK_FROM
from catalog.find import FEATURES, Finder
from catalog.fusion import Fusion
from catalog.lexical import Ngrams
from catalog.search_rows import Rows
from desk.outcomes import MOST_CHOICES
from eval.fit_fusion import any_fusion, catalogue_rows, finder_over, thinned
from eval.questions_data import LANGUAGES, Question, blind, development, passers, strangers

FILE = Path(__file__).parent / "RESULTS.md"
VECTORS_TO_LETTERS = 0.6  # of z-scores, in the baseline
BANDS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.01)
PLOTTED = "blind (nothing tuned on)"

Say = Callable[[str], None]
Ranking = Callable[[Question], list[str]]  # service ids, best first


@dataclass(frozen=True)
class Asked:
    """One question and what the finder made of it."""

    question: Question
    ids: tuple[str, ...]
    scores: tuple[float, ...]
    ms: float

    def right_within(self, count: int) -> bool:
        return bool(set(self.ids[:count]) & set(self.question.expect))

    @property
    def decision(self) -> str:
        if self.scores[0] >= ANSWER_FROM:
            return "answered"
        return "asked" if sum(self.scores[:MOST_CHOICES]) >= ASK_FROM else "handed over"


def write(say: Say) -> int:
    """Measures, writes the report and says the same lines."""
    rows = catalogue_rows()
    say("building the index, with and without the customers' phrases")
    finder, baseline = finder_over(rows, Fusion.shipped()), Baseline.over(rows)
    sets = {
        "development (fitted on)": development(),
        "strangers (fitted on)": strangers(),
        "passers (fitted on)": passers(),
        "blind (nothing tuned on)": blind(),
    }
    asked = {name: [_ask(finder, one) for one in questions] for name, questions in sets.items()}
    lines = [
        "# How well the desk finds",
        "",
        "Written by `luukku eval`; the right one of all services, in per cent of the questions.",
        "Baseline: character n-grams and the tuned vectors, untrained, without customers' phrases.",
        "",
        *_finding(asked, baseline),
        *_kinds(asked),
        *_decisions(asked),
        *_reliability(asked),
        *_speed([one for found in asked.values() for one in found]),
    ]
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    say("\n" + "\n".join(lines))
    return 0


def _ask(finder: Finder, question: Question) -> Asked:
    began = perf_counter()
    found = finder.find(question.text, question.language).services
    took = (perf_counter() - began) * 1000
    return Asked(
        question,
        tuple(one.service_id for one in found),
        tuple(one.score for one in found),
        took,
    )


@dataclass(frozen=True)
class Baseline:
    """What the desk would be without learning and without the customers' words."""

    bare: Finder
    letters: Ngrams

    @classmethod
    def over(cls, rows: Rows) -> Baseline:
        letters = Ngrams(rows.documents("name", "summary", "labels", "description"))
        return cls(finder_over(thinned(rows, 0), any_fusion()), letters)

    def first_five(self, question: Question) -> list[str]:
        features, _ = self.bare.features(question.text, question.language)
        meaning = _standard(features[:, FEATURES.index("vectors_text")])
        total = _standard(self.letters.scores(question.text)) + VECTORS_TO_LETTERS * meaning
        return [self.bare.service_ids[i] for i in np.argsort(-total, kind="stable")[:5]]


def _standard(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    wide = scores.astype(np.float64)
    return np.asarray((wide - wide.mean()) / (wide.std() or 1.0))


def _finding(asked: dict[str, list[Asked]], baseline: Baseline) -> Iterable[str]:
    yield "| questions | language | count | first | of three | of five | baseline first | of five |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, language, some in _each(asked):
        base = [(baseline.first_five(one.question), set(one.question.expect)) for one in some]
        yield (
            f"| {name} | {language} | {len(some)} | {_share(a.right_within(1) for a in some)} "
            f"| {_share(a.right_within(3) for a in some)} "
            f"| {_share(a.right_within(5) for a in some)} "
            f"| {_share(ids[0] in right for ids, right in base)} "
            f"| {_share(bool(set(ids) & right) for ids, right in base)} |"
        )
    yield ""


def _kinds(asked: dict[str, list[Asked]]) -> Iterable[str]:
    yield "First, by the kind of question:"
    yield ""
    yield "| questions | language | kind | count | first | among five |"
    yield "|---|---|---|---|---|---|"
    for name, language, some in _each(asked):
        for kind in sorted({one.question.kind for one in some}):
            these = [one for one in some if one.question.kind == kind]
            yield (
                f"| {name} | {language} | {kind} | {len(these)} "
                f"| {_share(a.right_within(1) for a in these)} "
                f"| {_share(a.right_within(5) for a in these)} |"
            )
    yield ""


def _decisions(asked: dict[str, list[Asked]]) -> Iterable[str]:
    yield "What the desk does (finding alone; intents may lead elsewhere), and how often rightly:"
    yield ""
    yield "| questions | language | answered | rightly | asked | right one offered | handed over |"
    yield "|---|---|---|---|---|---|---|"
    for name, language, some in _each(asked):
        by = {
            decision: [one for one in some if one.decision == decision]
            for decision in ("answered", "asked", "handed over")
        }
        yield (
            f"| {name} | {language} | {_share(a.decision == 'answered' for a in some)} "
            f"| {_share(a.right_within(1) for a in by['answered'])} "
            f"| {_share(a.decision == 'asked' for a in some)} "
            f"| {_share(a.right_within(MOST_CHOICES) for a in by['asked'])} "
            f"| {_share(a.decision == 'handed over' for a in some)} |"
        )
    yield ""


def _reliability(asked: dict[str, list[Asked]]) -> Iterable[str]:
    yield "How sure it says it is of the first one, and how often that is right:"
    yield ""
    yield "| questions | said | count | mean said | right |"
    yield "|---|---|---|---|---|"
    for name, found in asked.items():
        for low, high in pairwise(BANDS):
            some = [one for one in found if low <= one.scores[0] < high]
            if some:
                said = sum(one.scores[0] for one in some) / len(some)
                yield (
                    f"| {name} | {low:.0%} to {min(high, 1):.0%} | {len(some)} | {said:.0%} "
                    f"| {_share(a.right_within(1) for a in some)} |"
                )
    yield ""
    yield from _plot(asked[PLOTTED])


def _plot(found: list[Asked]) -> Iterable[str]:
    """As Markdown draws it: how often right, and where a desk that is as right as it says lies."""
    bands = [[one for one in found if low <= one.scores[0] < high] for low, high in pairwise(BANDS)]
    some = [band for band in bands if band]
    said = [100 * sum(one.scores[0] for one in band) / len(band) for band in some]
    right = [100 * sum(one.right_within(1) for one in band) / len(band) for band in some]
    yield f"{PLOTTED}: bars, how often right; line, how sure it said it was (in bands of sureness)."
    yield ""
    yield "```mermaid"
    yield "xychart-beta"
    yield f"  x-axis [{', '.join(f'"{one:.0f} %"' for one in said)}]"
    yield '  y-axis "%" 0 --> 100'
    yield f"  bar [{', '.join(f'{one:.0f}' for one in right)}]"
    yield f"  line [{', '.join(f'{one:.0f}' for one in said)}]"
    yield "```"
    yield ""


def _speed(asked: Sequence[Asked]) -> Iterable[str]:
    times = sorted(one.ms for one in asked)
    yield (
        f"One question takes {times[len(times) // 2]:.0f} ms in the middle and "
        f"{times[int(len(times) * 0.95)]:.0f} ms at the slow end (95 %), finding alone."
    )


def _each(asked: dict[str, list[Asked]]) -> Iterator[tuple[str, str, list[Asked]]]:
    """Each set in each language: its questions that some service answers."""
    for name, found in asked.items():
        for language in LANGUAGES:
            own = [one for one in found if one.question.language == language]
            yield name, language, [one for one in own if one.question.expect]


def _share(hits: Iterable[bool]) -> str:
    counted = list(hits)
    return f"{sum(counted) / len(counted):.0%}" if counted else "–"
