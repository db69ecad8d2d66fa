"""Desks to try things at: the shipped catalogue and the demo's people, in memory."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, delete, event, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from api.database import Database, sqlite_url
from api.settings import PROJECT
from catalog.find import NOTHING_FOUND, Findings
from catalog.load import load_shipped
from catalog.places import Municipalities
from catalog.reach import ANYBODY, Asker
from desk.demo_staff import ensure_demo
from desk.models import Absence, Person

BEGINS, ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class SearchBroken(Exception):
    """The index is missing, or wrong."""


@dataclass
class GivenFinder:
    """Finds what the state says that the search found; the search itself is measured elsewhere."""

    places: Municipalities
    service_ids: tuple[str, ...]
    revision: int = 1
    encoder_name: str = "given"
    found: Findings = NOTHING_FOUND
    broken: bool = False

    def find(self, text: str, language: str, asker: Asker = ANYBODY, limit: int = 5) -> Findings:
        if self.broken:
            raise SearchBroken
        return self.found

    def in_danger(self, text: str) -> bool:
        if self.broken:
            raise SearchBroken
        return False


@dataclass
class House:
    """One database in memory; what a state changes in it is undone when the state ends."""

    absence: str
    connection: sqlite3.Connection
    now: datetime = BEGINS
    prepared: dict[tuple[object, ...], str] = field(default_factory=dict)
    _held: Connection | None = None

    def __post_init__(self) -> None:
        self._engine = create_engine("sqlite://", creator=self._same, poolclass=StaticPool)
        event.listen(self._engine, "begin", lambda one: one.exec_driver_sql("BEGIN"))

    def _same(self) -> sqlite3.Connection:
        return self.connection

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Everything that is written in the block is taken back at its end."""
        with self._engine.connect() as connection:
            transaction = connection.begin()
            self._held = connection
            try:
                yield
            finally:
                self._held = None
                transaction.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        bound: Any = self._held or self._engine
        mode: Any = "create_savepoint" if self._held is not None else "conditional_savepoint"
        with (
            Session(bound, expire_on_commit=False, join_transaction_mode=mode) as session,
            session.begin(),
        ):
            yield session

    reading = writing


def template(folder: Path, password: str = "only for proof 1") -> Path:  # noqa: S107
    """A file with the shipped catalogue and the demo, by the real migrations."""
    path = folder / "proof.db"
    database = Database(sqlite_url(path))
    database.migrate()
    load_shipped(database.writing, PROJECT / "nlu_data", lambda line: None)
    with database.writing() as session:
        ensure_demo(session, password, now=BEGINS)
    database.dispose()
    with sqlite3.connect(path) as file:
        # What customers say is the search's alone, and the search is not what is tried here.
        file.execute("delete from customer_phrase")
    return path


def house(path: Path, absence: str) -> House:
    """A copy of the template in memory, with these people away."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    memory.isolation_level = None
    with sqlite3.connect(path) as file:
        file.backup(memory)
    memory.execute("PRAGMA foreign_keys=ON")
    made = House(absence, memory)
    with made.writing() as session:
        session.execute(delete(Absence))
        people = list(session.scalars(select(Person).order_by(Person.id)))
        AWAY[absence](session, people)
    return made


def _away(session: Session, person: Person, substitute: Person | None) -> None:
    session.add(
        Absence(
            person_id=person.id,
            starts_at=BEGINS,
            ends_at=ENDS,
            substitute_id=substitute.id if substitute else None,
        )
    )


def _every_other(session: Session, people: list[Person]) -> None:
    for person in people[::2]:
        _away(session, person, None)


def _chain(session: Session, people: list[Person]) -> None:
    """Each stands in for the one before; only the last is there (zammad-3694)."""
    for person, following in itertools.pairwise(people):
        _away(session, person, following)


def _circle(session: Session, people: list[Person]) -> None:
    for person, following in zip(people, [*people[1:], people[0]], strict=True):
        _away(session, person, following)


def _all_but_one(session: Session, people: list[Person]) -> None:
    for person in people[1:]:
        _away(session, person, None)


def _half_have_left(session: Session, people: list[Person]) -> None:
    for number, person in enumerate(people):
        if number % 2:
            person.active = False
        else:
            _away(session, person, people[number - 1])


AWAY: dict[str, Callable[[Session, list[Person]], None]] = {
    "nobody": lambda session, people: None,
    "every_other": _every_other,
    "chain": _chain,
    "circle": _circle,
    "all_but_one": _all_but_one,
    "half_have_left": _half_have_left,
}
