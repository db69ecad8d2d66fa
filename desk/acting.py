"""Whose hand it is that writes: what a member of staff changes is in the access log with it.

A door says at the beginning of a request who acts and on what; whatever the request then commits
carries an entry in the same transaction, so that no part of the desk can forget to tell of it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session

from desk import access
from desk.access import Thing
from desk.models import Ticket

WROTE = "acting.wrote"  # in a session's info: the transaction has changed something
TOUCHED = "acting.touched"  # likewise: ids of the tickets that it has written to
MOST_TOUCHED = 20  # tickets named for one deed; a leaver's hundreds are told of in their threads


@dataclass
class Deed:
    """One request of a member of staff: what they look at, and what they change by it."""

    what: str  # the task, as the log names it
    about: str  # the ticket's code or the part of the desk that the address names
    at: datetime
    changes: bool  # a form was sent: what is committed was changed by the person
    person_id: int | None = None
    of_ticket: bool = False  # the address names a ticket
    named: bool = False  # what is changed was said by name, with `on`
    over: bool = False  # the request is answered: what runs on is nobody's deed
    noted: set[Thing] = field(default_factory=set)
    shown: list[Thing] = field(default_factory=list)  # seen beside what the address names


ACTING: ContextVar[Deed | None] = ContextVar("acting", default=None)


def known(person_id: int) -> None:
    """The deed that is being done is this person's."""
    deed = ACTING.get()
    if deed is not None:
        deed.person_id = person_id


def on(about: str) -> None:
    """What is changed is this, of which the address says nothing: a person's login."""
    deed = ACTING.get()
    if deed is not None:
        deed.about, deed.named = about, True


def showed(what: str, codes: list[str]) -> None:
    """The page shows something of these tickets too."""
    deed = ACTING.get()
    if deed is not None:
        deed.shown += [Thing(what, code) for code in codes]


def follow(sessions: type[Session]) -> None:
    """Whatever a member of staff commits in such a session is in the log, or is not committed."""
    event.listen(sessions, "after_flush", _remember)
    event.listen(sessions, "do_orm_execute", _remember_statement)
    event.listen(sessions, "before_commit", _note)


def _remember(session: Session, _flush: object) -> None:
    if ACTING.get() is None:
        return
    session.info[WROTE] = True
    touched = session.info.setdefault(TOUCHED, set())
    for row in (*session.new, *session.dirty):
        ticket_id = row.id if isinstance(row, Ticket) else getattr(row, "ticket_id", None)
        if ticket_id is not None:
            touched.add(ticket_id)


def _remember_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[WROTE] = True


def _note(session: Session) -> None:
    """The entry is the last thing that the transaction writes: whoever waits for the chain holds
    every other row already."""
    deed = ACTING.get()
    if deed is None or deed.over or not deed.changes or deed.person_id is None:
        return
    if session.in_nested_transaction():
        return
    session.flush()
    if not session.info.pop(WROTE, False):
        return
    things = [one for one in _things(session, deed) if one not in deed.noted]
    access.note(session, deed.person_id, "changed", things, now=deed.at)
    deed.noted.update(things)


def _things(session: Session, deed: Deed) -> list[Thing]:
    touched = session.info.pop(TOUCHED, set())
    if deed.of_ticket or deed.named or not touched:
        return [Thing(deed.what, deed.about)]
    codes = session.scalars(
        select(Ticket.code).where(Ticket.id.in_(touched)).order_by(Ticket.id).limit(MOST_TOUCHED)
    )
    return [Thing(deed.what, code) for code in codes]
