"""PTV's service hours as rows of `OpeningHours`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from catalog.ptv import DailyHours, Hours, Weekday

HELSINKI = ZoneInfo("Europe/Helsinki")
WEEKDAYS: dict[str, int] = {name: day for day, name in enumerate(get_args(Weekday.__value__))}
MIDNIGHT = time(0, 0)

type Row = dict[str, Any]


class BadHours(ValueError):
    """Hours that name no time of day, or an exception that names no day."""


def opening_rows(given: Iterable[Hours]) -> list[Row]:
    """The rows of a channel's hours, in the order given.

    Hours by appointment are left out: nobody can simply come or call then.
    """
    return [row for hours in given if not hours.is_reservation for row in _rows(hours)]


def _rows(hours: Hours) -> Iterator[Row]:
    exceptional = hours.service_hour_type in ("Exceptional", "Exception")
    valid_from = None if hours.valid_for_now else _day(hours.valid_from)
    valid_to = None if hours.valid_for_now else _day(hours.valid_to)
    if exceptional and valid_from is None:
        raise BadHours("exceptional hours without a day")
    if exceptional and valid_to is None:
        valid_to = valid_from  # PTV gives an exception of one day by its first day alone
    frame = {"exceptional": exceptional, "valid_from": valid_from, "valid_to": valid_to}
    for span in _spans(hours, exceptional):
        yield frame | {"weekday": None, "opens": None, "closes": None, "closed": False} | span


def _spans(hours: Hours, exceptional: bool) -> Iterator[Row]:
    if hours.is_closed:
        yield {"closed": True}
    elif hours.is_always_open:
        # On its own days only: a row without times would say round the clock for ever.
        yield {"opens": MIDNIGHT, "closes": MIDNIGHT} if exceptional else {}
    else:
        for daily in hours.opening_hour:
            overnight = hours.service_hour_type in ("OverMidnight", "Special")
            yield from _overnight(daily) if overnight else _daily(daily)


def _daily(daily: DailyHours) -> Iterator[Row]:
    times = {"opens": _time(daily.opens), "closes": _time(daily.closes)}
    for weekday in _weekdays(daily):
        yield {"weekday": weekday} | times


def _weekdays(daily: DailyHours) -> list[int | None]:
    if daily.day_from is None:
        return [None]
    first = WEEKDAYS[daily.day_from]
    last = WEEKDAYS[daily.day_to or daily.day_from]
    return [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]


def _overnight(daily: DailyHours) -> Iterator[Row]:
    """From one weekday's hour to another's: one row when that is a night, else a row per day."""
    opens, closes = _time(daily.opens), _time(daily.closes)
    days = _weekdays(daily)
    if len(days) == 1 or (len(days) == 2 and closes <= opens):
        yield {"weekday": days[0], "opens": opens, "closes": closes}
        return
    first, *between, last = days
    yield {"weekday": first, "opens": opens, "closes": MIDNIGHT}
    for day in between:
        yield {"weekday": day}
    if closes != MIDNIGHT:
        yield {"weekday": last, "opens": MIDNIGHT, "closes": closes}


def _time(text: str) -> time:
    """The time of day; 24:00 is the midnight that ends the day, as `OpeningHours` reads 00:00."""
    if text.startswith("24:00"):
        return MIDNIGHT
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BadHours(f"not a time of day: {text!r}") from None


def _day(moment: datetime | None) -> date | None:
    """The local day; PTV writes the start of a Finnish day as the evening before in UTC."""
    if moment is None:
        return None
    return moment.astimezone(HELSINKI).date() if moment.tzinfo else moment.date()
