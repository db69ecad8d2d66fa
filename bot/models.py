"""The trained models of a folder: which of them may answer.

    python -m bot.models --out FOLDER

Prints the paths of the good ones, the one to use first on the first line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

KEPT = 2
ENDING = ".tar.gz"


@dataclass(frozen=True)
class Record:
    """What is known of one model; it stands beside it, and stays when the model was refused."""

    sha256: str
    shares: dict[str, float]  # of the gate's messages understood, by language
    refused: str | None = None  # why


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bot.models", description=__doc__)
    reader.add_argument("--out", type=Path, required=True)
    for model in good(reader.parse_args().out.resolve()):
        print(model)


def good(out: Path) -> list[Path]:
    """The models that passed their gate and are whole, the newest first."""
    found = sorted(out.glob(f"luukku-*{ENDING}"), key=lambda file: -file.stat().st_mtime)
    return [model for model in found if is_good(model)]


def is_good(model: Path) -> bool:
    record = record_of(model)
    return (
        record is not None
        and record.refused is None
        and model.is_file()
        and _sha256(model) == record.sha256
    )


def record_of(model: Path) -> Record | None:
    """None where there is none, or none that can be read: the model is trained again then."""
    try:
        return Record(**json.loads(_beside(model).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def keep(trained: Path, model: Path, shares: dict[str, float]) -> None:
    """`trained` becomes `model`, known to be good. Both lie in one file system."""
    _write(model, Record(_sha256(trained), shares))
    os.replace(trained, model)


def refuse(trained: Path, model: Path, shares: dict[str, float], why: str) -> None:
    """It is remembered that these inputs make no good model, so that nobody trains them again."""
    _write(model, Record(_sha256(trained), shares, why))


def keep_the_newest(out: Path, current: Path) -> None:
    """The last good models stay, and what is known of them and of `current`."""
    kept = {*good(out)[:KEPT], current}
    for model in out.glob(f"luukku-*{ENDING}"):
        if model not in kept:
            model.unlink(missing_ok=True)
    for record in out.glob("luukku-*.json"):
        if record not in {_beside(model) for model in kept}:
            record.unlink(missing_ok=True)


def _write(model: Path, record: Record) -> None:
    fresh = _beside(model).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(record), indent=1), "utf-8")
    os.replace(fresh, _beside(model))


def _beside(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(ENDING) + ".json")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
