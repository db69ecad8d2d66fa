"""When a channel is open, in Finland's local time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models import OpeningHours
from catalog.opening import HELSINKI, HoursUnknown, OpenNow, Opens, opening

WEEK = [OpeningHours(weekday=day, opens=time(9), closes=time(16)) for day in range(5)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def exception(first: str, last: str | None = None, **more: object) -> OpeningHours:
    start = date.fromisoformat(first)
    end = date.fromisoformat(last) if last else start
    return OpeningHours(exceptional=True, valid_from=start, valid_to=end, **more)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-11T09:00", OpenNow(at("2026-03-11T16:00"))),  # opens this minute
        ("2026-03-11T15:59", OpenNow(at("2026-03-11T16:00"))),
        ("2026-03-11T16:00", Opens(at("2026-03-12T09:00"))),  # closes this minute
        ("2026-03-11T08:59", Opens(at("2026-03-11T09:00"))),
        ("2026-03-13T16:30", Opens(at("2026-03-16T09:00"))),  # over the weekend
    ],
)
def test_a_week_of_office_hours(now: str, expected: object) -> None:
    assert opening(WEEK, at(now)) == expected


def test_a_day_may_have_two_spans() -> None:
    hours = [
        OpeningHours(weekday=2, opens=time(13), closes=time(16)),
        OpeningHours(weekday=2, opens=time(9), closes=time(11)),
    ]
    assert opening(hours, at("2026-03-11T12:00")) == Opens(at("2026-03-11T13:00"))
    assert opening(hours, at("2026-03-11T10:00")) == OpenNow(at("2026-03-11T11:00"))


def test_an_evening_may_last_past_midnight() -> None:
    hours = [OpeningHours(weekday=4, opens=time(20), closes=time(3))]
    assert opening(hours, at("2026-03-13T23:00")) == OpenNow(at("2026-03-14T03:00"))
    assert opening(hours, at("2026-03-14T02:59")) == OpenNow(at("2026-03-14T03:00"))
    assert opening(hours, at("2026-03-14T03:00")) == Opens(at("2026-03-20T20:00"))


def test_round_the_clock_never_closes() -> None:
    assert opening([OpeningHours()], at("2026-03-14T03:00")) == OpenNow(None)


def test_a_day_that_is_open_all_day_closes_at_midnight() -> None:
    hours = [OpeningHours(weekday=2)]
    assert opening(hours, at("2026-03-11T23:59")) == OpenNow(at("2026-03-12T00:00"))


def test_an_exceptional_day_shuts_what_is_usually_open() -> None:
    hours = [*WEEK, exception("2026-12-24", closed=True)]
    assert opening(hours, at("2026-12-24T10:00")) == Opens(at("2026-12-25T09:00"))


def test_an_exceptional_day_opens_what_is_usually_shut() -> None:
    hours = [*WEEK, exception("2026-03-14", opens=time(10), closes=time(14))]
    assert opening(hours, at("2026-03-14T11:00")) == OpenNow(at("2026-03-14T14:00"))


def test_exceptional_hours_replace_the_usual_ones() -> None:
    hours = [*WEEK, exception("2026-03-11", opens=time(12), closes=time(13))]
    assert opening(hours, at("2026-03-11T09:30")) == Opens(at("2026-03-11T12:00"))
    assert opening(hours, at("2026-03-11T14:00")) == Opens(at("2026-03-12T09:00"))


def test_an_exception_of_some_days_ends_with_its_last_day() -> None:
    hours = [*WEEK, exception("2026-07-06", "2026-07-10", closed=True)]
    assert opening(hours, at("2026-07-03T17:00")) == Opens(at("2026-07-13T09:00"))


def test_round_the_clock_with_a_day_shut_says_when_it_opens_again() -> None:
    hours = [OpeningHours(), exception("2026-12-24", closed=True)]
    assert opening(hours, at("2026-12-24T10:00")) == Opens(at("2026-12-25T00:00"))


def test_hours_of_summer_are_not_those_of_winter() -> None:
    summer = OpeningHours(
        opens=time(8), closes=time(20), valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31)
    )
    assert opening([summer], at("2026-06-01T08:00")) == OpenNow(at("2026-06-01T20:00"))
    assert opening([summer], at("2026-08-31T19:59")) == OpenNow(at("2026-08-31T20:00"))
    assert opening([summer], at("2026-09-01T08:00")) == HoursUnknown()


def test_without_hours_nothing_is_claimed() -> None:
    assert opening([], at("2026-03-11T12:00")) == HoursUnknown()
    assert (
        opening([exception("2027-01-01", opens=time(9), closes=time(10))], at("2026-03-11T12:00"))
        == HoursUnknown()
    )


def test_the_hour_is_finlands_in_summer_and_winter() -> None:
    for day in (
        "2026-03-27",
        "2026-03-30",
        "2026-10-23",
        "2026-10-26",
    ):  # both sides of each change
        now = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=HELSINKI)
        assert opening(WEEK, now) == OpenNow(now.replace(hour=16))


rows = st.builds(
    OpeningHours,
    exceptional=st.booleans(),
    weekday=st.none() | st.integers(0, 6),
    opens=st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    closes=st.none() | st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    closed=st.booleans(),
    valid_from=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    valid_to=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)


@settings(max_examples=200, deadline=None)
@given(
    hours=st.lists(rows, max_size=6),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_what_opens_opens_later_and_what_is_open_closes_later(
    hours: list[OpeningHours], now: datetime
) -> None:
    local = now.replace(tzinfo=HELSINKI)
    match opening(hours, local):
        case OpenNow(closes=closes):
            assert closes is None or closes > local
        case Opens(at=opens):
            assert local < opens < local + timedelta(days=15)
        case HoursUnknown():
            pass
