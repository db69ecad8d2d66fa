"""How long one who comes now would wait is told by how the last ones were answered."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from api.pace import FEW, GUESS, LONGEST, Pace


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pace(watch: Watch) -> Pace:
    return Pace(watch)


def answers(pace: Pace, watch: Watch, count: int, apart: float) -> None:
    """So many messages, each answered before the next one comes."""
    for _ in range(count):
        with pace.one():
            watch.now += apart
            pace.answered()
        watch.now += 60  # nobody waits for anything


def wait_with(pace: Pace, open_messages: int) -> float:
    with ExitStack() as stack:
        for _ in range(open_messages):
            stack.enter_context(pace.one())
        return pace.wait


def test_before_any_answer_the_pace_is_guessed(pace: Pace) -> None:
    assert wait_with(pace, 9) == pytest.approx(10 * GUESS)


def test_the_wait_is_as_long_as_the_open_ones_take_and_idle_time_is_none(
    pace: Pace, watch: Watch
) -> None:
    answers(pace, watch, 100, 0.5)
    assert wait_with(pace, 9) == pytest.approx(5.0, rel=0.01)
    assert wait_with(pace, 19) == pytest.approx(10.0, rel=0.01)


def test_side_by_side_answers_count_from_one_to_the_next(pace: Pace, watch: Watch) -> None:
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(pace.one())
        for _ in range(100):
            watch.now += 0.2
            pace.answered()
        assert pace.wait == pytest.approx(11 * 0.2, rel=0.01)


def test_a_few_are_always_let_in_however_slow_the_last_ones_were(pace: Pace, watch: Watch) -> None:
    answers(pace, watch, 100, 30)
    assert wait_with(pace, FEW - 1) == 0.0
    assert wait_with(pace, FEW) == pytest.approx((FEW + 1) * LONGEST, rel=0.01)


def test_what_broke_changes_nothing_and_leaves_nothing_open(pace: Pace) -> None:
    before = wait_with(pace, 9)
    with pytest.raises(RuntimeError), pace.one():
        raise RuntimeError
    assert (pace.open, wait_with(pace, 9)) == (0, before)


def test_a_bot_that_hung_is_not_taken_for_a_slow_one(pace: Pace, watch: Watch) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(pace.one())
        watch.now += 30
        pace.given_up()
        watch.now += GUESS
        pace.answered()
        assert pace.wait == pytest.approx(9 * GUESS)


def test_after_one_long_silence_the_pace_is_soon_the_old_one(pace: Pace, watch: Watch) -> None:
    answers(pace, watch, 100, 0.1)
    answers(pace, watch, 1, 600)
    answers(pace, watch, 30, 0.1)
    assert wait_with(pace, 9) == pytest.approx(1.0, rel=0.3)
