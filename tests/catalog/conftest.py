from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.load import Scope
from tests.databases import Databases, opened


@pytest.fixture
def database_url(databases: Databases, coded: str, tmp_path: Path) -> str:
    return databases.copy(coded, tmp_path)


@pytest.fixture
def database(databases: Databases, database_url: str) -> Iterator[Scope]:
    """A scope on a real database that holds the code lists and the desk, and no service."""
    with opened(databases, database_url) as database:
        yield database.writing
