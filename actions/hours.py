"""When a service can be used: through the week, or on the days that the message names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from babel.dates import format_time, get_day_names

from actions.hand import Hand
from actions.replies import day_alone
from actions.service import MOST_CHANNELS, opening_line
from catalog.card import Card, ChannelCard
from catalog.models import OpeningHours
from catalog.opening import HELSINKI, Opens, Span, on_day, opening
from catalog.public_holidays import public_holidays

YEAR = timedelta(days=365)  # a day that has no year is told of the next one alone
LONGEST = 500  # characters of a question in which a day is looked for; the rest is story
MOST_DAYS = 4  # Easter; who names more wants the week


def hours(hand: Hand, shown: Card) -> str | None:
    """The hours of the days that the message names, else of the week; none where nobody told."""
    asked = hand.turn.text[:LONGEST]
    days = hand.desk.words.days[hand.language].days(asked, _today(hand))
    if not 0 < len(days) <= MOST_DAYS:
        return _through_the_week(hand, shown)
    told = [one for day in days if (one := _of_day(hand, shown, day)) is not None]
    return "\n\n".join(told) if told else None


def _today(hand: Hand) -> date:
    return hand.now.astimezone(HELSINKI).date()


# --- one day ---


def _of_day(hand: Hand, shown: Card, day: date) -> str | None:
    places_first = sorted(shown.channels, key=lambda one: one.kind != "ServiceLocation")
    lines = [line for one in places_first if (line := _channel_on(hand, one, day)) is not None]
    if not lines:
        return None
    told = "\n".join([*lines[:MOST_CHANNELS], *_holiday(hand, shown, day)])
    named = day_alone(day, hand.language)
    return hand.say("utter_hours_on", name=shown.name, day=named, hours=told)


def _channel_on(hand: Hand, channel: ChannelCard, day: date) -> str | None:
    found = on_day(channel.hours, day)
    if found is None:
        return None
    told = ", ".join(_from_to(hand, span) for span in found.spans)
    line = f"{channel.name}: {told or hand.say('utter_closed_that_day')}."
    if day == _today(hand):
        return f"{line} {opening_line(hand, channel)}".strip()
    return line if found.spans else f"{line} {_opens_after(hand, channel, day)}".strip()


def _opens_after(hand: Hand, channel: ChannelCard, day: date) -> str:
    """When a channel that is closed on this day surely is open next.

    What only the weekday's hours tell of a holiday is not sure.
    """
    while True:
        day += timedelta(days=1)
        found = opening(channel.hours, datetime.combine(day, time.min, HELSINKI))
        if not isinstance(found, Opens):
            return ""
        day = found.at.date()
        if not _unsure(channel, day):
            return opening_line(hand, replace(channel, opening=found))


def _holiday(hand: Hand, shown: Card, day: date) -> list[str]:
    """A warning where the day is a holiday and only the hours of its weekday are known."""
    if not any(_unsure(one, day) for one in shown.channels):
        return []
    return [hand.say("utter_holiday", holiday=public_holidays(day.year, hand.language)[day])]


def _unsure(channel: ChannelCard, day: date) -> bool:
    found = on_day(channel.hours, day)
    regular = found is not None and found.spans and not found.exceptional
    return bool(regular) and day in public_holidays(day.year)


def _from_to(hand: Hand, span: Span) -> str:
    opens, closes = span
    if closes is None or closes - opens >= timedelta(days=1):
        return hand.say("utter_round_the_clock")
    return f"{_clock(hand, opens.time())}–{_clock(hand, closes.time())}"


# --- the week ---


def _through_the_week(hand: Hand, shown: Card) -> str | None:
    lines = [
        f"{channel.name}: {_week(hand, rows)}"
        for channel in shown.channels
        if (rows := _still_valid(hand, channel.hours))
    ]
    return hand.say("utter_hours", name=shown.name, hours="\n".join(lines)) if lines else None


def _still_valid(hand: Hand, rows: Iterable[OpeningHours]) -> list[OpeningHours]:
    today = _today(hand)
    return [
        row
        for row in rows
        if (row.valid_to is None or row.valid_to >= today)
        and (row.valid_from is None or row.valid_from < today + YEAR)
    ]


def _week(hand: Hand, rows: Iterable[OpeningHours]) -> str:
    ordered = sorted(rows, key=lambda row: (row.exceptional, row.weekday or 0, str(row.opens)))
    return ", ".join(_row(hand, row) for row in ordered)


def _row(hand: Hand, row: OpeningHours) -> str:
    days = get_day_names("abbreviated", context="stand-alone", locale=hand.language)
    day = hand.say("utter_every_day") if row.weekday is None else days[row.weekday]
    if row.exceptional and row.valid_from:
        day = f"{row.valid_from.day}.{row.valid_from.month}."
    if row.closed:
        return f"{day} {hand.say('utter_closed_that_day')}"
    if row.opens is None or row.closes is None:
        return f"{day} {hand.say('utter_round_the_clock')}"
    return f"{day} {_clock(hand, row.opens)}–{_clock(hand, row.closes)}"


def _clock(hand: Hand, at: time) -> str:
    return str(format_time(at, "H.mm", locale=hand.language))
