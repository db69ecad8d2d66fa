"""A round over all matters is done by one process at a time."""

from __future__ import annotations

import threading
from pathlib import Path

from api.database import Database
from api.preparing import one_in_database, one_in_folder
from desk import one_round


def test_of_two_processes_one_does_the_round_and_the_next_round_is_anybodys(
    one: Database, other: Database
) -> None:
    with one.writing() as first, other.writing() as second:
        assert one_round.is_mine(first)
        assert not one_round.is_mine(second)
    with other.writing() as later:
        assert one_round.is_mine(later)


def test_a_process_that_died_in_its_round_leaves_it_to_another(
    one: Database, other: Database
) -> None:
    with one.writing() as first:
        assert one_round.is_mine(first)
        first.connection().connection.dbapi_connection.close()  # type: ignore[union-attr]
        with other.writing() as second:
            assert one_round.is_mine(second)
        first.invalidate()


def test_of_two_processes_that_prepare_one_waits_for_the_other(
    one: Database, other: Database, tmp_path: Path
) -> None:
    done: list[str] = []

    def prepare(name: str, database: Database) -> None:
        with one_in_folder(tmp_path), one_in_database(database):
            done.append(f"{name} waits no more")

    for lock, free in ((one_in_database(one), other), (one_in_folder(tmp_path), one)):
        done.clear()
        with lock:
            beside = threading.Thread(target=prepare, args=("the other", free))
            beside.start()
            beside.join(0.5)
            assert not done
        beside.join(10)
        assert done == ["the other waits no more"]
