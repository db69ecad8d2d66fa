"""The rows of the staff's queues, in the order in which they are read: urgent ones, soonest due."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session, aliased

from desk.models import PRIORITIES, Conversation, Person, Ticket

MOST_SHOWN = 50
URGENT_FIRST = sorted(PRIORITIES, key=lambda one: one != "urgent")


def first_rows(session: Session, groups: list[list[ColumnElement[bool]]]) -> list[Row[Any]]:
    """The first of all groups together; a group and a priority at a time, as the indexes go.

    Which tickets they are is asked first, and what is shown of them once: the wide question, with
    its joins, costs PostgreSQL more for each group than all its tickets do.
    """
    first: list[int] = []
    for priority in URGENT_FIRST:
        left = MOST_SHOWN - len(first)
        some = [
            row
            for where in groups
            for row in session.execute(
                select(Ticket.due_at, Ticket.id)
                .where(*where, Ticket.priority == priority)
                .order_by(Ticket.due_at, Ticket.id)
                .limit(left)
            ).tuples()
        ]
        first += [id_ for _, id_ in sorted(some)[:left]]
    rows = session.execute(columns().where(Ticket.id.in_(first))).all() if first else []
    by_id = {row.id: row for row in rows}
    return [by_id[id_] for id_ in first if id_ in by_id]


@cache
def columns() -> Select[Any]:
    """What a queue shows of a ticket; put together once, which takes longer than to read it."""
    on_floor, handed_by = aliased(Person), aliased(Person)
    return (
        select(
            Ticket.id,
            Ticket.code,
            Ticket.subject,
            Ticket.stage,
            Ticket.priority,
            Ticket.language,
            Ticket.tags,
            Ticket.service_id,
            Ticket.due_at,
            Person.name.label("owner"),
            on_floor.name.label("floor"),
            handed_by.name.label("handed_by"),
        )
        .join(Person, Person.id == Ticket.owner_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(
            on_floor,
            (on_floor.id == Conversation.floor_person_id) & (Conversation.floor == "staff"),
        )
        .outerjoin(handed_by, handed_by.id == Ticket.handed_by_id)
    )
