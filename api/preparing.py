"""One process prepares the desk at a time; those that start beside it wait, and find it done."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from api.database import Database

LOCK = "preparing.lock"
OF_DATABASE = text("select pg_advisory_lock(:locks, 0)")
LOCKS = 7502  # of PostgreSQL's advisory locks; desk.line_order has another


@contextmanager
def one_in_folder(data_dir: Path) -> Iterator[None]:
    """Waits until nobody else on this machine makes what is kept in the folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    # The kernel lets the lock go with the process, however it ends.
    handle = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def one_in_database(database: Database) -> Iterator[None]:
    """Waits until nobody else, on whatever machine, makes tables or loads the catalogue.

    SQLite's file stands in one folder, whose lock is enough.
    """
    if database.engine.dialect.name != "postgresql":
        yield
        return
    # Held by the connection: PostgreSQL lets it go with the process. Without a transaction, which
    # would keep what others have deleted for as long as the catalogue loads.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(OF_DATABASE, {"locks": LOCKS})
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:locks, 0)"), {"locks": LOCKS})
