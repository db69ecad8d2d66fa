"""Which customers are here now to hear an answer, and who of them waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from desk.models import Conversation, Message, Ticket

HERE = timedelta(minutes=1)  # a page that was there this long ago still is
CHATS = ("web", "widget", "api")  # doors at which what staff write arrives as it is written
MOST = 100


@dataclass(frozen=True)
class Guest:
    """A customer's conversation, the newest matter in it that is not closed, and since when it
    has waited for a person's word; none where the last word is the staff's."""

    conversation: Conversation
    ticket: Ticket
    waits_since: datetime | None
    last: Message | None  # what the customer wrote last


def seen(session: Session, conversation_ids: Iterable[str], *, now: datetime) -> None:
    """Their customers were here at this instant; an id that is no conversation's is passed over."""
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_(list(conversation_ids)))
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def here(conversation: Conversation, now: datetime) -> bool:
    """Whether the customer can read an answer as it comes."""
    return conversation.seen_at is not None and conversation.seen_at > now - HERE


def waiting(session: Session, *, now: datetime) -> list[Guest]:
    """The customers who are here now and wait for a person, whoever has waited longest first."""
    found = _guests(session, Ticket.stage == "open", Conversation.seen_at > now - HERE)
    there = [one for one in found if one.waits_since is not None]
    return sorted(there, key=lambda one: (one.waits_since or now, one.ticket.id))


def held_by(session: Session, person_id: int) -> list[Guest]:
    """The chats in which this person has the floor, here or gone; those who wait first."""
    mine = (Conversation.floor == "staff", Conversation.floor_person_id == person_id)
    found = _guests(session, Ticket.stage != "closed", *mine)
    return sorted(found, key=lambda one: (one.waits_since is None, one.ticket.id))


def _guests(session: Session, *which: ColumnElement[bool]) -> list[Guest]:
    """One of each conversation, by its newest matter."""
    newest = (
        select(func.max(Ticket.id))
        .where(Ticket.conversation_id == Conversation.id, Ticket.stage != "closed")
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Conversation, Ticket)
        .join(Ticket, Ticket.id == newest)
        .where(Conversation.channel.in_(CHATS), *which)
        .order_by(Ticket.id)
        .limit(MOST)
    ).tuples()
    pairs = list(rows)
    first, last = _lines(session, [conversation.id for conversation, _ in pairs])
    return [
        Guest(chat, ticket, _since(first.get(chat.id), ticket), last.get(chat.id))
        for chat, ticket in pairs
    ]


def _since(written: datetime | None, ticket: Ticket) -> datetime | None:
    """What was said before the desk took the matter was for the bot."""
    return max(written, ticket.opened_at) if written is not None else None


def _lines(session: Session, ids: Sequence[str]) -> tuple[dict[str, datetime], dict[str, Message]]:
    """Of each conversation: when the customer first wrote since the staff last did, and the
    customer's last words."""
    said = Message.audience == "customer"
    spoken = or_(Message.author != "staff", Message.kind == "text")
    staffs = (
        select(Message.conversation_id, func.max(Message.id).label("id"))
        .where(Message.conversation_id.in_(ids), Message.author == "staff", said, spoken)
        .group_by(Message.conversation_id)
        .subquery()
    )
    written = session.scalars(
        select(Message)
        .outerjoin(staffs, staffs.c.conversation_id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(ids),
            Message.author == "customer",
            said,
            or_(staffs.c.id.is_(None), Message.id > staffs.c.id),
        )
        .order_by(Message.id)
    )
    first: dict[str, datetime] = {}
    last: dict[str, Message] = {}
    for one in written:
        first.setdefault(one.conversation_id, one.created_at)
        last[one.conversation_id] = one
    return first, last
