"""Databases broken for real, whichever they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text

from api.database import Database
from tests.databases import file_of

HANG_UP = "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"


def ruin(house: Database) -> None:
    """Nothing can be read of it any more."""
    house.dispose()
    if house.engine.dialect.name == "sqlite":
        file_of(house.url).write_bytes(b"no database any more" * 500)
    else:
        _alter(house, "with allow_connections false")


@contextmanager
def read_only(house: Database) -> Iterator[None]:
    """Whoever writes to it fails, as long as it lasts; it can be read."""
    if house.engine.dialect.name == "sqlite":
        other = sqlite3.connect(file_of(house.url), isolation_level=None)
        other.execute("begin immediate")
        yield
        other.close()
    else:
        _alter(house, "set default_transaction_read_only = on")
        yield
        _alter(house, "reset default_transaction_read_only")


def _alter(house: Database, how: str) -> None:
    """Changes a PostgreSQL database from beside it, and makes everybody connect to it anew."""
    url = make_url(house.url)
    beside = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with beside.connect() as connection:
        connection.execute(text(f"alter database {url.database} {how}"))
        connection.execute(text(HANG_UP), {"name": url.database})
    beside.dispose()
