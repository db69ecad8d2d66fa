"""A desk's tables on a real PostgreSQL, with one conversation and one member of staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.database import Database
from desk import conversations, staff
from desk.conversations import Place
from desk.models import Conversation, Person
from tests.databases import PostgresServer, a_server
from tests.foundation import PASSWORD, WEDNESDAY_NOON


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with a_server() as started:
        yield started


@pytest.fixture(scope="module")
def tables(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a desk without catalogue, of which eero is the staff."""
    url = server.empty(tmp_path_factory.mktemp("tables"))
    database = Database(url)
    database.migrate()
    with database.writing() as session:
        staff.add_person(session, login="eero", name="Eero", languages=["fi"], password=PASSWORD)
    database.dispose()
    yield url
    server.forget(url)


@pytest.fixture
def one(tables: str) -> Iterator[Database]:
    """The database as one process of the desk has it open."""
    database = Database(tables)
    yield database
    database.dispose()


@pytest.fixture
def other(tables: str) -> Iterator[Database]:
    """The same database as another process has it open."""
    database = Database(tables)
    yield database
    database.dispose()


@pytest.fixture
def talk(one: Database) -> str:
    return begun(one)


def begun(database: Database) -> str:
    with database.writing() as session:
        talk = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
        return talk.id


def says(session, conversation_id: str, text: str) -> int:  # type: ignore[no-untyped-def]
    """A line of eero's; not committed yet."""
    eero = session.query(Person).filter_by(login="eero").one()
    said = conversations.say(
        session,
        session.get_one(Conversation, conversation_id),
        author="staff",
        text=text,
        now=WEDNESDAY_NOON,
        person=eero,
    )
    return said.id
