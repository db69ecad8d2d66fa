"""What the whole desk does with each question: bot, search and decision; `make eval-desk`.

Every question goes through a desk of its own that is thrown away (`luukku ask --batch`), as a
conversation of its own. Writes eval/DESK.md.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api import ask
from api.settings import Settings
from eval.machine import today_here
from eval.questions_data import LANGUAGES, Question, blind, development, passers, strangers

FILE = Path(__file__).parent / "DESK.md"
OFFERED = 3  # services that a question of the desk's shows
OUT_OF_SCOPE = {"outside", "out_of_scope"}  # kinds of question that no authority has to do with
SETS = {
    "development (fitted on)": development,
    "strangers (fitted on)": strangers,
    "passers (fitted on)": passers,
    "blind (nothing tuned on)": blind,
}

type Wanted = Callable[[Told], bool]


@dataclass(frozen=True)
class Told:
    """One question and how the desk ended it."""

    question: Question
    outcome: str
    services: tuple[str, ...]

    @property
    def answered(self) -> bool:
        return self.outcome == "answer"

    @property
    def right(self) -> bool:
        return bool(self.services) and self.services[0] in self.question.expect

    @property
    def offered(self) -> bool:
        return bool(set(self.services[:OFFERED]) & set(self.question.expect))


def told(questions: Sequence[Question]) -> list[Told]:
    """Each question as the desk ended it, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.jsonl", Path(folder) / "answered.jsonl"
        asked.write_text("\n".join(_line(one) for one in questions), "utf-8")
        ask.batch(Settings(), asked, answered, print)
        lines = answered.read_text("utf-8").splitlines()
    return [_told(one, json.loads(line)) for one, line in zip(questions, lines, strict=True)]


def _line(one: Question) -> str:
    return json.dumps({"question": one.text, "lang": one.language}, ensure_ascii=False)


def _told(question: Question, line: dict[str, Any]) -> Told:
    return Told(question, line["outcome"], tuple(one["id"] for one in line["services"]))


def report(ended: dict[str, list[Told]]) -> Iterator[str]:
    yield "# What the whole desk does"
    yield ""
    yield f"Written by `make eval-desk`. {today_here()}; in per cent of the questions, each the"
    yield "first message of a conversation, through bot, search and decision."
    yield ""
    yield "Questions that a service answers:"
    yield ""
    heads = ("answered", "rightly", "asked back", "right one offered", "handed over", "small talk")
    yield f"| questions | language | count | {' | '.join(heads)} |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, language, some in _by_language(ended, lambda one: bool(one.question.expect)):
        yield f"| {name} | {language} | {len(some)} | {_covered(some)} |"
    yield ""
    yield "Real needs that no service of the catalogue covers:"
    yield ""
    yield from _uncovered(ended, lambda one: not one.question.expect and not _outside(one))
    yield "Messages that no authority has to do with (weather, music, chit-chat):"
    yield ""
    yield from _uncovered(ended, lambda one: not one.question.expect and _outside(one))


def _outside(one: Told) -> bool:
    return one.question.kind in OUT_OF_SCOPE


def _by_language(
    ended: dict[str, list[Told]], wanted: Wanted
) -> Iterator[tuple[str, str, list[Told]]]:
    for name, every in ended.items():
        for language in LANGUAGES:
            some = [one for one in every if one.question.language == language and wanted(one)]
            if some:
                yield name, language, some


def _covered(some: Sequence[Told]) -> str:
    answered = [one for one in some if one.answered]
    asked = [one for one in some if one.outcome == "clarify"]
    cells = (
        _percent(len(answered), len(some)),
        _percent(sum(one.right for one in answered), len(answered)),
        _percent(len(asked), len(some)),
        _percent(sum(one.offered for one in asked), len(asked)),
        _percent(sum(one.outcome in ("handover", "person") for one in some), len(some)),
        _percent(sum(one.outcome == "smalltalk" for one in some), len(some)),
    )
    return " | ".join(cells)


def _uncovered(ended: dict[str, list[Told]], wanted: Wanted) -> Iterator[str]:
    heads = ("answered with a service", "asked back", "handed over", "small talk")
    yield f"| questions | language | count | {' | '.join(heads)} |"
    yield "|---|---|---|---|---|---|---|"
    outcomes = (("answer",), ("clarify",), ("handover", "person"), ("smalltalk",))
    for name, language, some in _by_language(ended, wanted):
        shares = (sum(one.outcome in each for one in some) for each in outcomes)
        cells = " | ".join(_percent(share, len(some)) for share in shares)
        yield f"| {name} | {language} | {len(some)} | {cells} |"
    yield ""


def _percent(count: int, of: int) -> str:
    return f"{count / of:.0%}" if of else "-"


def main() -> None:
    every = {name: read() for name, read in SETS.items()}
    ended = iter(told([one for questions in every.values() for one in questions]))
    lines = list(
        report({name: [next(ended) for _ in questions] for name, questions in every.items()})
    )
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
