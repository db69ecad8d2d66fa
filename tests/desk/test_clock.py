"""An answer is owed by the same local time on the next working day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import clock
from desk.clock import HELSINKI, due, is_working_day


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("asked", "owed"),
    [
        ("2026-03-11T12:00", "2026-03-12T12:00"),  # an ordinary Wednesday
        ("2026-03-13T15:30", "2026-03-16T15:30"),  # Friday: over the weekend
        ("2026-03-14T09:00", "2026-03-16T09:00"),  # Saturday
        ("2026-03-15T23:59", "2026-03-16T23:59"),  # Sunday night
        ("2026-04-02T10:00", "2026-04-07T10:00"),  # Maundy Thursday: over Easter Monday
        ("2026-04-30T10:00", "2026-05-04T10:00"),  # over May Day, a Friday
        ("2026-06-18T14:00", "2026-06-22T14:00"),  # over Midsummer Eve and Midsummer
        ("2026-12-23T16:00", "2026-12-28T16:00"),  # over Christmas Eve, both days, the weekend
        ("2026-12-31T16:00", "2027-01-04T16:00"),  # over New Year's Day and the weekend
        ("2027-01-05T08:00", "2027-01-07T08:00"),  # over Epiphany
        ("2026-05-13T08:00", "2026-05-15T08:00"),  # over Ascension Day
        ("2027-12-03T08:00", "2027-12-07T08:00"),  # over Independence Day, a Monday
    ],
)
def test_an_answer_is_owed_by_the_same_time_on_the_next_working_day(asked: str, owed: str) -> None:
    assert due(local(asked)) == local(owed)


def test_burokratt_holiday_no_redirect_a_message_on_a_holiday_is_owed_an_answer_after_it() -> None:
    assert due(local("2026-12-25T11:00")) == local("2026-12-28T11:00")


def test_in_spring_the_weekend_is_an_hour_shorter_and_the_promised_hour_the_same() -> None:
    owed = due(local("2026-03-27T12:00"))
    assert owed == local("2026-03-30T12:00")
    assert owed - local("2026-03-27T12:00").astimezone(UTC) == timedelta(days=3, hours=-1)


def test_in_autumn_the_weekend_is_an_hour_longer_and_the_promised_hour_the_same() -> None:
    owed = due(local("2026-10-23T12:00"))
    assert owed == local("2026-10-26T12:00")
    assert owed - local("2026-10-23T12:00").astimezone(UTC) == timedelta(days=3, hours=1)


def test_the_hour_that_comes_twice_in_autumn_is_owed_at_the_hour_that_comes_once() -> None:
    for written_at in ("2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00"):  # 3.30 both times
        assert due(datetime.fromisoformat(written_at)) == local("2026-10-26T03:30")


def test_a_message_just_before_midnight_in_finland_belongs_to_that_day() -> None:
    assert due(datetime(2026, 3, 11, 21, 59, tzinfo=UTC)) == local("2026-03-12T23:59")
    assert due(datetime(2026, 3, 11, 22, 1, tzinfo=UTC)) == local("2026-03-13T00:01")


def test_on_aland_the_day_of_self_government_is_no_working_day() -> None:
    assert due(local("2026-06-08T10:00"), aland=True) == local("2026-06-10T10:00")
    assert due(local("2026-06-08T10:00")) == local("2026-06-09T10:00")


@settings(max_examples=200, deadline=None)
@given(
    at=st.datetimes(
        min_value=datetime(2025, 1, 1),
        max_value=datetime(2035, 12, 31),
        timezones=st.just(UTC),
    ),
    aland=st.booleans(),
)
def test_a_due_time_is_always_on_a_working_day_later_and_within_six_days(
    at: datetime, aland: bool
) -> None:
    owed = due(at, aland=aland)
    day = owed.astimezone(HELSINKI).date()
    assert is_working_day(day, aland=aland)
    assert timedelta(hours=22) < owed - at <= timedelta(days=6)
    assert owed.astimezone(HELSINKI).time() == at.astimezone(HELSINKI).time()
    skipped = at.astimezone(HELSINKI).date() + timedelta(days=1)
    while skipped < day:
        assert not is_working_day(skipped, aland=aland)
        skipped += timedelta(days=1)


def test_a_new_year_asked_about_by_many_threads_at_once_has_its_holidays_for_all() -> None:
    for _ in range(5):
        clock._days_off.cache_clear()
        epiphanies = [date(year, 1, 6) for year in range(2030, 2050)] * 4
        with ThreadPoolExecutor(8) as pool:
            assert not any(pool.map(is_working_day, epiphanies))
