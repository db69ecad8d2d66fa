"""Where the tests' databases live: SQLite files, or a PostgreSQL server of the run's own.

`TEST_DATABASE=postgresql` puts every test that stands on `house` on PostgreSQL. A test need not
know: it is given a database, and each has its own copy.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import make_url

from api.database import Database, sqlite_url
from eval.load_servers import as_postgres

ON_POSTGRESQL = os.environ.get("TEST_DATABASE", "sqlite") == "postgresql"
BINARIES = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
)
MISSING = "NO POSTGRESQL HERE: the desk was not tried on it (on Debian: apt-get install postgresql)"
# A Finnish server's own order of words: what leans on the order of bytes falls here, not there.
LOCALE = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=fi-FI")
# Nothing of a test's outlives its run. What tidies by itself would hold a database being copied.
OPTIONS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=300",
    "autovacuum=off",
)

MEMORY = Path("/dev/shm")  # noqa: S108  (folders in it are made by mkdtemp)
ENOUGH = 4 * 1024**3  # bytes free there, or the disk is used


def room() -> str | None:
    """Where copies cost least: in memory, where there is plenty; else pytest's and Python's own
    place on disk. A database is made and thrown away for each test, and none need outlive a crash.
    """
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    return str(MEMORY) if shutil.disk_usage(MEMORY).free > ENOUGH else None


class Databases(Protocol):
    """Makes databases for tests and forgets them."""

    def empty(self, folder: Path) -> str:
        """The URL of a database without tables."""

    def copy(self, url: str, folder: Path) -> str:
        """The URL of a copy of a database that nobody is using."""

    def forget(self, url: str) -> None:
        """Gives the database's room back."""

    def bytes_of(self, url: str) -> bytes:
        """All that stands on disk of it."""


def file_of(url: str) -> Path:
    """The file of a SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


class SqliteFiles:
    """Each database a file in a folder of its own."""

    def empty(self, folder: Path) -> str:
        memory = room()
        made = Path(tempfile.mkdtemp(prefix="luukku-db-", dir=memory)) if memory else folder
        return sqlite_url(made / "luukku.db")

    def copy(self, url: str, folder: Path) -> str:
        copied = self.empty(folder)
        shutil.copyfile(file_of(url), file_of(copied))
        return copied

    def forget(self, url: str) -> None:
        file = file_of(url)
        for one in file.parent.glob(f"{file.name}*"):
            one.unlink()
        if file.parent.name.startswith("luukku-db-"):
            file.parent.rmdir()

    def bytes_of(self, url: str) -> bytes:
        file = file_of(url)
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


class PostgresServer:
    """A real PostgreSQL, without fsync, on a socket in a folder of its own."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._folder, self._binaries = folder, binaries
        self._numbers = count(1)

    def start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
        data = self._folder / "data"
        made = ("-D", data, "-U", "desk", "-A", "trust", "-E", "UTF8", "-N", *LOCALE)
        as_postgres(self._binaries / "initdb", *made)
        options = " ".join([f"-k {self._folder}", *(f"-c {one}" for one in OPTIONS)])
        log = self._folder / "log"
        as_postgres(self._binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        data = self._folder / "data"
        as_postgres(self._binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def empty(self, folder: Path) -> str:
        return self._made("")

    def copy(self, url: str, folder: Path) -> str:
        return self._made(f"template {_name(url)} strategy file_copy")

    def forget(self, url: str) -> None:
        self._say(f"drop database {_name(url)} with (force)")

    def bytes_of(self, url: str) -> bytes:
        """Its rows and indexes, and the log of the whole server's changes."""
        with psycopg.connect(self._where(_name(url)), autocommit=True) as connection:
            connection.execute("checkpoint")
            oid = "select oid from pg_database where datname = current_database()"
            (number,) = connection.execute(oid).fetchone() or (0,)
        data = self._folder / "data"
        files = [*(data / "base" / str(number)).iterdir(), *(data / "pg_wal").glob("0*")]
        return b"".join(path.read_bytes() for path in files)

    def settle(self, url: str) -> None:
        """Counts a filled database's rows, as PostgreSQL does by itself behind a desk at work."""
        with psycopg.connect(self._where(_name(url)), autocommit=True) as connection:
            connection.execute("vacuum full analyze")

    def _made(self, how: str) -> str:
        name = f"luukku{next(self._numbers)}"
        self._say(f"create database {name} {how}")
        return f"postgresql+psycopg://desk@/{name}?host={self._folder}"

    def _say(self, statement: str) -> None:
        with psycopg.connect(self._where("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _where(self, name: str) -> str:
        return f"host={self._folder} user=desk dbname={name}"


def _name(url: str) -> str:
    return str(make_url(url).database)


@contextmanager
def a_server() -> Iterator[PostgresServer]:
    """A running server; where PostgreSQL is not installed, CI fails and others skip loudly."""
    nobody = os.geteuid() == 0 and "postgres" not in [user.pw_name for user in pwd.getpwall()]
    if not BINARIES or nobody:
        if os.environ.get("CI") or ON_POSTGRESQL:
            pytest.fail(MISSING)
        warnings.warn(MISSING, stacklevel=2)
        pytest.skip(MISSING)
    folder = Path(
        tempfile.mkdtemp(prefix="luukku-pg-", dir=room())
    )  # short: a socket's path has 107 bytes
    server = PostgresServer(folder, BINARIES[-1])
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def a_copy(databases: Databases, url: str, folder: Path) -> Iterator[Database]:
    """A copy to change, forgotten at the end."""
    with opened(databases, databases.copy(url, folder)) as database:
        yield database


@contextmanager
def opened(databases: Databases, url: str) -> Iterator[Database]:
    """The database at the URL, closed and forgotten at the end."""
    database = Database(url)
    yield database
    database.dispose()
    databases.forget(url)
