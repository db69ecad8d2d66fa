"""Rows into tables, many at a time, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog.base import Base
from catalog.report import Counts

type Row = dict[str, Any]
type Key = tuple[Any, ...]

BATCH = 500  # well under SQLite's limit of bound values, for keys of a few columns


def add(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    if rows:
        session.execute(insert(table), rows)


def change(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    """Sets the rows named by their primary key to these values."""
    if rows:
        session.execute(update(table), rows)


def remove(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> None:
    """Deletes the rows whose `column` is among the values."""
    for some in batched(values, BATCH):
        session.execute(
            delete(column.class_).where(column.in_(some)),
            execution_options={"synchronize_session": False},
        )


def put(session: Session, table: type[Base], rows: Sequence[Row]) -> Counts:
    """Adds the rows whose key is new, changes those that differ, leaves all others alone."""
    present = {key_of(table, row): row for row in _present(session, table, rows)}
    new = [row for row in rows if key_of(table, row) not in present]
    old = [row for row in rows if key_of(table, row) in present]
    differing = [row for row in old if not row.items() <= present[key_of(table, row)].items()]
    add(session, table, new)
    change(session, table, differing)
    return Counts(len(new), len(differing), len(old) - len(differing))


def key_of(table: type[Base], row: Row) -> Key:
    return tuple(row[column.name] for column in table.__table__.primary_key)


def _present(session: Session, table: type[Base], rows: Sequence[Row]) -> Iterator[Row]:
    key = tuple_(*table.__table__.primary_key)
    for some in batched(rows, BATCH):
        wanted = select(table.__table__).where(key.in_([key_of(table, row) for row in some]))
        yield from (dict(row) for row in session.execute(wanted).mappings())
