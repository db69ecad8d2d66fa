"""What a customer is told outside the chat, each event once. No answer's text ever goes this way.

Every function writes a notice in the caller's transaction, or does nothing where the customer has
given no way back that the desk can send by.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk import notices
from desk.contacts import ways
from desk.customers import shown_owner
from desk.models import Conversation, Message, Ticket
from desk.promised import stands
from desk.records import Notice

# Who is in the chat reads an answer there; one who writes meanwhile has read it.
READ_IN_CHAT = timedelta(minutes=5)
# Anybody can write anybody's address in the chat: nobody's mailbox is filled so.
MOST_TAKEN = 5
A_DAY = timedelta(days=1)


def taken(session: Session, ticket: Ticket, *, now: datetime) -> Notice | None:
    """The desk has the customer's matter: its code, owner and due time.

    None for a matter that nobody waits for any more, and for a recipient who was told of five
    matters within a day.
    """
    if ticket.stage != "open" or _told_often(session, ticket, now):
        return None
    return _write(session, ticket, "taken", event="", now=now)


def answered(session: Session, ticket: Ticket, *, now: datetime) -> Notice | None:
    """A person has answered: one notice until the customer writes again, whatever is added.

    It waits five minutes first, and is dropped when the customer writes in the chat meanwhile.
    """
    event = str(_last_line(session, ticket, Message.author == "customer"))
    return _write(session, ticket, notices.ANSWERED, event=event, now=now, delay=READ_IN_CHAT)


def owner_changed(session: Session, ticket: Ticket, *, now: datetime) -> Notice | None:
    """Somebody else has the matter now. Call it after the line that says so in the thread."""
    event = str(_last_line(session, ticket))
    return _write(session, ticket, "owner", event=event, now=now)


def promise_changed(session: Session, ticket: Ticket, *, now: datetime) -> Notice | None:
    """The answer is due at another time. Call it after the line that says so in the thread."""
    event = str(_last_line(session, ticket))
    return _write(session, ticket, "promise", event=event, now=now)


def closed(session: Session, ticket: Ticket, *, now: datetime) -> Notice | None:
    """The matter is closed, and the customer is asked how it went. Call it after the closing.

    A last answer that nobody has been told of yet is told with it.
    """
    notices.drop_waiting(session, ticket, notices.ANSWERED)
    event = str(_last_line(session, ticket))
    return _write(session, ticket, "closed", event=event, now=now)


def _write(
    session: Session,
    ticket: Ticket,
    template: str,
    *,
    event: str,
    now: datetime,
    delay: timedelta = timedelta(0),
) -> Notice | None:
    # None where no answer is owed: a time that is past would be no promise.
    due_at = ticket.due_at if stands(ticket, now) else None
    return write(session, ticket, template, event=event, due_at=due_at, now=now, delay=delay)


def write(
    session: Session,
    ticket: Ticket,
    template: str,
    *,
    event: str,
    due_at: datetime | None,
    now: datetime,
    delay: timedelta = timedelta(0),
) -> Notice | None:
    """The notice of this event of the ticket, once: its code, who has it, and `due_at`."""
    language = session.get_one(Conversation, ticket.conversation_id).language
    return notices.write(
        session,
        ticket,
        template,
        key=f"{template}:{ticket.code}:{event}",
        values={
            "code": ticket.code,
            "owner": shown_owner(ticket, language),
            "due_at": due_at.isoformat() if due_at else None,
        },
        now=now,
        delay=delay,
    )


def _last_line(session: Session, ticket: Ticket, *which: object) -> int:
    """The newest line's id: what happened, told twice in one transaction, is one event."""
    newest = select(func.max(Message.id)).where(
        Message.conversation_id == ticket.conversation_id,
        *which,  # type: ignore[arg-type]
    )
    return session.scalar(newest) or 0


def _told_often(session: Session, ticket: Ticket, now: datetime) -> bool:
    return any(
        notices.written_to(session, way.recipient, "taken", since=now - A_DAY) >= MOST_TAKEN
        for way in ways(ticket)
    )
