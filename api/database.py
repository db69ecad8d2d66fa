"""Sessions and commits: here and on the command line only."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, column, create_engine, event, select, table, text
from sqlalchemy.orm import Session

from api.settings import PROJECT
from desk import acting, line_order, webhooks

CONNECTIONS = 64  # as many as WORKERS may be; opened only as they are needed
SIZE = {
    "sqlite": "select page_count * page_size from pragma_page_count(), pragma_page_size()",
    "postgresql": "select pg_database_size(current_database())",
}
RELEASE = table("alembic_version", column("version_num"))  # one row, from the first migration on
# PostgreSQL over a line that has gone silent: without these a thread would wait for hours.
NOT_FOR_EVER = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds that what was sent may stay unconfirmed
}
BUSY_MS = 3_000  # how long a SQLite writer waits for another before it gives up


class Writing(Session):
    """A session that writes: webhooks are told of what it writes, and who waits for a line; what
    staff change is in the access log."""


webhooks.follow(Writing)
line_order.follow(Writing)
acting.follow(Writing)


class Database:
    """One database, SQLite or PostgreSQL, behind two ways in: reading and writing."""

    def __init__(self, url: str, told: Mapping[str, Any] | None = None) -> None:
        """`told` is known to every session, as its `info`."""
        self.url = url
        self._told = dict(told or {})
        self.engine = _engine(url)
        self._turn_to_write = _turn_to_write(url)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits when the block ends, and rolls everything back when it raises."""
        with (
            self._turn_to_write,
            Writing(self.engine, expire_on_commit=False, info=self._told) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that changes nothing and, on SQLite, waits for no writer."""
        connection = self.engine.connect().execution_options(reads_only=True)
        told = dict(self._told)
        with connection, Session(connection, expire_on_commit=False, info=told) as session:
            yield session

    def migrate(self) -> None:
        """Brings the tables to this release's; does nothing when they are there."""
        command.upgrade(_alembic(self.url), "head")

    def works(self) -> bool:
        """Whether the tables can be read; a query of none would not touch SQLite's file at all."""
        with self.reading() as session:
            return bool(session.scalar(select(RELEASE.c.version_num)))

    def could_write(self) -> None:
        """Takes the place to write and gives it back unused.

        Raises SQLAlchemyError where it cannot be had: read-only, or held by another for long.
        """
        with self.writing() as session:
            session.scalar(select(RELEASE.c.version_num).with_for_update())

    def size(self) -> int:
        """Bytes of the database, without SQLite's write-ahead log."""
        with self.reading() as session:
            return session.scalar(text(SIZE[self.engine.dialect.name])) or 0

    def dispose(self) -> None:
        self.engine.dispose()


def _turn_to_write(url: str) -> AbstractContextManager[object]:
    """SQLite's waiting writers look again after naps, and an unlucky one gives up under load; those
    of one process queue here instead, and only other processes are waited for so."""
    return threading.Lock() if url.startswith("sqlite") else nullcontext()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_pre_ping=True, pool_size=CONNECTIONS, connect_args=NOT_FOR_EVER
        )
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        pool_size=CONNECTIONS,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin by itself: it would begin deferred, and a reader that turns
    # writer in the middle of a transaction fails at once instead of waiting.
    connection.isolation_level = None
    # secure_delete: what is deleted is overwritten, and not only forgotten.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"
