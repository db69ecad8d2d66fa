"""What a customer is told of their call back outside the chat, each event once.

Every function writes a notice in the caller's transaction, or does nothing where the customer has
given no way back that the desk can send by.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from desk import notices, telling
from desk.door_records import Callback
from desk.records import Notice


def booked(session: Session, callback: Callback, *, now: datetime) -> Notice | None:
    """When the customer will be rung; a time that was changed before it went out is not told."""
    notices.drop_waiting(session, callback.ticket, "ringing")
    return _write(session, callback, "ringing", callback.starts_at, now)


def missed(session: Session, callback: Callback, *, now: datetime) -> Notice | None:
    """The customer was rung and not reached, and can choose another time."""
    return _write(session, callback, "unreached", None, now)


def late(session: Session, callback: Callback, *, now: datetime) -> Notice | None:
    """The desk has not rung when it promised to."""
    return _write(session, callback, "unrung", None, now)


def _write(
    session: Session, callback: Callback, template: str, at: datetime | None, now: datetime
) -> Notice | None:
    return telling.write(
        session, callback.ticket, template, event=str(callback.id), due_at=at, now=now
    )
