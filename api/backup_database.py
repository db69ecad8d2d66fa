"""One database copied as it stands at one instant, while the desk goes on writing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, table, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from api.backup_manifest import POSTGRES_FILE, SQLITE_FILE, BackupRefused
from api.database import Database, sqlite_url
from catalog.base import Base
from desk import chain, ledger
from desk.door_records import AccessEntry, Attachment

LOCKED_FOR = 60.0  # seconds that a copy of SQLite waits for a writer


class Seen(NamedTuple):
    """What the copy holds."""

    file: str
    kind: str  # sqlite, postgresql
    version: str
    migration: str
    counts: dict[str, int]
    ledger_head: str | None
    ledger_problem: str | None
    attachments: frozenset[str]  # keys


def copied(url: str, folder: Path, *, head: str) -> Seen:
    """The whole database stands in the folder, as of one instant. Raises BackupRefused."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        return _sqlite(Path(str(where.database)), folder / SQLITE_FILE, head)
    return _postgresql(where, folder / POSTGRES_FILE, head)


def _sqlite(path: Path, to: Path, head: str) -> Seen:
    if not path.is_file():
        raise BackupRefused(f"there is no database at {path}")
    to.touch(mode=0o600)
    with (
        closing(sqlite3.connect(path, timeout=LOCKED_FOR)) as source,
        closing(sqlite3.connect(to)) as copy,
    ):
        source.backup(copy)  # in one step: one instant, and no writer can make it begin anew
        copy.execute("PRAGMA journal_mode=DELETE")  # all in one file
        _without_remains(copy)
        if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise BackupRefused(f"the database is damaged: {found}")
    engine = create_engine(f"{sqlite_url(to)}")
    try:
        with engine.connect() as connection:
            return _seen(connection, to.name, sqlite3.sqlite_version, head)
    finally:
        engine.dispose()


def _without_remains(copy: sqlite3.Connection) -> None:
    """What was erased is neither in an index's old parts nor in free pages."""
    indexes = "select name from sqlite_master where sql like 'create virtual table % using fts5(%'"
    for (name,) in copy.execute(indexes).fetchall():
        copy.execute(f"insert into {name}({name}) values ('optimize')")  # noqa: S608  (our tables)
    copy.commit()
    copy.execute("VACUUM")


def _postgresql(where: URL, to: Path, head: str) -> Seen:
    engine = create_engine(where)
    try:
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            # The dump and the counts see the same instant.
            snapshot = connection.scalar(text("select pg_export_snapshot()"))
            schema = connection.scalar(text("select current_schema()"))
            to.touch(mode=0o600)
            shaped = ("--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}")
            told = (f"--snapshot={snapshot}", f"--file={to}", f"--dbname={libpq(where)}")
            postgres_tool("pg_dump", *shaped, *told, where=where)
            return _seen(connection, to.name, _server_version(engine), head)
    finally:
        engine.dispose()


def _server_version(engine: Engine) -> str:
    return ".".join(map(str, engine.dialect.server_version_info or ()))


def _seen(connection: Connection, file: str, version: str, head: str) -> Seen:
    migration = MigrationContext.configure(connection).get_current_revision()
    if migration is None:
        raise BackupRefused("the database has no tables of the desk's")
    with Session(connection) as session:
        problem = last = None
        if migration == head:
            problem, last = ledger_problem(session), ledger.head(session)
        keys = frozenset(session.scalars(select(Attachment.key))) if _has_files(session) else ()
        return Seen(
            file,
            connection.dialect.name,
            version,
            migration,
            rows_by_table(connection),
            last,
            problem,
            frozenset(keys),
        )


def _has_files(session: Session) -> bool:
    return inspect(session.connection()).has_table(Attachment.__tablename__)


def rows_by_table(connection: Connection) -> dict[str, int]:
    """How many rows each of the desk's tables has, of those that are there."""
    there = set(inspect(connection).get_table_names())
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(there & Base.metadata.tables.keys())
    }


def ledger_problem(session: Session) -> str | None:
    """What is wrong with the chains of promises and of who saw what, in words, or none."""
    broken = ledger.verify(session)
    if broken is not None:
        return f"the ledger is broken at entry {broken.id}"
    if silently := ledger.silently_changed(session):
        return f"due times changed behind the ledger: {', '.join(silently)}"
    # How old its first entry may be, is the running desk's question.
    seen = chain.verify(session, AccessEntry, anchor=lambda first: True)
    return f"the log of who saw what is broken at entry {seen.id}" if seen is not None else None


def migrated_problem(database: Database) -> str | None:
    """The same, of a database that may be of an older release; it is brought to today's first."""
    database.migrate()
    with database.reading() as session:
        return ledger_problem(session)


def libpq(where: URL) -> str:
    """The address as PostgreSQL's own programs read it, without the password."""
    plain = URL.create(
        "postgresql",
        where.username,
        None,
        where.host,
        where.port,
        where.database,
        where.query,
    )
    return plain.render_as_string(hide_password=False)


def postgres_tool(name: str, *arguments: str, where: URL) -> None:
    """Runs one of PostgreSQL's own programs. Raises BackupRefused with its words."""
    program = shutil.which(name)
    if program is None:
        raise BackupRefused(f"{name} is not here; on Debian: apt-get install postgresql-client")
    # In the environment: every user of the machine reads the arguments of a process.
    surroundings = {**os.environ, "PGPASSWORD": str(where.password)} if where.password else None
    done = subprocess.run(  # noqa: S603  (arguments from the settings)
        [program, "--no-password", *arguments], env=surroundings, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BackupRefused(f"{name} failed: {done.stderr.strip()[-2000:]}")
