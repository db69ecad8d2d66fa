"""Which days a message names: "lauantaina", "i övermorgon", "24.12.", "juhannusaattona"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from actions.forms import SHORT, pattern
from catalog.public_holidays import public_holidays

LANGUAGES = ("fi", "sv")
SATURDAY = 5
WEEK = 7
# A day and a month; "klo 8.15" is an hour.
IN_NUMBERS = re.compile(
    r"(?<![\d.])(?<!klo )(?<!kl )(?<!kl\. )(\d{1,2})[./](\d{1,2})(?:[./](\d{4})|\.?)(?![\d])"
)
DAY_OF_MONTH = r"(\d{1,2})(?:\.|:?e|:?a)?\s*"

Pattern = re.Pattern[str]


@dataclass(frozen=True)
class Holiday:
    name: str  # as `public_holidays` has it in Finnish
    days: tuple[int, ...]  # which days are meant, counted from the named one
    said: Pattern


@dataclass(frozen=True)
class DayWords:
    """One language's words for days, and the long ones of the other."""

    weekdays: tuple[Pattern, ...]  # Monday first
    from_today: Mapping[int, Pattern]
    now: Pattern
    weekend: Pattern
    next_week: Pattern
    months: tuple[Pattern, ...]  # a day's number and the month, January first
    holidays: tuple[Holiday, ...]

    def without(self, text: str) -> str:
        """The text in lower case with the words that name days left out."""
        left = IN_NUMBERS.sub(" ", text.lower())
        for one in self._all():
            left = one.sub(" ", left)
        return left

    def days(self, text: str, today: date) -> tuple[date, ...]:
        """The days that the text names, none before today, in the order of the calendar."""
        told = text.lower()
        found = [*self._holidays(told, today), *_in_numbers(told, today)]
        found += [*self._of_months(told, today)]
        if not found:
            found = [*self._near(told, today)]
        if not found and self.now.search(told):
            found = [today]
        return tuple(sorted(set(found)))

    def _near(self, told: str, today: date) -> Iterator[date]:
        for ahead, said in self.from_today.items():
            if said.search(told):
                yield today + timedelta(days=ahead)
        weekdays = [day for day, said in enumerate(self.weekdays) if said.search(told)]
        if self.weekend.search(told):
            weekdays += [SATURDAY, SATURDAY + 1]
        next_week = self.next_week.search(told) is not None
        for weekday in weekdays:
            ahead = (weekday - today.weekday()) % WEEK
            if next_week:
                ahead = weekday - today.weekday() + WEEK
            yield today + timedelta(days=ahead)

    def _holidays(self, told: str, today: date) -> Iterator[date]:
        for one in self.holidays:
            if one.said.search(told):
                yield from _coming(one, today)
                told = one.said.sub(" ", told)  # "jouluaattona" is not Christmas as a whole

    def _of_months(self, told: str, today: date) -> Iterator[date]:
        for month, said in enumerate(self.months, start=1):
            for found in said.finditer(told):
                yield from _date(int(found[1]), month, None, today)

    def _all(self) -> Iterator[Pattern]:
        yield from self.months
        yield from (one.said for one in self.holidays)
        yield from self.from_today.values()
        yield from (self.next_week, self.weekend, *self.weekdays)


def day_words(data: Mapping[str, Any]) -> dict[str, DayWords]:
    """By language, from what nlu_data/day_words.yml holds."""
    return {language: _of(data, language) for language in LANGUAGES}


def _of(data: Mapping[str, Any], language: str) -> DayWords:
    def said(by_language: Mapping[str, Sequence[str]]) -> Pattern:
        return pattern(_known(by_language, language))

    every = [dict(zip(LANGUAGES, forms, strict=True)) for forms in _side_by_side(data["weekdays"])]
    months = [dict(zip(LANGUAGES, forms, strict=True)) for forms in _side_by_side(data["months"])]
    ahead = sorted(data["from_today"][language], reverse=True)
    return DayWords(
        weekdays=tuple(said(one) for one in every),
        from_today={
            one: said({at: data["from_today"][at][one] for at in LANGUAGES}) for one in ahead
        },
        now=said(data["now"]),
        weekend=said(data["weekend"]),
        next_week=said(data["next_week"]),
        months=tuple(
            re.compile(rf"(?<!\w){DAY_OF_MONTH}{said({at: [one[at]] for at in one}).pattern}")
            for one in months
        ),
        holidays=tuple(
            Holiday(one["name"], tuple(one.get("days", [0])), said(one)) for one in data["holidays"]
        ),
    )


def _side_by_side(by_language: Mapping[str, Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    return zip(*(by_language[one] for one in LANGUAGES), strict=True)


def _known(by_language: Mapping[str, Sequence[str]], language: str) -> list[str]:
    """The language's own forms; of the other's those that are too long for another word.

    "La" is Saturday in Finnish, and "ti" is "till" to some who write Swedish.
    """
    return [
        form
        for at in LANGUAGES
        for form in by_language[at]
        if at == language or len(form.rstrip("*")) > SHORT
    ]


def _in_numbers(told: str, today: date) -> Iterator[date]:
    for found in IN_NUMBERS.finditer(told):
        day, month, year = found.groups()
        yield from _date(int(day), int(month), int(year) if year else None, today)


def _date(day: int, month: int, year: int | None, today: date) -> Iterator[date]:
    """The day, where there is one: of the year told, else the next one to come."""
    for one in (year,) if year else (today.year, today.year + 1):
        try:
            found = date(one, month, day)
        except ValueError:
            continue
        if found >= today:
            yield found
            return


def _coming(holiday: Holiday, today: date) -> Iterator[date]:
    for year in (today.year, today.year + 1):
        named = public_holidays(year).items()
        on = next(day for day, name in named if holiday.name in name.split("; "))
        days = [on + timedelta(days=one) for one in holiday.days]
        if days[-1] >= today:
            yield from (day for day in days if day >= today)
            return
