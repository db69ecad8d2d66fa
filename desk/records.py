"""The tables of what the desk owes: promises given, alarms raised, help asked for, notices sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.base import Base, UtcDateTime
from catalog.models import Lang, one_of
from desk.models import Person, Ticket

PROMISES = ("given", "changed", "kept", "broken")
ALARMS = ("reminder", "legal", "overdue", "overdue_lead", "overdue_last", "subtask", "callback")
NOTICE_CHANNELS = ("email", "sms")
NOTICE_STATES = ("waiting", "sent", "failed")


class LedgerEntry(Base):
    """One event of a promise, chained to the one before: what is written cannot be unwritten.

    `hash` covers every other column and `previous`, the hash before; the first has 64 zeros.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        one_of("event", PROMISES),
        # Two processes that append at once cannot both follow the same entry.
        UniqueConstraint("previous"),
        UniqueConstraint("hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_code: Mapped[str] = mapped_column(String(16), index=True)
    event: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Alarm(Base):
    """Somebody was told that an answer is due soon, or late; once for each due time and kind."""

    __tablename__ = "alarm"
    __table_args__ = (one_of("kind", ALARMS), UniqueConstraint("ticket_id", "kind", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of what was promised then
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Subtask(Base):
    """Help that a ticket's owner asks of one colleague; the result comes back by itself."""

    __tablename__ = "subtask"
    __table_args__ = (
        # Help without an end that both can see would never come back.
        CheckConstraint("length(goal) > 0 and length(done_when) > 0", name="goal_told"),
        CheckConstraint("(done_at is null) = (result is null)", name="done_has_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    helper_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    goal: Mapped[str] = mapped_column(Text)
    done_when: Mapped[str] = mapped_column(Text)  # how both see that it is done
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ticket: Mapped[Ticket] = relationship()
    commissioner: Mapped[Person] = relationship(foreign_keys=commissioner_id)
    helper: Mapped[Person] = relationship(foreign_keys=helper_id)


class Notice(Base):
    """A message to send outside the chat, written with what it tells of and sent afterwards.

    A sender leases it for a while; one that dies leaves it to the next when the lease ends.
    """

    __tablename__ = "notice"
    __table_args__ = (
        one_of("channel", NOTICE_CHANNELS),
        one_of("state", NOTICE_STATES),
        Index("ix_notice_state_next_at", "state", "next_at"),
        Index("ix_notice_recipient_written_at", "recipient", "written_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # the same event is told once
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(Lang)
    template: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(40))  # whose it is until `next_at`
    problem: Mapped[str | None] = mapped_column(String(300))  # of the last attempt
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
