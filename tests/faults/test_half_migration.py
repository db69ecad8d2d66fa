"""A start that is killed while it changes the tables leaves the old ones, and the next goes on."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from api.settings import PROJECT

# The process kills itself after so many statements: each moment of a migration can be chosen.
MIGRATES = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from api.database import Database

left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def count(*given):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

Database(sys.argv[1]).migrate()
"""


@pytest.fixture
def first_release(tmp_path: Path) -> Path:
    """A database with the first release's tables, and somebody in them."""
    path = tmp_path / "luukku.db"
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{path}")
    command.upgrade(config, "0001")
    with sqlite3.connect(path) as database:
        database.execute(
            "insert into person (login, name, languages, active, demo)"
            " values ('demo', 'Demo', '[]', 1, 1)"
        )
    return path


def _migrated(path: Path, killed_after: int) -> int:
    given = [sys.executable, "-c", MIGRATES, f"sqlite:///{path}", str(killed_after)]
    return subprocess.run(given, cwd=PROJECT, check=False, timeout=120).returncode


def _tables(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as database:
        return database.execute("select name, sql from sqlite_master order by name").fetchall()


@pytest.mark.parametrize("killed_after", [30, 150, 400])
def test_a_killed_migration_changes_nothing_and_is_done_by_the_next_start(
    first_release: Path, tmp_path: Path, killed_after: int
) -> None:
    before = _tables(first_release)
    assert _migrated(first_release, killed_after) == -signal.SIGKILL
    assert _tables(first_release) == before
    assert _migrated(first_release, 0) == 0
    with sqlite3.connect(first_release) as database:
        assert database.execute("select login from person").fetchall() == [("demo",)]
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
    whole = tmp_path / "whole.db"
    assert _migrated(whole, 0) == 0
    assert [name for name, _ in _tables(first_release)] == [name for name, _ in _tables(whole)]
