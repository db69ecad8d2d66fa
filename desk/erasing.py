"""A conversation goes whole: every row that holds a word of it, and the keys of its files.

The ledger of promises and the access log stay: codes, ids and times, and no word of anybody's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, cast, delete, or_, select
from sqlalchemy.orm import Session

from catalog.base import Base
from desk import tickets
from desk.conversations import say
from desk.door_records import Attachment, Call, Callback, Delivery, PassCode, Receipt
from desk.errors import MatterHeld
from desk.models import Conversation, Message, Ticket, Turn
from desk.promised import COMPLAINT
from desk.records import Alarm, Notice, Subtask

HOLD = "hold"  # the tag of a matter that the law forbids to remove for now
KEPT_FOR = (HOLD, COMPLAINT)
ERASURE = "erasure"  # the tag of a matter whose customer wants their data gone
LAWS_LIMIT = timedelta(days=30)  # General Data Protection Regulation, article 12(3): one month
# Rows of a ticket, those first that others do not refer to.
OF_TICKET: tuple[type[Base], ...] = (Attachment, Alarm, Subtask, Notice, Callback, Receipt)
OF_CONVERSATION: tuple[type[Base], ...] = (PassCode, Call)


def ask(session: Session, ticket: Ticket, text: str, *, now: datetime) -> None:
    """The customer wants their data erased: the matter is open before its owner, who sees it.

    `text` says so in the thread. The law's limit stands beside the desk's promise. Asked again
    while the matter is open, it changes nothing.
    """
    session.flush()
    session.refresh(ticket, with_for_update={"key_share": True})
    if ERASURE in ticket.tags and ticket.stage == "open":
        return
    if ticket.stage != "open":
        tickets.owe_again(session, ticket, now=now)
    if ERASURE not in ticket.tags:
        ticket.tags = [*ticket.tags, ERASURE]
    limit = now + LAWS_LIMIT
    ticket.legal_due_at = min(ticket.legal_due_at or limit, limit)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    say(session, conversation, author="customer", text=text, now=now, ticket_id=ticket.id)


def hold(session: Session, ticket: Ticket) -> None:
    """Nothing of the ticket's conversation is removed until it is released."""
    ticket.tags = [*ticket.tags, *({HOLD} - set(ticket.tags))]
    session.flush()


def release(session: Session, ticket: Ticket) -> None:
    """The clocks run on, and the customer's data can be erased: the complaint is over too."""
    ticket.tags = [tag for tag in ticket.tags if tag not in KEPT_FOR]
    session.flush()


def held() -> ColumnElement[bool]:
    """A condition on Ticket: the law forbids to remove it, in the database's own words."""
    return or_(*(cast(Ticket.tags, Text).contains(f'"{tag}"') for tag in KEPT_FOR))


def erase(session: Session, conversation_id: str) -> list[str]:
    """The keys of the files whose bytes must go once this is committed; the rows are gone.

    Gone already, and there is nothing to do. Raises MatterHeld, which names the ticket.
    """
    found = session.scalars(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    ).first()
    if found is None:
        return []
    of_it = Ticket.conversation_id == conversation_id
    kept = session.scalar(select(Ticket.code).where(of_it, held()).limit(1))
    if kept is not None:
        raise MatterHeld(kept)
    return _remove(session, conversation_id)


def _remove(session: Session, conversation_id: str) -> list[str]:
    rows = select(Ticket.id, Ticket.code).where(Ticket.conversation_id == conversation_id)
    codes = dict(session.execute(rows).tuples().all())
    keys = list(session.scalars(select(Attachment.key).where(Attachment.ticket_id.in_(codes))))
    for kind in OF_TICKET:
        _delete(session, kind, kind.__table__.c.ticket_id.in_(codes))
    forget_deliveries(session, list(codes.values()))
    said = or_(Message.conversation_id == conversation_id, Message.ticket_id.in_(codes))
    _delete(session, Message, said)
    _delete(session, Turn, Turn.conversation_id == conversation_id)
    _delete(session, Ticket, Ticket.id.in_(codes))
    for kind in OF_CONVERSATION:
        _delete(session, kind, kind.__table__.c.conversation_id == conversation_id)
    _delete(session, Conversation, Conversation.id == conversation_id)
    session.expire_all()
    return keys


def forget_deliveries(session: Session, codes: list[str]) -> None:
    """No event that is on its way to another system tells of these tickets any more."""
    about = Delivery.body["data"]["ticket"]["code"].as_string()
    _delete(session, Delivery, about.in_(codes))


def _delete(session: Session, kind: type[Base], which: ColumnElement[bool]) -> None:
    session.execute(
        delete(kind).where(which),
        execution_options={"synchronize_session": False},
    )
