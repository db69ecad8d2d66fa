"""No line of the staff's is passed over, though PostgreSQL's transactions end in another order.

A reader goes on from the id of the last line it has. There an id is given out before its
transaction ends: a line may appear behind one with a greater id, where no reader looks again. So a
writer holds its conversation, beside other writers, until its transaction has ended, and who reads
on asks first whether anybody holds it. SQLite has one writer at a time, and none of this.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from desk.models import Message

CHANNEL = "luukku_line"  # of LISTEN: a line was written; the payload is its id alone
NAP = 0.02  # seconds
LOCKS = 7501  # of PostgreSQL's advisory locks, the first of two numbers

# Shared: writers do not wait for one another, so none of their own locks can close a circle.
HOLD = text("select pg_advisory_xact_lock_shared(:locks, hashtext(:id))")
# Tried and never waited for: a reader stands in nobody's way but for the moment that it reads.
TRY = text("select pg_try_advisory_xact_lock(:locks, hashtext(:id))")
TELL = text("select pg_notify(:channel, :id)")


def follow(sessions: type[Session]) -> None:
    """Whatever sessions of this class write of the staff's lines is read in order, and called out
    as it is committed."""
    event.listen(sessions, "before_flush", _hold)
    event.listen(sessions, "after_flush", _tell)


def settled(session: Session, conversation_id: str) -> bool:
    """Whether no line of the conversation is being written: then what is read from now on, in this
    transaction, holds every line that will ever have a smaller id than its last one."""
    if not _on_postgresql(session.connection()):
        return True
    return bool(session.scalar(TRY, {"locks": LOCKS, "id": conversation_id}))


def wait(session: Session, conversation_id: str, *, seconds: float = 1.0) -> bool:
    """Blocks until the conversation is settled; false where it is not within `seconds`."""
    until = time.monotonic() + seconds
    while not settled(session, conversation_id):
        if time.monotonic() > until:
            return False
        time.sleep(NAP)
    return True


def _hold(session: Session, _flush: object, _instances: object) -> None:
    found = sorted({one.conversation_id for one in _lines(session)})
    if found and _on_postgresql(session.connection()):
        for conversation_id in found:
            session.connection().execute(HOLD, {"locks": LOCKS, "id": conversation_id})


def _tell(session: Session, _flush: object) -> None:
    """PostgreSQL itself waits with it until the transaction has ended well."""
    written = [one.id for one in _lines(session)]
    if written and _on_postgresql(session.connection()):
        for line in written:
            session.connection().execute(TELL, {"channel": CHANNEL, "id": str(line)})


def _lines(session: Session) -> Iterator[Message]:
    """The lines about to be written that a customer's browser is waiting for."""
    for one in session.new:
        if isinstance(one, Message) and one.author == "staff" and one.audience != "staff":
            yield one


def _on_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
