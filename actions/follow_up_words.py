"""What a message asks on about, by its words alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from actions.days import DayWords
from actions.forms import pattern
from catalog.language import function_words, plain

WORD = re.compile(r"[^\W\d_]+")
IN_LANGUAGE = "switch_language"
HOURS = "ask_hours"
BETWEEN = " .,!?-–…\n"

Pattern = re.Pattern[str]


@dataclass(frozen=True)
class AskedOn:
    """The intent that the words of a message tell."""

    intent: str
    more: int  # words with a meaning of their own: where there is none, nothing else is meant
    begun: bool  # as a question that goes on from the last one


@dataclass(frozen=True)
class FactWords:
    intent: str
    words: Pattern
    asked_by: Pattern  # question words, where no fact's own word stands


@dataclass(frozen=True)
class FollowUpWords:
    """The words of both languages together, since people mix them."""

    before: Pattern
    begins: Pattern
    facts: tuple[FactWords, ...]  # in the order in which they are looked for
    small: Pattern
    wishes: Pattern
    in_language: Pattern
    why: Pattern

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> FollowUpWords:
        """From what nlu_data/follow_ups.yml holds."""
        facts = tuple(
            FactWords(intent, _both(said["words"]), _both(said["asked_by"]))
            for intent, said in data["facts"].items()
        )
        others = ("before", "begins", "small", "wishes", "in_language", "why")
        return cls(facts=facts, **{one: _both(data[one]) for one in others})

    def begins_on(self, text: str) -> bool:
        """Whether the text begins as a question that goes on: "entä", "och"."""
        return self.begins.match(self._question(text)) is not None

    def asks_why(self, text: str) -> bool:
        """Whether the text asks for a reason: "miksi tämä kestää", "varför dröjer det"."""
        return self.why.search(text.lower()) is not None

    def _question(self, text: str) -> str:
        """The text in lower case from where its question begins: "hyvä, kiitos! entä huomenna"."""
        return _after(self.before, text.lower().lstrip(BETWEEN))

    def read(self, text: str, days: DayWords) -> AskedOn | None:
        """What the words ask about; none where they ask after no fact and no day."""
        told = self._question(text)
        left = days.without(told)
        intent = self._intent(told, a_day=left != told)
        if intent is None:
            return None
        return AskedOn(intent, self._more(left), self.begins_on(text))

    def _intent(self, told: str, *, a_day: bool) -> str | None:
        for fact in self.facts:
            if fact.words.search(told):
                return fact.intent
        if self.in_language.search(told):
            return IN_LANGUAGE
        if self.wishes.search(told):
            return None
        if a_day:
            return HOURS
        question = _after(self.begins, told)
        return next((fact.intent for fact in self.facts if fact.asked_by.match(question)), None)

    def _more(self, left: str) -> int:
        """How many words are left that carry a meaning of their own."""
        known = (
            *(one for fact in self.facts for one in (fact.words, fact.asked_by)),
            self.in_language,
            self.small,
            self.begins,
            self.why,
        )
        for one in known:
            left = one.sub(" ", left)
        return sum(plain(word) not in _small_words() for word in WORD.findall(left))


def _after(words: Pattern, told: str) -> str:
    """What comes after these words, however many of them begin it."""
    while found := words.match(told):
        told = told[found.end() :].lstrip(BETWEEN)
    return told


def _small_words() -> frozenset[str]:
    words = function_words()
    return (words["fi"] | words["sv"]) - words["content"]


def _both(by_language: Mapping[str, Iterable[str]]) -> Pattern:
    return pattern(form for forms in by_language.values() for form in forms)
