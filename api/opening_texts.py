"""Opening hours on paper: today, the week with like days together, and the exceptions to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_time, get_day_names

from api.contract import Language
from catalog.models import OpeningHours
from catalog.opening import HELSINKI, Span, on_day
from catalog.public_holidays import public_holidays

AHEAD = timedelta(days=28)  # a sheet is taken home and looked at for some weeks
WEEK = 7


@dataclass(frozen=True)
class HoursTold:
    """The hours in words: of today, of the days of a usual week, of the days that differ."""

    today: str
    week: tuple[tuple[str, str], ...]  # days, hours
    other: tuple[tuple[str, str], ...]


def hours_told(
    rows: Sequence[OpeningHours], now: datetime, language: Language, t: Mapping[str, str]
) -> HoursTold | None:
    """What the catalogue tells of when a place is open; none where it tells nothing.

    `t` has the words "closed", "all_day", "not_told" and "holiday_unsure".
    """
    if not rows:
        return None
    today = now.astimezone(HELSINKI).date()
    regular = [row for row in rows if not row.exceptional]
    # Each weekday as it is next: hours that begin or end within the week are then right.
    days = {day.weekday(): day for day in (today + timedelta(days=n) for n in range(WEEK))}
    week = [_on(regular, days[weekday], t) for weekday in range(WEEK)]
    return HoursTold(
        today=_surely(rows, today, language, t),
        week=_together(week, language) if regular else (),
        other=tuple(_exceptions(rows, today, language, t)),
    )


def _on(rows: Sequence[OpeningHours], day: date, t: Mapping[str, str]) -> str:
    found = on_day(rows, day)
    if found is None:
        return t["not_told"]
    return ", ".join(_from_to(span, t) for span in found.spans) or t["closed"]


def _surely(
    rows: Sequence[OpeningHours], day: date, language: Language, t: Mapping[str, str]
) -> str:
    """The hours of the day; on a holiday of which nobody told anything, with a word of warning."""
    told, found = _on(rows, day, t), on_day(rows, day)
    holiday = public_holidays(day.year, language).get(day)
    if holiday and found and found.spans and not found.exceptional:
        return t["holiday_unsure"].format(hours=told, holiday=holiday)
    return told


def _exceptions(
    rows: Sequence[OpeningHours], today: date, language: Language, t: Mapping[str, str]
) -> list[tuple[str, str]]:
    regular = [row for row in rows if not row.exceptional]
    days = [today + timedelta(days=n) for n in range(AHEAD.days)]
    told = [(day, _on(rows, day, t)) for day in days]
    return [
        (format_date(day, "cccccc d.M.", locale=language), hours)
        for day, hours in told
        if hours != _on(regular, day, t)
    ]


def _together(week: list[str], language: Language) -> tuple[tuple[str, str], ...]:
    """Days in a row with the same hours as one: "ma–pe"."""
    names = get_day_names("abbreviated", context="stand-alone", locale=language)
    runs: list[tuple[int, int, str]] = []
    for day, hours in enumerate(week):
        if runs and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], day, hours)
        else:
            runs.append((day, day, hours))
    return tuple(
        (names[first] if first == last else f"{names[first]}–{names[last]}", hours)
        for first, last, hours in runs
    )


def _from_to(span: Span, t: Mapping[str, str]) -> str:
    opens, closes = span
    if closes is None or closes - opens >= timedelta(days=1):
        return t["all_day"]
    return "–".join(str(format_time(at.time(), "H.mm", locale="fi")) for at in (opens, closes))
