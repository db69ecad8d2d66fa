"""What has been kept long enough goes: the clocks, and what each of them removes.

Looking for what is due reads; removing is many short transactions, so that nobody waits for it.
Two processes that remove the same at once do no harm: what is gone already is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from catalog.base import Base
from desk import access, calls, erasing
from desk.door_records import Attachment, Call, Delivery, PassCode
from desk.models import Conversation, Message, StaffSession, Ticket
from desk.records import Notice


@dataclass(frozen=True)
class Clocks:
    """How long each thing is kept."""

    conversation: timedelta  # a talk without a ticket, after its last line
    ticket: timedelta  # a talk with tickets, after the last of them was closed
    contact: timedelta  # the way back to a customer and the files, after the closing
    notice: timedelta  # what was sent by e-mail, text message and webhook
    access: timedelta  # who of the staff saw and changed what


def talks_due(session: Session, clocks: Clocks, *, now: datetime, most: int) -> list[str]:
    """Ids of up to `most` conversations whose clock has run out, longest ago first."""
    found = select(Conversation.id).where(_talk_is_due(clocks, now))
    return list(session.scalars(found.order_by(Conversation.opened_at).limit(most)))


def remove_talk(
    session: Session, conversation_id: str, clocks: Clocks, *, now: datetime
) -> list[str] | None:
    """The keys of its files, whose bytes must go after the commit; None where it is not due (any
    more), or gone."""
    due = select(Conversation.id).where(
        Conversation.id == conversation_id, _talk_is_due(clocks, now)
    )
    if session.scalar(due.with_for_update(of=Conversation, skip_locked=True)) is None:
        return None
    return erasing.erase(session, conversation_id)


def contacts_due(session: Session, clocks: Clocks, *, now: datetime, most: int) -> list[int]:
    """Ids of up to `most` closed tickets that still have a contact or files past their clock."""
    found = select(Ticket.id).where(_contact_is_due(clocks, now))
    return list(session.scalars(found.order_by(Ticket.id).limit(most)))


def remove_contact(
    session: Session, ticket_id: int, clocks: Clocks, *, now: datetime
) -> list[str] | None:
    """The ticket has neither contact nor files; as `remove_talk`. The lines that told of the files
    go too, for their text is the file's name."""
    due = select(Ticket).where(Ticket.id == ticket_id, _contact_is_due(clocks, now))
    ticket = session.scalars(due.with_for_update(of=Ticket, skip_locked=True)).first()
    if ticket is None:
        return None
    files = select(Attachment.key, Attachment.message_id).where(Attachment.ticket_id == ticket_id)
    keys = dict(session.execute(files).tuples().all())
    _removed(session, Attachment, Attachment.ticket_id == ticket_id)
    _removed(session, Message, Message.id.in_(keys.values()))
    over = Notice.state != "waiting"
    _removed(session, Notice, and_(Notice.ticket_id == ticket_id, over))
    ticket.contact = None
    session.flush()
    return list(keys)


def remove_small(session: Session, clocks: Clocks, *, now: datetime) -> dict[str, int]:
    """How many rows went that nothing else hangs on, by what they are."""
    sent = now - clocks.notice
    # The last of each webhook stays, so that no later one can have a smaller number.
    last = select(func.max(Delivery.id)).group_by(Delivery.webhook_id)
    told = and_(Delivery.state != "waiting", Delivery.written_at < sent, Delivery.id.not_in(last))
    old_notice = and_(Notice.state != "waiting", Notice.written_at < sent)
    return {
        "notices": _removed(session, Notice, old_notice),
        "deliveries": _removed(session, Delivery, told),
        "calls": _removed(session, Call, Call.seen_at < now - calls.KEPT),
        "codes": _removed(session, PassCode, PassCode.expires_at <= now),
        "sessions": _removed(session, StaffSession, StaffSession.expires_at <= now),
        "access": access.forget(session, kept=clocks.access, now=now),
    }


def _talk_is_due(clocks: Clocks, now: datetime) -> ColumnElement[bool]:
    quiet = now - clocks.conversation
    of_talk = Ticket.conversation_id == Conversation.id
    said_lately = exists().where(
        Message.conversation_id == Conversation.id, Message.created_at >= quiet
    )
    # One ticket that is open, closed lately or held keeps the whole talk.
    keeps = exists().where(
        of_talk,
        or_(
            Ticket.stage != "closed",
            func.coalesce(Ticket.closed_at, Ticket.opened_at) >= now - clocks.ticket,
            erasing.held(),
        ),
    )
    return and_(Conversation.opened_at < quiet, not_(said_lately), not_(keeps))


def _contact_is_due(clocks: Clocks, now: datetime) -> ColumnElement[bool]:
    files = exists().where(Attachment.ticket_id == Ticket.id)
    return and_(
        Ticket.stage == "closed",
        Ticket.closed_at < now - clocks.contact,
        or_(Ticket.contact.is_not(None), files),
        not_(erasing.held()),
    )


def _removed(session: Session, kind: type[Base], which: ColumnElement[bool]) -> int:
    done: Any = session.execute(
        delete(kind).where(which), execution_options={"synchronize_session": False}
    )
    return int(done.rowcount)
