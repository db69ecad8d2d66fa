"""Every sentence that stands ready, in both languages: none sends the reader away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from api.settings import PROJECT
from eval.proof.promises import broken_of_words
from eval.proof.space import LANGUAGES

REPLIES = PROJECT / "nlu_data" / "replies"
PAGES = PROJECT / "api" / "texts"
# Staff who cannot sign in have nobody but their own administrator.
MAY_SEND_AWAY = PAGES / "oidc.yml"

type Found = tuple[str, list[str], object]  # which kind of state, what broke, the state


def broken_by_words() -> Iterator[Found]:
    """Each reply and each text of a page, the telephone, a letter or an error."""
    for path in files():
        loaded = yaml.safe_load(path.read_text("utf-8"))
        for name, text in texts_in(loaded, ""):
            broken = [] if path == MAY_SEND_AWAY else list(broken_of_words(text))
            yield "sentence", broken, (path.name, name)


def files() -> list[Path]:
    return sorted((*REPLIES.glob("*.yml"), *PAGES.rglob("*.yml")))


def texts_in(loaded: Any, name: str) -> Iterator[tuple[str, str]]:
    """Each text with its place in the file: Rasa's variations, and pairs of both languages."""
    if isinstance(loaded, dict):
        if "metadata" in loaded and "text" in loaded:
            yield f"{name} {loaded['metadata']['language']}", loaded["text"]
            return
        for key, one in loaded.items():
            if key in LANGUAGES and isinstance(one, str):
                yield f"{name} {key}", one
            else:
                yield from texts_in(one, f"{name} {key}".strip())
    elif isinstance(loaded, list):
        for one in loaded:
            yield from texts_in(one, name)
