"""Trains the bot when, and only when, what it learns from has changed.

    python -m bot.train --out FOLDER

The last line printed is the path of the model.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot import gate, models
from bot.surroundings import settle
from bot.training_data import as_nlu, fingerprint, intents, rules, taught_words

ROOT = Path(__file__).resolve().parent.parent
BENCH = ".training-"
LONGEST_TRAINING = 3600  # seconds; an older bench was left by a training that was killed


class TrainingFailed(RuntimeError):
    """There is no model of these inputs that may answer; the message says why."""


def main() -> None:
    """Print progress, and last the path of the model that is to answer."""
    reader = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__)
    reader.add_argument("--out", type=Path, required=True)
    print(current_model(ROOT, reader.parse_args().out.resolve()), flush=True)


def current_model(root: Path, out: Path) -> Path:
    """The model that is to answer: of these inputs, trained now if need be; or the last good one.

    Raises TrainingFailed where these inputs make no good model and there is no other.
    """
    model = out / f"luukku-{fingerprint(root)}.tar.gz"
    known = models.record_of(model)
    if models.is_good(model):
        print("Nothing has changed since this model was trained.", flush=True)
        os.utime(model)  # so that it comes before the others
    elif known is not None and known.refused is not None:
        model = _return_to_the_last_good(out, f"The new model was refused: {known.refused}.")
    else:
        model = _trained_or_last_good(root, out, model)
    return model


def _trained_or_last_good(root: Path, out: Path, model: Path) -> Path:
    try:
        _train(root, model)
    except TrainingFailed as failure:
        return _return_to_the_last_good(out, str(failure))
    finally:
        models.keep_the_newest(out, model)
    return model


def _return_to_the_last_good(out: Path, why: str) -> Path:
    good = models.good(out)
    if not good:
        raise TrainingFailed(why)
    print(f"{why} The last good model answers: {good[0].name}.", flush=True)
    return good[0]


def _train(root: Path, model: Path) -> None:
    """Raises TrainingFailed where Rasa makes no model, or one that its gate refuses."""
    model.parent.mkdir(parents=True, exist_ok=True)
    _clear_what_broke_off(model.parent)
    # Beside its final place, so that the last step is a rename within one file system.
    with tempfile.TemporaryDirectory(prefix=BENCH, dir=model.parent) as name:
        bench = Path(name)
        said = taught_words(root)
        (bench / "words.yml").write_text(as_nlu(said), encoding="utf-8")
        print(f"{len(said)} of the customers' words join the examples.", flush=True)
        _pass_the_gate(_with_rasa(root, bench), model)


def _pass_the_gate(trained: Path, model: Path) -> None:
    print("Trying the model at its gate.", flush=True)
    shares = gate.understood(trained)
    told = ", ".join(f"{share:.0%} in {language}" for language, share in shares.items())
    print(f"It understands {told} of the messages that no training file holds.", flush=True)
    last = models.record_of(next(iter(models.good(model.parent)), model))
    refused = gate.refusal(shares, last.shares if last else {})
    if refused:
        models.refuse(trained, model, shares, refused)
        raise TrainingFailed(f"The new model was refused: {refused}.")
    models.keep(trained, model, shares)


def _clear_what_broke_off(out: Path) -> None:
    for bench in out.glob(f"{BENCH}*"):
        if time.time() - bench.stat().st_mtime > LONGEST_TRAINING:
            shutil.rmtree(bench, ignore_errors=True)


def _with_rasa(root: Path, bench: Path) -> Path:
    return trained(root / "config.yml", root / "domain.yml", _taught_files(root, bench), bench)


def trained(config: Path, domain: Path, examples: Sequence[Path], bench: Path) -> Path:
    """The model of these files, made now, inside `bench`."""
    settle(bench / "home")
    print("Starting Rasa.", flush=True)
    # Imported here: nothing changed is the usual case, and the import takes half a minute.
    from rasa.model_training import train
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)  # left alone, it prints every DEBUG line
    # Rasa may write its settings back into config.yml: it gets a copy.
    shutil.copy(config, bench / "config.yml")
    print("Training.", flush=True)
    with contextlib.redirect_stdout(sys.stderr):
        try:
            result = train(
                domain=str(domain),
                config=str(bench / "config.yml"),
                training_files=[str(file) for file in examples],
                output=str(bench),
                fixed_model_name="model",
                force_training=True,
            )
        # Rasa raises whatever its components do, and ends the process on data it cannot read.
        except (Exception, SystemExit) as error:
            raise TrainingFailed(f"Rasa ended its training: {error!r}.") from error
    if result.code or not result.model:
        raise TrainingFailed(f"Rasa ended its training with code {result.code}.")
    return Path(result.model)


def _taught_files(root: Path, bench: Path) -> list[Path]:
    return [*rules(root), *intents(root), bench / "words.yml"]


if __name__ == "__main__":
    main()
