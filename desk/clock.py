"""When the desk owes an answer."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

HELSINKI = ZoneInfo("Europe/Helsinki")
ALAND_SUBDIVISION = "01"  # ISO 3166-2:FI
SATURDAY = 5
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


def due(at: datetime, *, aland: bool = False) -> datetime:
    """The same local time on the next working day of Finland's calendar, as an instant in UTC."""
    local = at.astimezone(HELSINKI)
    day = local.date() + timedelta(days=1)
    while not is_working_day(day, aland=aland):
        day += timedelta(days=1)
    return datetime.combine(day, local.time(), HELSINKI).astimezone(UTC)
