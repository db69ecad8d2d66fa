"""What the bot says, rendered from nlu_data/replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_datetime

from desk.outcomes import Choice

HELSINKI = ZoneInfo("Europe/Helsinki")
# Babel's own formats name the day right ("maanantaina", "måndag"); the joining word is ours.
DAY_AND_TIME = {"fi": "EEEE d.M. 'klo' H.mm", "sv": "EEEE d.M 'kl.' H.mm"}


class ReplyMissing(KeyError):
    """A reply is asked for that no file holds: a mistake of ours that a test finds first."""


@dataclass(frozen=True)
class Reply:
    """One bubble: its text, and the buttons under it."""

    text: str
    choices: tuple[Choice, ...] = ()

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Reply:
        """The reply that `stored` kept."""
        return cls(kept["text"], tuple(Choice(**one) for one in kept.get("choices", ())))

    def stored(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"text": self.text}
        if self.choices:
            kept["choices"] = [{"title": c.title, "value": c.value} for c in self.choices]
        return kept


@dataclass(frozen=True)
class Replies:
    """Every reply in every language, by name."""

    texts: dict[str, dict[str, str]]

    @classmethod
    def from_folder(cls, folder: Path) -> Replies:
        """Reads Rasa `responses` files, where each variation names its language in `metadata`."""
        texts: dict[str, dict[str, str]] = {}
        for path in sorted(folder.glob("*.yml")):
            for name, variations in yaml.safe_load(path.read_text("utf-8"))["responses"].items():
                texts[name] = {one["metadata"]["language"]: one["text"] for one in variations}
        return cls(texts)

    def say(self, name: str, language: str, /, **values: str) -> str:
        """The text with its places filled. Raises ReplyMissing for an unknown name or language."""
        try:
            template = self.texts[name][language]
        except KeyError:
            raise ReplyMissing(f"{name} ({language})") from None
        return template.format(**values)


def day_and_time(at: datetime, language: str) -> str:
    """An instant as people say it, in Finland's time: "maanantaina 23.11. klo 14.05"."""
    local = at.astimezone(HELSINKI)
    told = str(format_datetime(local, DAY_AND_TIME[language], locale=language))
    # The one Finnish day that Babel's data leaves in the wrong case for a point in time.
    return told.replace("sunnuntai ", "sunnuntaina ", 1) if language == "fi" else told
