"""What was heard of the development messages, and the examples' fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from api.settings import PROJECT

NEED = "find_service"
EXAMPLES = "examples"
FOLDS = 5


@dataclass(frozen=True)
class Message:
    """A message, what it means, and what a bot that had not learnt it made of it."""

    language: str
    meant: str
    text: str
    source: str  # EXAMPLES, or a set of development questions
    fold: int  # which model was asked
    guesses: dict[str, float]  # the bot's confidences by intent

    @property
    def key(self) -> tuple[str, str, str]:
        """A need is asked in each fold, and stays one message."""
        return self.source, self.language, self.text

    @cached_property
    def asked_in(self) -> int:
        """The fold that it is held out in, whichever model was asked; no chance in it."""
        if self.source == EXAMPLES:
            return self.fold
        return hashlib.sha256(self.text.encode()).digest()[0] % FOLDS


def heard_in(file: Path) -> tuple[list[Message], list[str]]:
    """What `python -m bot.hearing FILE` kept: the messages, and the words learnt as needs."""
    kept = json.loads(file.read_text("utf-8"))
    told = [
        Message(
            one["language"],
            one["meant"],
            one["text"],
            one["source"],
            one["fold"],
            {guess["intent"]: guess["confidence"] for guess in one["heard"]["guesses"]},
        )
        for one in kept["told"]
    ]
    return told, kept["words"]


def fingerprint(root: Path = PROJECT) -> str:
    """Of the intents' examples in both languages; a model that learnt others is out of date."""
    digest = hashlib.sha256()
    for file in sorted((root / "nlu_data").glob("*/nlu.yml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
