"""What each role may do at the desk: one table, and nothing beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from desk.models import Person

Task = Literal[
    "read",  # the queue, every matter in it and why it was routed so
    "answer",  # answer and close a matter, take the floor of its chat
    "take_over",  # become a matter's owner, accept what was handed on
    "transfer",
    "note",
    "subtask",  # ask a colleague for help, tell the result of what was asked
    "own_absence",
    "others_absences",  # a lead's own team; an admin's everybody
    "rota",
    "people",  # see who works here, protect a name
    "roles",  # give and take roles
    "ledger",  # the promises given, kept and broken
    "catalogue",
    "counter",  # serve a visitor, receive documents
    "canned",  # keep the answers that stand ready
    "webhooks",  # say who is told of events
    "access_log",  # read who saw and changed what
]
TASKS: tuple[Task, ...] = get_args(Task)

_CLERK: frozenset[Task] = frozenset(
    ("read", "answer", "take_over", "transfer", "note", "subtask", "own_absence", "counter")
)
# Whoever keeps the people or the catalogue reads no customer's matter for that: a person who does
# both has both roles.
MAY: Mapping[str, frozenset[Task]] = {
    "clerk": _CLERK,
    "lead": _CLERK | {"others_absences", "rota", "canned"},
    "keeper": frozenset(("catalogue", "canned", "own_absence")),
    "auditor": frozenset(("read", "ledger", "access_log", "own_absence")),
    "admin": frozenset(("people", "roles", "others_absences", "rota", "webhooks", "own_absence")),
}


def tasks_of(roles: Iterable[str]) -> frozenset[Task]:
    """Everything that one who has these roles may do; a role that is not known adds nothing."""
    nothing: frozenset[Task] = frozenset()
    return nothing.union(*(MAY.get(role, nothing) for role in roles))


def may(person: Person, task: Task) -> bool:
    """Whether this person is at work here and one of their roles allows the task."""
    return person.active and task in tasks_of(person.roles)
