"""The database: migrated from nothing, whole or not at all, readers never in a writer's way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

import catalog.process  # noqa: F401
import desk.door_records
import desk.records  # noqa: F401  (its tables belong to the same metadata)
from api.database import Database, sqlite_url
from catalog.base import Base
from catalog.models import Area
from desk.models import Person, Turn
from tests.foundation import Clock


def people(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def somebody(number: int = 0) -> Person:
    return Person(login=f"one{number}", name="One", languages=["fi"])


def of_the_models(name: str | None, kind: str, _parents: object) -> bool:
    """All but the words that matters are found by: FTS5's own tables, or PostgreSQL's indexes."""
    return kind not in ("table", "index") or "_search" not in (name or "")


def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "new.db"))
    database.migrate()
    database.migrate()  # and doing it again is no work
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": of_the_models},
        )
        assert compare_metadata(context, Base.metadata) == []
    tables = {
        one
        for one in inspect(database.engine).get_table_names()
        if of_the_models(one, "table", None)
    }
    assert tables == set(Base.metadata.tables) | {"alembic_version"}
    database.dispose()


def test_the_migrations_hold_the_rules_that_the_models_hold(tmp_path: Path) -> None:
    migrated = Database(sqlite_url(tmp_path / "a.db"))
    made = Database(sqlite_url(tmp_path / "b.db"))
    migrated.migrate()
    Base.metadata.create_all(made.engine)
    one, other = inspect(migrated.engine), inspect(made.engine)
    for table in Base.metadata.tables:
        checks, expected = (
            {check["name"] for check in look.get_check_constraints(table)} for look in (one, other)
        )
        assert checks == expected, table
        assert one.get_unique_constraints(table) == other.get_unique_constraints(table), table
    migrated.dispose()
    made.dispose()


def test_what_fails_in_the_middle_leaves_nothing(house: Database) -> None:
    before = people(house)

    def half() -> None:
        with house.writing() as session:
            session.add(somebody())
            session.flush()
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        half()
    assert people(house) == before


@pytest.mark.sqlite_only(reason="PostgreSQL's writers do not stand in one line")
def test_writers_wait_for_each_other_and_none_is_lost(house: Database) -> None:
    before = people(house)

    def write(number: int) -> None:
        with house.writing() as session:
            count = session.scalar(select(func.count()).select_from(Person)) or 0
            time.sleep(0.01)
            session.add(Person(login=f"writer{number}", name=str(count), languages=["fi"]))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    assert people(house) == before + 24
    with house.reading() as session:
        seen = session.scalars(select(Person.name).where(Person.login.like("writer%"))).all()
    assert sorted(map(int, seen)) == list(range(before, before + 24))  # each saw all before it


def test_a_reader_does_not_wait_for_a_writer(house: Database) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with house.writing() as session:
            session.add(somebody())
            session.flush()
            holding.set()
            done.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(5)
    began = time.monotonic()
    before = people(house)
    took = time.monotonic() - began
    done.set()
    thread.join()
    assert took < 1
    assert people(house) == before + 1


def test_a_reader_cannot_write(house: Database) -> None:
    before = people(house)
    with house.reading() as session:
        session.add(somebody())
        session.flush()
    assert people(house) == before


@pytest.mark.sqlite_only(reason="only SQLite locks the whole file for a writer")
def test_a_writer_that_waits_too_long_fails_by_name(
    house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.database.BUSY_MS", 200)
    other = Database(house.url)
    with house.writing() as session:
        session.execute(text("select 1"))
        with pytest.raises(OperationalError, match="locked"), other.writing() as second:
            second.execute(text("select 1"))
    other.dispose()


def test_a_row_of_an_unknown_kind_is_refused(house: Database) -> None:
    with pytest.raises(IntegrityError), house.writing() as session:
        session.add(Area(id="x:1", kind="planet", code="1"))


def test_a_turn_of_no_conversation_is_refused(house: Database, clock: Clock) -> None:
    stray = insert(Turn).values(
        message_id="m" * 8,
        conversation_id="no such",
        text_hash="",
        text="",
        language="fi",
        opened_at=clock(),
    )
    with house.writing() as session, pytest.raises(IntegrityError):
        session.execute(stray)


@pytest.mark.sqlite_only(reason="asks SQLite's own settings")
def test_a_commit_is_on_disk_before_it_is_said_to_be(house: Database) -> None:
    with house.reading() as session:
        assert session.scalar(text("pragma journal_mode")) == "wal"
        assert session.scalar(text("pragma synchronous")) == 2  # FULL
        assert session.scalar(text("pragma foreign_keys")) == 1


def test_it_says_whether_it_works(house: Database) -> None:
    assert house.works()
