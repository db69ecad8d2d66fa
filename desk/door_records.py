"""The tables of the doors: files, ready answers, calls, passing from door to door, who saw what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.base import Base, UtcDateTime
from catalog.models import Lang, one_of
from desk.models import Message, Person, Team, Ticket

FILE_AUTHORS = ("customer", "staff")
CALLBACK_STATES = ("booked", "made", "missed", "cancelled")
DELIVERY_STATES = ("waiting", "sent", "failed")
ACTS = ("saw", "changed")


class Attachment(Base):
    """A file that came with a line; its bytes lie in the data folder, under `key`."""

    __tablename__ = "attachment"
    __table_args__ = (one_of("author", FILE_AUTHORS), CheckConstraint("size > 0", name="not_empty"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # random: the file's name on disk
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    author: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))  # as the sender called it, made safe
    media_type: Mapped[str] = mapped_column(String(100))  # by the content, not by the name
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message: Mapped[Message] = relationship()


class CannedAnswer(Base):
    """An answer kept ready in both languages; for one service, one team, or everybody."""

    __tablename__ = "canned_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[str | None] = mapped_column(ForeignKey("service.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    title_fi: Mapped[str] = mapped_column(String(120))
    title_sv: Mapped[str] = mapped_column(String(120))
    text_fi: Mapped[str] = mapped_column(Text)
    text_sv: Mapped[str] = mapped_column(Text)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Callback(Base):
    """A time at which somebody of the team rings the customer back.

    `place` numbers the calls that the team can make at the same time, from 0; two bookings of the
    same place cannot both be kept. A cancelled one has none, so its place is free again.
    """

    __tablename__ = "callback"
    __table_args__ = (
        one_of("state", CALLBACK_STATES),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(place is null) = (state = 'cancelled')", name="cancelled_has_no_place"),
        UniqueConstraint("team_id", "starts_at", "place"),
        Index("ix_callback_state_starts_at", "state", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default="booked")
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ticket: Mapped[Ticket] = relationship()
    team: Mapped[Team] = relationship()


class Identity(Base):
    """Whom an identity provider means by its subject."""

    __tablename__ = "identity"

    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()


class PassCode(Base):
    """Moves a conversation from one door to another; said aloud, short-lived, good once."""

    __tablename__ = "pass_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # keyed: it is short
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Receipt(Base):
    """Documents that a customer left at a counter, and for whom."""

    __tablename__ = "receipt"
    __table_args__ = (CheckConstraint("documents > 0", name="something_left"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    place: Mapped[str] = mapped_column(String(200))  # the counter, in words
    description: Mapped[str] = mapped_column(Text)  # masked
    documents: Mapped[int]  # how many
    received_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[Person] = relationship()


class Call(Base):
    """A telephone call's place in the talk; the caller's number is neither its key nor kept."""

    __tablename__ = "call"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # keyed hash of the provider's
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    language: Mapped[str | None] = mapped_column(Lang)
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Webhook(Base):
    """An address of an agency's own that is told of events of tickets."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(500), unique=True)
    secret: Mapped[str] = mapped_column(String(100))  # signs what is sent
    events: Mapped[list[str]] = mapped_column(JSON, default=list)  # empty: all
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One event for one webhook: written with what it tells of, sent afterwards at least once."""

    __tablename__ = "delivery"
    __table_args__ = (
        one_of("state", DELIVERY_STATES),
        UniqueConstraint("webhook_id", "key"),
        Index("ix_delivery_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    key: Mapped[str] = mapped_column(String(120))  # of the event
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(40))  # whose it is until `next_at`
    problem: Mapped[str | None] = mapped_column(String(300))  # of the last attempt
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    webhook: Mapped[Webhook] = relationship()


class AccessEntry(Base):
    """Who of the staff saw or changed what, chained to the entry before, as the ledger's are.

    `hash` covers every other column and `previous`, the hash before; the first has 64 zeros.
    """

    __tablename__ = "access_entry"
    __table_args__ = (
        one_of("act", ACTS),
        UniqueConstraint("previous"),
        UniqueConstraint("hash"),
        Index("ix_access_entry_about", "about"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    act: Mapped[str] = mapped_column(String(10))
    what: Mapped[str] = mapped_column(String(40))  # the task: "ticket", "answer", "roles", …
    about: Mapped[str] = mapped_column(String(80))  # a ticket's code, a login, "search"
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
