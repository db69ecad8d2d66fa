from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database, sqlite_url
from catalog.base import Base
from catalog.codes import put_codes, shipped_codes
from catalog.load import Scope


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "luukku.db")


@pytest.fixture
def database(database_url: str) -> Iterator[Scope]:
    """A scope on a real file database that holds the code lists and the desk, and no service."""
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        put_codes(session, shipped_codes())
    yield database.writing
    database.dispose()
