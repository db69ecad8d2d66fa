"""Desks to try things at: the shipped catalogue and the demo's people, in memory."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import FrozenResult, Result, create_engine, delete, event, select
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.cache_key import HasCacheKey

from api.database import Database, sqlite_url
from api.settings import PROJECT
from catalog.base import Base
from catalog.find import NOTHING_FOUND, Findings
from catalog.load import load_shipped
from catalog.places import Municipalities
from catalog.reach import ANYBODY, Asker
from desk.demo_staff import ensure_demo
from desk.models import Absence, Member, Person, Responsibility, Shift, Team

# No turn writes these, nor the catalogue: a house reads them once.
LASTING = (Person, Team, Member, Responsibility, Absence, Shift)
MOST_ANSWERS = 20_000  # of the database, that a house remembers
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
    """One database in memory; what a state changes in it is undone when the state ends.

    All blocks share one session, which keeps the catalogue and the staff: reading these anew for
    each of a million states would take a day. All that a customer's matter is made of is let go at
    the end of each block, so that the next block reads what was really written.
    """

    absence: str
    connection: sqlite3.Connection
    now: datetime = BEGINS
    prepared: dict[tuple[object, ...], str] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)
    _moving: list[object] = field(default_factory=list)
    _answers: dict[object, FrozenResult[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine = create_engine(
            "sqlite://",
            creator=lambda: self.connection,
            poolclass=StaticPool,
            query_cache_size=5000,
        )
        event.listen(engine, "begin", lambda one: one.exec_driver_sql("BEGIN"))
        self._session = Session(engine, expire_on_commit=False)
        for change in ("loaded_as_persistent", "pending_to_persistent"):
            event.listen(self._session, change, self._seen)
        event.listen(self._session, "do_orm_execute", self._remembered)

    def _remembered(self, asked: ORMExecuteState) -> Result[Any] | None:
        """The same question about what lasts has the same answer, and it is at hand."""
        question = _question(asked) if asked.is_select else None
        if question is None:
            return None
        if question not in self._answers:
            if len(self._answers) > MOST_ANSWERS:
                self._answers.clear()
            self._answers[question] = asked.invoke_statement().freeze()
        answer: Result[Any] = self._answers[question]()
        return answer

    def _seen(self, _: Session, thing: object) -> None:
        """The session itself holds what it has read only weakly."""
        (self._kept if _lasts(type(thing)) else self._moving).append(thing)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Everything that is written in the block is taken back at its end."""
        self._session.connection()  # inside the transaction that holds what was prepared
        self.connection.execute("SAVEPOINT state")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK TO state")
            self.connection.execute("RELEASE state")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """What is written is kept when the block ends, and taken back when it raises."""
        with self._block() as session, session.begin_nested():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._block() as session:
            yield session

    @contextmanager
    def _block(self) -> Iterator[Session]:
        outer, self._moving = self._moving, []
        try:
            yield self._session
        finally:
            for one in self._moving:
                if one in self._session:
                    self._session.expunge(one)
            self._moving = outer


def _lasts(kind: type) -> bool:
    return issubclass(kind, LASTING) or kind.__module__.startswith("catalog.")


def _question(asked: ORMExecuteState) -> object:
    """The statement with all its values; None for one about what moves, or that fills in a part of
    a thing that is at hand already."""
    if asked.is_column_load or asked.lazy_loaded_from is not None:
        return None
    if not isinstance(asked.statement, HasCacheKey):
        return None
    key = asked.statement._generate_cache_key()  # as SQLAlchemy's own recipes for caches do
    if key is None:
        return None
    if key.key not in _about_lasting:
        words = set(re.findall(r"\w+", str(asked.statement).lower()))
        _about_lasting[key.key] = words.isdisjoint(_moving_tables())
    if not _about_lasting[key.key]:
        return None
    given = asked.parameters if isinstance(asked.parameters, dict) else {}
    values = [one.effective_value for one in key.bindparams]
    return key.key, repr(values), repr(sorted(given.items()))


_about_lasting: dict[object, bool] = {}  # by the statement without its values


@cache
def _moving_tables() -> frozenset[str]:
    """The tables that a turn may write. One that a statement only looks like naming counts too."""
    kinds = Base.registry.mappers
    return frozenset(str(one.local_table) for one in kinds if not _lasts(one.class_))


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
    memory.execute("ANALYZE")
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
