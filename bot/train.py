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

from bot.surroundings import settle
from bot.training_data import as_nlu, fingerprint, intents, rules, taught_words

ROOT = Path(__file__).resolve().parent.parent
MODELS_KEPT = 2
BENCH = ".training-"
LONGEST_TRAINING = 3600  # seconds; an older bench was left by a training that was killed


class TrainingFailed(RuntimeError):
    """Rasa made no model; its own words stand above on stderr."""


def main() -> None:
    """Print progress, and last the path of a model that fits the inputs."""
    reader = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__)
    reader.add_argument("--out", type=Path, required=True)
    print(current_model(ROOT, reader.parse_args().out.resolve()), flush=True)


def current_model(root: Path, out: Path) -> Path:
    """The model of these inputs: the one already in `out`, or one trained now."""
    model = out / f"luukku-{fingerprint(root)}.tar.gz"
    if model.is_file():
        print("Nothing has changed since this model was trained.", flush=True)
        os.utime(model)  # so that it counts as new when old ones are thrown away
    else:
        _train(root, model)
    _keep_the_newest(out)
    return model


def _train(root: Path, model: Path) -> None:
    model.parent.mkdir(parents=True, exist_ok=True)
    _clear_what_broke_off(model.parent)
    # Beside its final place, so that the last step is a rename within one file system.
    with tempfile.TemporaryDirectory(prefix=BENCH, dir=model.parent) as name:
        bench = Path(name)
        said = taught_words(root)
        (bench / "words.yml").write_text(as_nlu(said), encoding="utf-8")
        print(f"{len(said)} of the customers' words join the examples.", flush=True)
        trained = _with_rasa(root, bench)
        os.replace(trained, model)


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
        result = train(
            domain=str(domain),
            config=str(bench / "config.yml"),
            training_files=[str(file) for file in examples],
            output=str(bench),
            fixed_model_name="model",
            force_training=True,
        )
    if result.code or not result.model:
        raise TrainingFailed(f"Rasa ended its training with code {result.code}.")
    return Path(result.model)


def _taught_files(root: Path, bench: Path) -> list[Path]:
    return [*rules(root), *intents(root), bench / "words.yml"]


def _keep_the_newest(out: Path) -> None:
    models = sorted(out.glob("luukku-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    for old in models[:-MODELS_KEPT]:
        old.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
