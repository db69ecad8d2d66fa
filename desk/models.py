"""The tables of who takes over: conversations, turns, messages, tickets, and the people behind."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.base import Base, UtcDateTime
from catalog.models import AUDIENCES as SERVICE_AUDIENCES
from catalog.models import RESPONSIBLE_KINDS, Id, Lang, one_of

FLOORS = ("bot", "staff")
TURN_STATES = ("open", "closed")
OUTCOMES = ("answer", "clarify", "handover", "person", "smalltalk")
STAGES = ("open", "answered", "closed")
AUTHORS = ("customer", "bot", "staff", "desk")
AUDIENCES = ("customer", "staff")
CHANNELS = ("web", "widget", "phone", "counter", "open311", "api")  # the door that it began at
CUSTOMERS = ("public", "internal")  # internal: the agencies' own staff, with the same desk
PRIORITIES = ("normal", "urgent")
# What a line is. "taken" and "handed_back" are the floor of the chat; the rest befalls the matter.
MESSAGE_KINDS = (
    "text",
    "opened",
    "added",
    "contact",
    "taken",
    "handed_back",
    "closed",
    "note",
    "transferred",
    "accepted",
    "subtask",
    "subtask_done",
    "reminder",
    "overdue",
    "promised",
    "rated",
    "reopened",
    "file",
    "callback",
    "received",  # documents left at a counter
    "moved",  # the customer goes on at another door
)
ROLES = ("clerk", "lead", "keeper", "auditor", "admin")


class Person(Base):
    """A member of staff who can own a ticket."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(200))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    roles: Mapped[list[str]] = mapped_column(  # some of ROLES
        JSON, default=lambda: ["clerk"], server_default='["clerk"]'
    )
    # Customers are told the team instead of the name of who must be protected from them.
    protected: Mapped[bool] = mapped_column(default=False, server_default=false())


class Team(Base):
    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name_fi: Mapped[str] = mapped_column(String(120))
    name_sv: Mapped[str] = mapped_column(String(120))
    last_resort: Mapped[bool] = mapped_column(default=False)
    # Whom an overdue matter of the team climbs to; where none is named, to the last resort's.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    members: Mapped[list[Member]] = relationship(
        cascade="all, delete-orphan", order_by="Member.position"
    )

    def named(self, language: str) -> str:
        return self.name_sv if language == "sv" else self.name_fi


class Member(Base):
    __tablename__ = "member"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    position: Mapped[int]
    person: Mapped[Person] = relationship()


class Responsibility(Base):
    """What a team answers for: matters that fit every column; an empty one fits any.

    `organisation_id` and `responsible_kind` are those of the service's responsible body,
    `audience` is whom the service is for.
    """

    __tablename__ = "responsibility"
    __table_args__ = (
        one_of("responsible_kind", RESPONSIBLE_KINDS),
        one_of("audience", SERVICE_AUDIENCES),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    service_id: Mapped[str | None] = mapped_column(ForeignKey("service.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    class_uri: Mapped[str | None] = mapped_column(ForeignKey("classification.uri"), index=True)
    responsible_kind: Mapped[str | None] = mapped_column(String(20))
    audience: Mapped[str | None] = mapped_column(String(20))
    area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    team: Mapped[Team] = relationship()


class Absence(Base):
    """A person is away; `substitute_id` has their work meanwhile, where one is named."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the first instant back at work
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Shift(Base):
    """A person is on duty in a team on this weekday (0 is Monday), Finnish local time."""

    __tablename__ = "shift"
    __table_args__ = (CheckConstraint("weekday between 0 and 6", name="weekday_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class Conversation(Base):
    """One customer's talk with the desk. Its id is a secret of the customer's: 128 random bits."""

    __tablename__ = "conversation"
    __table_args__ = (
        one_of("floor", FLOORS),
        one_of("customer", CUSTOMERS),
        one_of("channel", CHANNELS),
        Index("ix_conversation_seen_at", "seen_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(Lang)
    customer: Mapped[str] = mapped_column(String(10), default="public", server_default="public")
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    page: Mapped[str | None] = mapped_column(String(500))
    floor: Mapped[str] = mapped_column(String(10), default="bot")
    floor_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sender: Mapped[str] = mapped_column(String(60))  # Rasa's sender id; a new one after hand-back
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("service.id"))
    pending: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    channel: Mapped[str] = mapped_column(String(10), default="web", server_default="web")
    # When the customer's own page or call was last there to hear an answer.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Turn(Base):
    """One message of a customer and what came of it; `message_id` is the customer's own key."""

    __tablename__ = "turn"
    __table_args__ = (
        one_of("state", TURN_STATES),
        # A closed turn without an outcome would be the dead end that the desk exists to prevent.
        CheckConstraint("state = 'open' or kind is not null", name="closed_has_outcome"),
        CheckConstraint(
            "kind in ('answer', 'clarify', 'handover', 'person', 'smalltalk')", name="kind_known"
        ),
        # A promise to hand over is only true with a ticket behind it.
        CheckConstraint("kind <> 'handover' or ticket_id is not null", name="handover_has_ticket"),
        Index("ix_turn_conversation_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    text_hash: Mapped[str] = mapped_column(String(64))  # keyed: a hash of short text can be guessed
    text: Mapped[str] = mapped_column(Text)  # masked
    language: Mapped[str] = mapped_column(Lang)
    first: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="open")
    kind: Mapped[str | None] = mapped_column(String(12))
    closed_by: Mapped[str | None] = mapped_column(String(60))
    replies: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    catalogue_revision: Mapped[int | None]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Ticket(Base):
    """A matter that the desk has taken: one named owner, one due time, until it is closed."""

    __tablename__ = "ticket"
    __table_args__ = (
        one_of("stage", STAGES),
        one_of("priority", PRIORITIES),
        CheckConstraint("rating between 1 and 5", name="rating_known"),
        UniqueConstraint("code"),
        # The queues in the order that they are read in: urgent ones and others, the soonest first.
        Index("ix_ticket_owner_queue", "owner_id", "stage", "priority", "due_at"),
        Index("ix_ticket_team_queue", "team_id", "stage", "priority", "due_at"),
        Index("ix_ticket_queue", "stage", "priority", "due_at"),
        Index("ix_ticket_stage_due_at", "stage", "due_at"),
        Index(
            "ix_ticket_rating",
            "rating",
            sqlite_where=text("rating is not null"),
            postgresql_where=text("rating is not null"),
        ),
        Index(
            "ix_ticket_handed",
            "owner_id",
            "stage",
            sqlite_where=text("handed_by_id is not null"),
            postgresql_where=text("handed_by_id is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    service_id: Mapped[str | None] = mapped_column(ForeignKey("service.id"))
    subject: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(40))
    tried: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(Lang)
    # What the owner should see at once: "language:ru", "threat", "callback", "invoice", …
    tags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    priority: Mapped[str] = mapped_column(String(10), default="normal", server_default="normal")
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    stage: Mapped[str] = mapped_column(String(10), default="open")
    contact: Mapped[str | None] = mapped_column(String(200))  # only here, for the answer
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # first, by a person
    # By when the law wants the matter decided, where it does; `due_at` is the desk's own promise.
    legal_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Who handed the matter on and answers for it until the new owner accepts it.
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    place: Mapped[str | None] = mapped_column(String(200))  # of a fault, as the customer told it
    rating: Mapped[int | None]  # 1 to 5, the customer's own
    owner: Mapped[Person] = relationship(foreign_keys=owner_id)
    handed_by: Mapped[Person | None] = relationship(foreign_keys=handed_by_id)
    team: Mapped[Team] = relationship()


class Message(Base):
    """One line of a conversation; its id is the event id that a browser resumes from."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("author", AUTHORS),
        one_of("audience", AUDIENCES),
        one_of("kind", MESSAGE_KINDS),
        Index("ix_message_conversation_id_id", "conversation_id", "id"),
        # AUTOINCREMENT: a deleted row's id must never come back as a newer event.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turn.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="text")
    author: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(10), default="customer")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    # Of a line that tells of a change: what it was and became, as ids and instants.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    language: Mapped[str] = mapped_column(Lang)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffSession(Base):
    """A log-in. Only the token's hash is kept, so a leaked database opens no door."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    form_token: Mapped[str] = mapped_column(String(64))  # against forged forms (CSRF)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship()
