"""Written texts made fit for the ear: numbers and times in words, nothing for eyes alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

import yaml
from babel.dates import format_date
from num2words import num2words

from api.contract import Language
from api.page_texts import TEXTS
from catalog.phones import find as find_phones
from desk.clock import HELSINKI

SPOKEN = TEXTS / "spoken"
MOST_SPOKEN = 260  # characters of one telling: some twenty seconds
PAUSE = ", "
ADDRESS = re.compile(
    r"\(?\b(?:https?://|www\.)\S+|\S+@\S+\.\w+|\b[\w-]+(?:\.[\w-]+)*\.(?:fi|com|net|org|eu|ax)\b\S*",
    re.IGNORECASE,
)
MARKS = re.compile(r"[*_#>\[\]{}|•]+|^\s*[-–]\s+", re.MULTILINE)
CODE = re.compile(r"\bLK-\d{3}-\d{4}\b")
TIMES = re.compile(
    r"\b(?:(?:klo|kl\.?)\s*)?(\d{1,2})[.:](\d{2})\s*[–-]\s*(\d{1,2})(?:[.:](\d{2}))?(?!\d)"
)
TIME = re.compile(r"\b(?:klo|kl\.?)\s*(\d{1,2})(?:[.:](\d{2}))?\b")
HOURS = re.compile(r"\b(?:klo|kl\.?)\s*(\d{1,2})\s*[–-]\s*(\d{1,2})\b")
DATE = re.compile(r"\b(?:den )?([12]?\d|3[01])\.(1[0-2]|[1-9])(?:\.(\d{4})?(?!\d)|(?=\s+kl))")
MONEY = re.compile(
    r"\b(\d{1,3}(?:[ \u00a0]?\d{3})*)(?:,(\d{1,2}))?\s*(?:€|euroa\b|euro\b|eur\b)", re.IGNORECASE
)
RANGE = re.compile(r"\b(\d{1,4})\s*[–-]\s*(\d{1,4})\b")
DECIMAL = re.compile(r"\b(\d+),(\d+)\b")
POSTCODE = re.compile(r"\b(\d{5})\b(?=\s+[A-ZÅÄÖ])")
NUMBER = re.compile(r"\b\d{1,9}\b")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÅÄÖ0-9])")
JOINS = {"fi": " viiva ", "sv": " till "}
EURO = {"fi": ("euroa", "senttiä"), "sv": ("euro", "cent")}
HUNDREDS = (1100, 2100)  # Swedish years are said in hundreds: "tjugohundratjugosex"
CLOCK = {"fi": "kello", "sv": "klockan"}


def spoken(text: str, language: Language) -> str:
    """The text as a voice can say it: no addresses of the web, numbers in words."""
    told = CODE.sub(lambda m: code_spelt(m[0], language), MARKS.sub(" ", _without_addresses(text)))
    told = _phones(told, language)
    for pattern, say in _rules(language):
        told = pattern.sub(say, told)
    return _tidy(told)


def shortly(text: str, language: Language, most: int = MOST_SPOKEN) -> str:
    """The first whole sentences of it, spoken, as far as they fit; one at least."""
    told: list[str] = []
    for sentence in SENTENCE.split(spoken(text, language)):
        if told and len(" ".join(told)) + len(sentence) > most:
            break
        told.append(sentence)
    return " ".join(told)


def digit_by_digit(digits: str, language: Language, group: int = 3) -> str:
    """Each digit by itself, with a pause after every few: "kolme kahdeksan neljä, kaksi …"."""
    words = [_number(int(one), language) for one in digits if one.isdigit()]
    groups = [" ".join(words[at : at + group]) for at in range(0, len(words), group)]
    return PAUSE.join(groups)


def number_spoken(number: str, language: Language) -> str:
    """A telephone number digit by digit; a Finnish one as it is dialled in Finland."""
    plus = "plus " if number.startswith("+") and not number.startswith("+358") else ""
    return plus + digit_by_digit(number.replace("+358", "0", 1), language)


def code_spelt(code: str, language: Language) -> str:
    """A ticket's code, LK-384-2175, so that it can be written down."""
    letters = "".join(sign for sign in code if sign.isalpha())
    digits = "".join(sign for sign in code if sign.isdigit())
    parts = (digit_by_digit(digits[:3], language), digit_by_digit(digits[3:], language, 4))
    return f"{spelt(letters, language)}. {'. '.join(parts)}."


def spelt(text: str, language: Language) -> str:
    """Letters by their spelling names, digits as they are, each with a pause after it."""
    like = {"fi": "niin kuin", "sv": "som i"}[language]
    names = _kept("letters")[language]
    told = [
        _number(int(one), language) if one.isdigit() else f"{one.upper()} {like} {names[one]}"
        for one in text.lower()
        if one.isdigit() or one in names
    ]
    return PAUSE.join(told)


def day_and_time_spoken(at: datetime, language: Language) -> str:
    """An instant as it is said: "tiistaina kahdeskymmenesneljäs marraskuuta kello neljätoista"."""
    local = at.astimezone(HELSINKI)
    weekday = str(format_date(local, "EEEE", locale=language))
    if language == "fi" and weekday == "sunnuntai":
        weekday = "sunnuntaina"
    day = _day(local.date(), language)
    return f"{weekday} {day} {CLOCK[language]} {clock(local.hour, local.minute, language)}"


def clock(hour: int, minute: int, language: Language) -> str:
    """A time of day without the word for it: "neljätoista nolla viisi"."""
    told = _number(hour, language)
    if not minute:
        return told
    zero = f"{_number(0, language)} " if minute < 10 else ""
    return f"{told} {zero}{_number(minute, language)}"


def _day(day: date, language: Language) -> str:
    ordinal = num2words(day.day, lang=language, to="ordinal")
    month = format_date(day, "MMMM", locale=language)
    return f"den {ordinal} {month}" if language == "sv" else f"{ordinal} {month}"


def _number(number: int, language: Language) -> str:
    return str(num2words(number, lang=language))


type _Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


@cache
def _rules(language: Language) -> tuple[_Rule, ...]:
    """In this order: what holds a number in it before the number alone."""
    opened = _kept("abbreviations")[language]
    known = [*opened, *(one.capitalize() for one in opened if one.islower())]
    short = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))
    return (
        (TIMES, lambda m: _span(m, language)),
        (HOURS, lambda m: _hours(m, language)),
        (TIME, lambda m: f"{CLOCK[language]} {clock(int(m[1]), int(m[2] or 0), language)}"),
        (DATE, lambda m: _dated(m, language)),
        (MONEY, lambda m: _money(m, language)),
        (POSTCODE, lambda m: digit_by_digit(m[1], language, 5)),
        (RANGE, lambda m: f"{m[1]}{JOINS[language]}{m[2]}"),
        (DECIMAL, lambda m: str(num2words(float(f"{m[1]}.{m[2]}"), lang=language))),
        (re.compile(rf"(?<![\w.])(?:{short})(?![\w])"), lambda m: _opened(m[0], opened)),
        (NUMBER, lambda m: _number(int(m[0]), language)),
    )


def _span(found: re.Match[str], language: Language) -> str:
    at = [int(one or 0) for one in found.groups()]
    begins, ends = clock(at[0], at[1], language), clock(at[2], at[3], language)
    return f"{CLOCK[language]} {begins}{JOINS[language]}{ends}"


def _hours(found: re.Match[str], language: Language) -> str:
    begins, ends = (_number(int(one), language) for one in found.groups())
    return f"{CLOCK[language]} {begins}{JOINS[language]}{ends}"


def _dated(found: re.Match[str], language: Language) -> str:
    try:
        day = date(int(found[3] or 2000), int(found[2]), int(found[1]))
    except ValueError:
        return found[0]
    year = f" {_year(int(found[3]), language)}" if found[3] else ""
    return f"{_day(day, language)}{year}"


def _year(year: int, language: Language) -> str:
    if language == "fi" or not HUNDREDS[0] <= year < HUNDREDS[1]:
        return _number(year, language)
    rest = _number(year % 100, language) if year % 100 else ""
    return f"{_number(year // 100, language)}hundra{rest}"


def _opened(found: str, opened: dict[str, str]) -> str:
    return opened[found] if found in opened else opened[found.lower()].capitalize()


def _money(found: re.Match[str], language: Language) -> str:
    whole, cents = EURO[language]
    euros = int(re.sub(r"\D", "", found[1]))
    told = f"{_number(euros, language)} {_euro(euros, whole, language)}"
    if not found[2] or not int(found[2]):
        return told
    return f"{told} {_number(int(found[2].ljust(2, '0')), language)} {cents}"


def _euro(euros: int, several: str, language: Language) -> str:
    return "euro" if language == "fi" and euros == 1 else several


def _phones(text: str, language: Language) -> str:
    """Telephone numbers digit by digit; found as everywhere at the desk."""
    told, end = [], 0
    for start, stop in sorted(find_phones(text)):
        if start < end:
            continue
        told += [text[end:start], number_spoken(text[start:stop], language)]
        end = stop
    return "".join([*told, text[end:]])


def _without_addresses(text: str) -> str:
    """The sentences that hold none: "look at" says nothing without its address."""
    sentences = [one for line in text.splitlines() for one in SENTENCE.split(line)]
    kept = [one for one in sentences if not ADDRESS.search(one)]
    return "\n".join(kept) if kept else ADDRESS.sub("", text)


def _tidy(text: str) -> str:
    """One line; no brackets left empty, no sign without its word."""
    told = re.sub(r"\(\s*[,;:.]?\s*\)", "", text)
    told = re.sub(r"[()]", ", ", told).replace("/", ", ").replace("–", ", ")
    told = re.sub(r"\s+", " ", told)
    told = re.sub(r"\s+([,.;:!?])", r"\1", told)
    return re.sub(r"([,;:])(?=[,;:.!?])", "", told).strip(" ,;:-")


@cache
def _kept(name: str) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = yaml.safe_load((SPOKEN / f"{name}.yml").read_text("utf-8"))
    return kept
