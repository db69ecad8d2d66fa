"""An upgrade keeps what the first release kept, and half of one can be run again."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.orm import Session

from api.backup import head
from api.database import Database, sqlite_url
from catalog.models import CustomerPhrase, Service
from desk import ledger, search
from desk.models import Conversation, Message, Person, Ticket, Turn
from tests.api import first_release, migrating_process
from tests.api.first_release import ANSWER, AT, DUE, REPLIES, SAID, TALK
from tests.databases import Databases, SqliteFiles

CHILDREN = multiprocessing.get_context("fork")  # no second import of everything
DATABASES = {"sqlite": SqliteFiles()}
# Statements after which the process dies: between migrations, and within each of them.
CUTS = (3, 15, 30, 50, 65, 120, 200, 300)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a first release's database, with rows."""
    kind: str = request.param
    databases: Databases = DATABASES.get(kind) or request.getfixturevalue(kind)
    url = databases.empty(tmp_path)
    first_release.make(url)
    yield url
    databases.forget(url)


@pytest.fixture
def upgraded(old: str) -> Iterator[Session]:
    database = Database(old)
    database.migrate()
    with database.reading() as session:
        yield session
    database.dispose()


def revision(url: str) -> str:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = str(connection.scalar(text("select version_num from alembic_version")))
    engine.dispose()
    return found


def test_the_first_releases_rows_are_read_by_todays_models(upgraded: Session) -> None:
    talk = upgraded.get_one(Conversation, TALK)
    assert (talk.channel, talk.customer, talk.opened_at) == ("web", "public", AT)
    turn = upgraded.get_one(Turn, 1)
    assert (turn.text, turn.kind, turn.replies, turn.closed_at) == (SAID, "handover", REPLIES, AT)
    ticket = upgraded.get_one(Ticket, 1)
    assert (ticket.subject, ticket.contact, ticket.due_at) == (SAID, "+358401234567", DUE)
    assert (ticket.owner.name, ticket.team.code) == ("Eka Käsittelijä", "luukku")
    assert (ticket.stage, ticket.tags, ticket.priority) == ("answered", [], "normal")
    lines = [(one.kind, one.author, one.text) for one in upgraded.query(Message).order_by("id")]
    assert lines == [
        ("text", "customer", SAID),
        ("opened", "desk", "Asia on meillä."),
        ("text", "staff", ANSWER),
    ]
    person = upgraded.get_one(Person, 1)
    assert (person.languages, person.roles, person.protected) == (["fi", "sv"], ["clerk"], False)
    service = upgraded.get_one(Service, first_release.SERVICE)
    assert [one.name for one in service.texts] == ["Passi"]
    phrases = select(CustomerPhrase.text).where(CustomerPhrase.service_id == service.id)
    assert upgraded.scalars(phrases).all() == ["passi hukassa"]


def test_old_matters_are_found_by_their_words_and_the_ledger_begins_whole(
    upgraded: Session,
) -> None:
    assert ledger.verify(upgraded) is None
    assert ledger.silently_changed(upgraded) == []
    assert search.found(upgraded, "hukkasin passin") == [1]
    assert search.found(upgraded, "LK-864-0744") == [1]
    assert search.found(upgraded, "verotus") == []


def test_new_rows_follow_the_old_ones(old: str) -> None:
    database = Database(old)
    database.migrate()
    with database.writing() as session:
        line = Message(
            conversation_id=TALK,
            ticket_id=1,
            kind="file",
            author="customer",
            audience="customer",
            text="liite.pdf",
            language="fi",
            created_at=DUE,
        )
        session.add(line)
        session.flush()
        assert line.id == 4
    database.dispose()


def migrated_and_killed(url: str, statements: int) -> bool:
    """Whether the process was killed before it was done."""
    child = CHILDREN.Process(target=migrating_process.migrate_and_die, args=(url, statements))
    child.start()
    child.join(120)
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


def test_a_migration_that_was_killed_anywhere_leaves_the_old_tables_and_can_be_run_again(
    old: str,
) -> None:
    engine = create_engine(old)
    before = set(inspect(engine).get_table_names())
    killed = 0
    for statements in CUTS:
        if not migrated_and_killed(old, statements):
            break
        killed += 1
        assert revision(old) == "0001"
        assert set(inspect(engine).get_table_names()) == before
    assert killed >= 4
    Database(old).migrate()
    assert revision(old) == head()
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from message")) == 3
    engine.dispose()


def test_of_two_processes_that_migrate_at_once_one_does_it_and_both_go_on(old: str) -> None:
    children = [CHILDREN.Process(target=migrating_process.migrate, args=(old,)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert revision(old) == head()


def test_a_start_with_nothing_to_migrate_waits_for_no_writer(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "luukku.db")
    Database(url).migrate()
    with closing(sqlite3.connect(tmp_path / "luukku.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        Database(url).migrate()
        writer.execute("ROLLBACK")
