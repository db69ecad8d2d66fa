"""What carries out the bot's actions."""

from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from api.action_door import executor
from api.doors import Doors


def test_turns_beside_each_other_do_not_fight_for_the_cores(doors: Doors) -> None:
    with threadpool_limits(2, user_api="blas"):  # as on a machine with several
        executor(doors.desk)
        threads = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    assert threads
    assert set(threads) == {1}
