"""What the bot says, rendered from nlu_data/replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton

from desk.outcomes import Choice

HELSINKI = ZoneInfo("Europe/Helsinki")
# Babel's own formats name the day right ("maanantaina", "måndag"); the joining word is ours.
DAY_AND_TIME = {"fi": "EEEE d.M. 'klo' H.mm", "sv": "EEEE d.M 'kl.' H.mm"}
DAY = {"fi": "cccc d.M.", "sv": "cccc d.M"}
OF_ALL = "en"  # what a customer reads in whose own language there is no text


class ReplyMissing(KeyError):
    """A reply is asked for that no file holds: a mistake of ours that a test finds first."""


@dataclass(frozen=True)
class Reply:
    """One bubble: its text, and the buttons under it."""

    text: str
    choices: tuple[Choice, ...] = ()
    language: str | None = None  # of the text, where it is not the conversation's

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Reply:
        """The reply that `stored` kept."""
        choices = tuple(Choice(**one) for one in kept.get("choices", ()))
        return cls(kept["text"], choices, kept.get("language"))

    def stored(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"text": self.text}
        if self.choices:
            kept["choices"] = [{"title": c.title, "value": c.value} for c in self.choices]
        if self.language:
            kept["language"] = self.language
        return kept


@dataclass(frozen=True)
class Replies:
    """Every reply in both languages, by name, and a few sentences in those we do not speak."""

    texts: dict[str, dict[str, str]]
    others: dict[str, dict[str, str]] = field(default_factory=dict)  # language -> name -> text

    @classmethod
    def from_folder(cls, folder: Path) -> Replies:
        """Reads Rasa `responses` files, where each variation names its language in `metadata`;
        and of the folder other_languages a file for each of those."""
        texts: dict[str, dict[str, str]] = {}
        for path in sorted(folder.glob("*.yml")):
            for name, variations in yaml.safe_load(path.read_text("utf-8"))["responses"].items():
                texts[name] = {one["metadata"]["language"]: one["text"] for one in variations}
        others = (folder / "other_languages").glob("*.yml")
        return cls(texts, {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in others})

    def say(self, name: str, language: str, /, **values: str) -> str:
        """The text with its places filled. Raises ReplyMissing for an unknown name or language."""
        try:
            template = self.texts[name][language]
        except KeyError:
            raise ReplyMissing(f"{name} ({language})") from None
        return template.format(**values)

    def in_other(
        self, name: str, language: str, /, *, due: datetime | None = None, **values: str
    ) -> Reply:
        """The sentence in a language that the desk does not speak; in English where there is none.

        Raises ReplyMissing for an unknown name.
        """
        known = language if language in self.others else OF_ALL
        try:
            template = self.others[known][name]
        except KeyError:
            raise ReplyMissing(f"{name} ({known})") from None
        when = day_and_time_abroad(due, known) if due else ""
        return Reply(template.format(due=when, **values), language=known)


def day_and_time(at: datetime, language: str) -> str:
    """An instant as people say it, in Finland's time: "maanantaina 23.11. klo 14.05"."""
    local = at.astimezone(HELSINKI)
    told = str(format_datetime(local, DAY_AND_TIME[language], locale=language))
    # The one Finnish day that Babel's data leaves in the wrong case for a point in time.
    return told.replace("sunnuntai ", "sunnuntaina ", 1) if language == "fi" else told


def day_alone(day: date, language: str) -> str:
    """A day as a heading has it: "lauantai 28.11.", "lördag 28.11"."""
    return str(format_date(day, DAY[language], locale=language))


def day_and_time_abroad(at: datetime, language: str) -> str:
    """The same in another language: "Monday, November 23, 14:05"; in digits if Babel lacks it."""
    local = at.astimezone(HELSINKI)
    try:
        locale = Locale.parse(language)
    except UnknownLocaleError:
        return str(format_datetime(local, "d.M. H.mm", locale="fi"))
    day = format_skeleton("MMMMd", local, locale=locale)
    return f"{format_datetime(local, 'EEEE', locale=locale)}, {day}, {local:%H:%M}"
