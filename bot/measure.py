"""What the bot understands, measured on messages held apart; writes eval/INTENTS.md.

    python -m bot.measure [--diet-share N | --without-diet] [--heard FILE]

Trains the shipped pipeline and, on the same data in the same run, Rasa's own default with DIET;
with --diet-share on fewer needs, and then the shipped pipeline once more on as few.
FILE gets what the shipped pipeline heard, for `python -m eval.desk_intents`, which adds what the
whole desk makes of it. Nothing may be tuned on eval/intents; what is chosen is chosen by
`python -m bot.hearing` and `python -m eval.fit_intents`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.accuracy import (
    Answered,
    accuracy,
    accuracy_of_decisions,
    by_intent,
    calibration_error,
    confusions,
    macro_f1,
)
from bot.folds import every_example, written
from bot.train import ROOT
from bot.training_data import LANGUAGES, SHARE, examples, folded, taught_words
from bot.trial import MEGA, Reading, Training, read, train

FILE = ROOT / "eval" / "INTENTS.md"
HELD_APART = ROOT / "eval" / "intents"
SHIPPED = ROOT / "config.yml"
DIET = ROOT / "bot" / "diet.yml"
SELDOM = 1  # confusions this rare share one paragraph


@dataclass(frozen=True)
class Asked:
    language: str
    meant: str
    text: str


@dataclass(frozen=True)
class Tried:
    """A pipeline, and every which of the customers' words it learns."""

    name: str
    config: Path
    share: int


@dataclass(frozen=True)
class Measured:
    tried: Tried
    training: Training
    reading: Reading
    answered: tuple[Answered, ...]

    @property
    def name(self) -> str:
        return self.tried.name

    def of(self, language: str) -> list[Answered]:
        return [one for one in self.answered if one.language == language]

    @property
    def new(self) -> list[Answered]:
        return [one for one in self.answered if not one.taught]

    @property
    def model_mb(self) -> float:
        return Path(self.training.model).stat().st_size / MEGA


def held_apart() -> list[Asked]:
    """The messages that nothing was tuned on, in both languages."""
    return [
        Asked(language, one["intent"], one["text"])
        for language in LANGUAGES
        for one in yaml.safe_load((HELD_APART / f"{language}.yml").read_text("utf-8"))
    ]


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bot.measure", description=__doc__)
    reader.add_argument("--diet-share", type=int, default=SHARE, help="every which need for DIET")
    reader.add_argument("--heard", type=Path, help="where the shipped pipeline's words go")
    reader.add_argument("--without-diet", action="store_true", help="minutes instead of an hour")
    given = reader.parse_args()
    share = given.diet_share
    tried = [Tried("shipped", SHIPPED, SHARE)]
    if share != SHARE:
        tried.append(Tried("shipped, fewer needs", SHIPPED, share))
    if not given.without_diet:
        tried.append(Tried("DIET", DIET, share))
    with tempfile.TemporaryDirectory() as bench:
        measured = [_measured(one, Path(bench)) for one in tried]
        lines = list(report(measured))
    if given.heard:
        _keep(measured[0], given.heard)
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def _measured(tried: Tried, within: Path) -> Measured:
    bench = within / tried.name
    bench.mkdir()
    told = written(every_example(ROOT), ROOT, bench, tried.share)
    training = train(tried.config, told, bench)
    asked = held_apart()
    reading = read(Path(training.model), [one.text for one in asked], bench)
    taught = _taught(tried.share)
    answered = tuple(
        Answered(one.language, one.meant, heard.best, heard.decided, folded(one.text) in taught)
        for one, heard in zip(asked, reading.heard, strict=True)
    )
    measured = Measured(tried, training, reading, answered)
    print("\n".join(_accuracies([measured])), flush=True)  # the next one may take long
    return measured


def _keep(measured: Measured, file: Path) -> None:
    rows = [
        {"language": one.language, "meant": one.meant, "text": asked.text, "heard": asdict(heard)}
        for one, asked, heard in zip(
            measured.answered, held_apart(), measured.reading.heard, strict=True
        )
    ]
    file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


def _taught(share: int) -> set[str]:
    told = [said for _, _, said in examples(ROOT)] + taught_words(ROOT, share)
    return {folded(said) for said in told}


def report(measured: Sequence[Measured]) -> Iterator[str]:
    yield "# What the bot understands"
    yield ""
    yield "Written by `python -m bot.measure`; messages held apart (`eval/intents`), whose writer"
    yield "had not seen the training data, and nothing is tuned on them. All learn the intents'"
    yield f"examples; of the customers' words {', '.join(_shares(measured))}."
    if any(one.tried.config == DIET for one in measured):
        yield f"DIET is Rasa's own default pipeline, {_epochs()} epochs (`bot/diet.yml`)."
    yield f"{date.today()}, {os.cpu_count()} cores, {platform.machine()}, shared with other work."
    yield ""
    yield from _accuracies(measured)
    yield from _costs(measured)
    yield from _intents(measured)
    yield from _confusions(measured[0])


def _shares(measured: Sequence[Measured]) -> Iterator[str]:
    for one in measured:
        yield f"{one.name} every {one.tried.share}th"


def _epochs() -> int:
    pipeline = yaml.safe_load(DIET.read_text("utf-8"))["pipeline"]
    return next(int(one["epochs"]) for one in pipeline if one["name"] == "DIETClassifier")


def _accuracies(measured: Sequence[Measured]) -> Iterator[str]:
    yield "Right, of all messages; after the fallback an unsure one counts as `find_service`."
    yield "The calibration error is the expected one, of 15 bins."
    yield ""
    yield "| pipeline | messages | count | right | macro F1 | after the fallback | calib. error |"
    yield "|---|---|---|---|---|---|---|"
    for one in measured:
        parts = {language: one.of(language) for language in LANGUAGES}
        parts |= {"both": list(one.answered), "both, none of them in the training data": one.new}
        for name, some in parts.items():
            yield (
                f"| {one.name} | {name} | {len(some)} | {accuracy(some):.1%} "
                f"| {macro_f1(some):.3f} | {accuracy_of_decisions(some):.1%} "
                f"| {calibration_error(some):.3f} |"
            )
    yield ""


def _costs(measured: Sequence[Measured]) -> Iterator[str]:
    yield "What it costs. Processor time is that of all cores together, Rasa's imports included."
    yield ""
    titles = "training | processor time | memory then | model | memory, reading | one message"
    yield f"| pipeline | {titles} |"
    yield "|---|---|---|---|---|---|---|"
    for one in measured:
        yield (
            f"| {one.name} | {one.training.seconds:.0f} s | {one.training.cpu_seconds:.0f} s "
            f"| {one.training.peak_mb:.0f} MB | {one.model_mb:.1f} MB "
            f"| {one.reading.resident_mb:.0f} MB | {one.reading.milliseconds:.1f} ms |"
        )
    yield ""


def _intents(measured: Sequence[Measured]) -> Iterator[str]:
    figures = [by_intent(one.answered) for one in measured]
    yield "By intent, before the fallback: of those named so, how many are; of those that are, how"
    yield "many are named so."
    yield ""
    names = [one.name for one in measured]
    titles = [f"{name} {what}" for name in names for what in ("precision", "recall")]
    yield f"| intent | {' | '.join(titles)} |"
    yield "|---" * (len(titles) + 1) + "|"
    for intent in figures[0]:
        cells = [f"{one[intent].precision:.0%} | {one[intent].recall:.0%}" for one in figures]
        yield f"| {intent} | {' | '.join(cells)} |"
    yield ""


def _confusions(measured: Measured) -> Iterator[str]:
    counted = confusions(measured.answered)
    yield f"What the {measured.name} one confuses (meant, named instead, count), commonest first:"
    yield ""
    for (meant, named), count in counted.most_common():
        if count > SELDOM:
            yield f"- {meant} → {named}: {count}"
    yield ""
    seldom = [f"{meant} → {named}" for (meant, named), n in counted.items() if n <= SELDOM]
    yield f"Once each ({len(seldom)}): {', '.join(sorted(seldom))}."


if __name__ == "__main__":
    main()
