"""When a channel is open, in Finland's local time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from catalog.models import OpeningHours

HELSINKI = ZoneInfo("Europe/Helsinki")
DAYS_AHEAD = 14  # a channel that does not open within two weeks is not on offer


@dataclass(frozen=True)
class OpenNow:
    closes: datetime | None  # none: never, it is open round the clock


@dataclass(frozen=True)
class Opens:
    at: datetime


@dataclass(frozen=True)
class HoursUnknown:
    """The catalogue holds no hours, or none within two weeks."""


Opening = OpenNow | Opens | HoursUnknown

Span = tuple[datetime, datetime | None]  # from, to; never closes where it is open round the clock


@dataclass(frozen=True)
class DayHours:
    """A day's hours: none where it is closed all day."""

    spans: tuple[Span, ...]
    exceptional: bool  # they are told of this very day, and not of its weekday


def opening(hours: Sequence[OpeningHours], now: datetime) -> Opening:
    """Whether the channel is open at `now`, and else when it next opens."""
    local = now.astimezone(HELSINKI)
    if not hours:
        return HoursUnknown()
    for ahead in range(-1, DAYS_AHEAD):  # yesterday's evening may last past midnight
        for opens, closes in _spans(hours, local.date() + timedelta(days=ahead)):
            # Round the clock is of its own day only: the next may be an exception, or past the end.
            if opens <= local < (closes or opens + timedelta(days=1)):
                return OpenNow(closes)
            if opens > local:
                return Opens(opens)
    return HoursUnknown()


def on_day(hours: Sequence[OpeningHours], day: date) -> DayHours | None:
    """The hours of a day, exceptions counted; none where the catalogue tells nothing of it."""
    exceptional = any(row.exceptional and _valid(row, day) for row in hours)
    told = exceptional or any(not row.exceptional and _in_force(row, day) for row in hours)
    return DayHours(tuple(_spans(hours, day)), exceptional) if told else None


def _spans(hours: Sequence[OpeningHours], day: date) -> list[Span]:
    """The day's spans in order; an exceptional row beats the regular ones."""
    valid = [row for row in hours if _valid(row, day)]
    exceptional = [row for row in valid if row.exceptional]
    rows = [row for row in exceptional or valid if not row.closed]
    return sorted((_span(row, day) for row in rows), key=lambda span: span[0])


def _valid(row: OpeningHours, day: date) -> bool:
    return _in_force(row, day) and (row.weekday is None or row.weekday == day.weekday())


def _in_force(row: OpeningHours, day: date) -> bool:
    if row.valid_from and day < row.valid_from:
        return False
    return row.valid_to is None or day <= row.valid_to


def _span(row: OpeningHours, day: date) -> Span:
    if row.opens is None or row.closes is None:
        start = datetime.combine(day, time.min, HELSINKI)
        around = row.weekday is None
        return start, None if around else start + timedelta(days=1)
    opens = datetime.combine(day, row.opens, HELSINKI)
    past_midnight = row.closes <= row.opens
    closes = datetime.combine(day + timedelta(days=past_midnight), row.closes, HELSINKI)
    return opens, closes
