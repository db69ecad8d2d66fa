"""Words that the independent check knows: small talk's own, ordinals, names of languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from actions.days import DayWords, day_words
from actions.follow_up_words import FollowUpWords
from actions.pointing import PointingWords

COURTESIES = ("greet", "thanks", "goodbye")  # people mix them: "kiitos ja hyvää viikonloppua"
TALK = (*COURTESIES, "bot_challenge")
YES_OR_NO = ("affirm", "deny")
SAID_FREELY = ("abuse", "chitchat", "not_a_question")  # talk in words that no catalogue knows
WORD = re.compile(r"\w+")
NEARLY = 85  # of 100: one slip of the finger in a word of six letters
SAME_TITLE = 90
LONGEST_REQUEST = 8  # words: "joo, selvitä se minulle"


@dataclass(frozen=True)
class Words:
    talk: dict[str, frozenset[str]]  # intent -> every word of its examples, both languages
    choosing: dict[str, Any]
    fact_words: dict[str, dict[str, list[str]]]  # fact -> language -> beginnings of words
    days: dict[str, DayWords]  # by language
    follow_ups: FollowUpWords
    pointing: PointingWords

    @classmethod
    def from_folder(cls, folder: Path) -> Words:
        """Reads the talk and yes-or-no intents' examples and the words that nlu_data holds."""
        read = (*TALK, *YES_OR_NO, *SAID_FREELY)
        talk: dict[str, set[str]] = {intent: set() for intent in read}
        for path in sorted(folder.glob("*/nlu.yml")):
            for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
                if entry["intent"] in talk:
                    talk[entry["intent"]].update(WORD.findall(entry["examples"].lower()))
        return cls(
            talk={intent: frozenset(words) for intent, words in talk.items()},
            choosing=_read(folder / "choosing.yml"),
            fact_words=_read(folder / "fact_words.yml"),
            days=day_words(_read(folder / "day_words.yml")),
            follow_ups=FollowUpWords.of(_read(folder / "follow_ups.yml")),
            pointing=PointingWords.of(_read(folder / "asking.yml")),
        )

    def telling(self, fact: str, language: str) -> list[str]:
        """Words, in lower case, by which a sentence of the catalogue tells this fact."""
        return self.fact_words[fact].get(language, [])

    def only_talk(self, text: str, intent: str) -> bool:
        """Whether every word is one that people use when they greet, thank and the like.

        An unknown word is never taken for a greeting, whatever the classifier's confidence
        (RasaHQ/rasa#10102).
        """
        intents = COURTESIES if intent in COURTESIES else (intent,)
        known = frozenset().union(*(self.talk.get(one, ()) for one in intents))
        words = WORD.findall(text.lower())
        return bool(words) and all(_nearly_in(word, known) for word in words)

    def knows_talk(self, text: str) -> bool:
        """Whether some word is one that people chat or curse with."""
        known = frozenset().union(*(self.talk.get(one, ()) for one in SAID_FREELY))
        return any(word in known for word in WORD.findall(text.lower()))

    def position(self, text: str, count: int) -> int | None:
        """Which of `count` choices is meant by a number or an ordinal, from 0; none if neither.

        A message with any other word in it says something of its own: "ett" also stands in
        "vad kostar ett bygglov", and "toinen" in "minulla on toinen asia".
        """
        words = [word for word in WORD.findall(text.lower()) if not self._beside_ordinal(word)]
        if len(words) != 1:
            return None
        position = self._ordinal(words[0], count)
        return position if position is not None and 0 <= position < count else None

    def _beside_ordinal(self, word: str) -> bool:
        return any(word in words for words in self.choosing["beside_ordinal"].values())

    def _ordinal(self, word: str, count: int) -> int | None:
        if word.isdecimal():
            return int(word) - 1
        for ordinals in self.choosing["ordinals"].values():
            for which, forms in ordinals.items():
                if any(_fits(word, form) for form in forms):
                    return count - 1 if which == "last" else int(which) - 1
        return None

    def language_named(self, text: str) -> str | None:
        """The language that the text names; Finnish or Swedish, where another is named beside."""
        return next(iter(self._languages_named(text)), None)

    def other_language_named(self, text: str) -> str | None:
        """The language named that is neither; in "no Finnish, English please" it is English."""
        named = self._languages_named(text)
        return next((one for one in named if one not in ("fi", "sv")), next(iter(named), None))

    def _languages_named(self, text: str) -> list[str]:
        words = WORD.findall(text.lower())
        return [
            str(language)
            for language, beginnings in self.choosing["languages"].items()
            if any(word.startswith(tuple(beginnings)) for word in words)
        ]

    def asks_to_take_it(self, text: str) -> bool:
        """Whether a few words ask the desk to take the matter; a longer text is a need told."""
        words = WORD.findall(text.lower())
        told = f" {' '.join(words)} "
        return len(words) <= LONGEST_REQUEST and any(
            f" {phrase} " in told
            for phrases in self.choosing["takes_it"].values()
            for phrase in phrases
        )


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _fits(word: str, form: str) -> bool:
    """A form that ends in "*" is a beginning; any other is the whole word."""
    return word.startswith(form[:-1]) if form.endswith("*") else word == form


def same_title(text: str, titles: list[str]) -> int | None:
    """Which title the text is, give or take a slip; none when it is none of them."""
    if not titles or len(text) < 3:
        return None
    best = process.extractOne(
        text.strip().casefold(), [title.casefold() for title in titles], scorer=fuzz.ratio
    )
    return int(best[2]) if best and best[1] >= SAME_TITLE else None


def title_in(text: str, title: str) -> bool:
    """Whether the title stands in the text, give or take its ending: "bygglovet", "aseluvan"."""
    if not 3 <= len(title) <= len(text):
        return False
    return fuzz.partial_ratio(title.casefold(), text.casefold()) >= NEARLY


def _nearly_in(word: str, known: frozenset[str]) -> bool:
    return word in known or (
        len(word) >= 4
        and process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=NEARLY) is not None
    )
