"""When the desk owes an answer, and when its people are at work."""

from __future__ import annotations

import calendar
import threading
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

HELSINKI = ZoneInfo("Europe/Helsinki")
ALAND_SUBDIVISION = "01"  # ISO 3166-2:FI
SATURDAY = 5
# Summer time begins and ends at night, so wall-clock time within these hours is elapsed time.
OPENS, CLOSES = time(8), time(16)
NO_TIME = timedelta(0)
ONE_DAY = timedelta(days=1)
# The calendar fills a year in when it is first asked about; a thread beside would see it half full.
_FILLING = threading.Lock()


@lru_cache(maxsize=2)
def _days_off(aland: bool) -> holidays.HolidayBase:
    """Public holidays, with Midsummer's and Christmas Eve, when offices are shut too."""
    return holidays.country_holidays("FI", subdiv=ALAND_SUBDIVISION if aland else None)


def is_working_day(day: date, *, aland: bool = False) -> bool:
    if day.weekday() >= SATURDAY:
        return False
    with _FILLING:
        return day not in _days_off(aland)


def is_working_time(at: datetime, *, aland: bool = False) -> bool:
    """Whether people are at work: 8 to 16 Finnish time on a working day."""
    local = at.astimezone(HELSINKI)
    return OPENS <= local.time() < CLOSES and is_working_day(local.date(), aland=aland)


def due(at: datetime, *, aland: bool = False) -> datetime:
    """The same local time on the next working day of Finland's calendar, as an instant in UTC."""
    return working_days_later(at, 1, aland=aland)


def working_days_later(at: datetime, days: int, *, aland: bool = False) -> datetime:
    """The same local time this many working days on, as an instant in UTC."""
    local = at.astimezone(HELSINKI)
    day = local.date()
    for _ in range(days):
        day = _working_day_from(day + ONE_DAY, aland)
    return _instant(day, local.time())


def calendar_days_later(at: datetime, days: int, *, aland: bool = False) -> datetime:
    """The same local time this many days on; a term that would end on a day off ends on the next
    working day, as a term set by law does (150/1930, 5 §)."""
    local = at.astimezone(HELSINKI)
    day = _working_day_from(local.date() + timedelta(days=days), aland)
    return _instant(day, local.time())


def months_later(at: datetime, months: int, *, aland: bool = False) -> datetime:
    """The same day of a later month or its last one, and off a day off as `calendar_days_later`."""
    day = at.astimezone(HELSINKI).date()
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    last = min(day.day, calendar.monthrange(year, month)[1])
    return calendar_days_later(at, (date(year, month, last) - day).days, aland=aland)


def hours_later(at: datetime, worked: timedelta, *, aland: bool = False) -> datetime:
    """The first instant at which this much working time has passed since `at`, in UTC.

    Of no time: `at` itself when people are at work, else the next opening.
    """
    local = at.astimezone(HELSINKI)
    day, since, left = local.date(), max(local.time(), OPENS), worked
    while True:
        if since < CLOSES and is_working_day(day, aland=aland):
            room = _between(since, CLOSES)
            if left <= room:
                return _instant(day, _moved(since, left))
            left -= room
        day, since = day + ONE_DAY, OPENS


def hours_earlier(at: datetime, worked: timedelta, *, aland: bool = False) -> datetime:
    """The last instant from which this much working time had passed by `at`, in UTC."""
    local = at.astimezone(HELSINKI)
    day, until, left = local.date(), min(local.time(), CLOSES), worked
    while True:
        if until > OPENS and is_working_day(day, aland=aland):
            room = _between(OPENS, until)
            if left <= room:
                return _instant(day, _moved(until, -left))
            left -= room
        day, until = day - ONE_DAY, CLOSES


def end_of_day(at: datetime) -> datetime:
    """The first instant of the next day in Finland."""
    return _instant(at.astimezone(HELSINKI).date() + ONE_DAY, time.min)


def instant(day: date, at: time) -> datetime:
    """This local time of this day in Finland, as an instant in UTC."""
    return _instant(day, at)


def _working_day_from(day: date, aland: bool) -> date:
    while not is_working_day(day, aland=aland):
        day += ONE_DAY
    return day


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, HELSINKI).astimezone(UTC)


def _between(start: time, end: time) -> timedelta:
    return datetime.combine(date.min, end) - datetime.combine(date.min, start)


def _moved(at: time, by: timedelta) -> time:
    return (datetime.combine(date.min, at) + by).time()
