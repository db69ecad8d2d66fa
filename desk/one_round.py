"""Of several processes, one at a time does a round over all matters."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

LOCKS = 7503  # of PostgreSQL's advisory locks; desk.line_order and api.preparing have others
TRY = text("select pg_try_advisory_xact_lock(:locks, 0)")


def is_mine(session: Session) -> bool:
    """Whether no other process does the round now; until this transaction ends none does.

    What another one has done is seen then. SQLite has one writer at a time in any case.
    """
    if session.connection().dialect.name != "postgresql":
        return True
    return bool(session.scalar(TRY, {"locks": LOCKS}))
