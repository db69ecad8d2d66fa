"""Everything that the desk holds of a customer's matter or talk, as data to be given to them.

No secret of the customer's is in it, and nobody's name whom the customer may not know.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.customers import shown_owner, shown_writer
from desk.door_records import AccessEntry, Attachment, Callback, Receipt
from desk.models import Conversation, Message, Ticket, Turn
from desk.ratings import rating
from desk.records import LedgerEntry, Notice, Subtask

Record = dict[str, Any]
# The bytes of a file in base64; none where they are not wanted.
Content = Callable[[Attachment], str | None]


def of_ticket(session: Session, ticket: Ticket, *, now: datetime) -> Record:
    """What its customer has told and been told in this matter; the staff's notes are not in it."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    said = _lines(session, Message.ticket_id == ticket.id, internal=False)
    return {
        "made_at": instant(now),
        "conversation": _conversation(conversation),
        "matters": [_matter(session, ticket, content=None, internal=False)],
        "messages": said,
        "turns": _turns(session, Turn.ticket_id == ticket.id),
    }


def of_talk(
    session: Session, conversation_id: str, *, content: Content | None, now: datetime
) -> Record:
    """The whole conversation with its matters, files, the staff's notes, and who was told of it."""
    conversation = session.get_one(Conversation, conversation_id)
    tickets = session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.id)
    )
    return {
        "made_at": instant(now),
        "conversation": _conversation(conversation),
        "matters": [_matter(session, one, content=content, internal=True) for one in tickets],
        "messages": _lines(session, Message.conversation_id == conversation_id, internal=True),
        "turns": _turns(session, Turn.conversation_id == conversation_id),
    }


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat() if at else None


def _conversation(one: Conversation) -> Record:
    """Without its id, by which anybody could go on in the customer's name."""
    return {
        "language": one.language,
        "municipality": one.municipality_id,
        "page": one.page,
        "channel": one.channel,
        "customer": one.customer,
        "topic": one.topic_id,
        "opened_at": instant(one.opened_at),
        "seen_at": instant(one.seen_at),
    }


def _matter(session: Session, one: Ticket, *, content: Content | None, internal: bool) -> Record:
    given = rating(session, one)
    told: Record = {
        "code": one.code,
        "subject": one.subject,
        "service": one.service_id,
        "language": one.language,
        "stage": one.stage,
        "contact": one.contact,
        "place": one.place,
        "owner": shown_owner(one, one.language),
        "team": one.team.named(one.language),
        "opened_at": instant(one.opened_at),
        "due_at": instant(one.due_at),
        "legal_due_at": instant(one.legal_due_at),
        "answered_at": instant(one.answered_at),
        "closed_at": instant(one.closed_at),
        "rating": {"stars": given.stars, "text": given.text} if given else None,
        "files": _files(session, one, content),
        "calls_back": _calls_back(session, one),
        "documents_left": _receipts(session, one),
        "notices": _notices(session, one),
        "promises": _promises(session, one),
        "looked_at": _looked_at(session, one),
    }
    if internal:
        told |= {
            "reason": one.reason,
            "tags": list(one.tags),
            "priority": one.priority,
            "services_considered": list(one.tried),
            "help_asked": _help(session, one),
        }
    return told


def _lines(session: Session, which: Any, *, internal: bool) -> list[Record]:
    shown = select(Message).where(which).order_by(Message.id)
    if not internal:
        shown = shown.where(Message.audience == "customer")
    return [
        {
            "at": instant(one.created_at),
            "author": one.author,
            "name": shown_writer(session, one),
            "kind": one.kind,
            "text": one.text,
            "language": one.language,
        }
        | ({"staff_only": one.audience == "staff", "data": one.data} if internal else {})
        for one in session.scalars(shown)
    ]


def _turns(session: Session, which: Any) -> list[Record]:
    return [
        {
            "at": instant(one.opened_at),
            "text": one.text,
            "language": one.language,
            "outcome": one.kind,
            "replies": [reply["text"] for reply in one.replies],
            "services_found": list(one.candidates),
        }
        for one in session.scalars(select(Turn).where(which).order_by(Turn.id))
    ]


def _files(session: Session, ticket: Ticket, content: Content | None) -> list[Record]:
    rows = select(Attachment).where(Attachment.ticket_id == ticket.id).order_by(Attachment.id)
    return [
        {
            "name": one.name,
            "author": one.author,
            "media_type": one.media_type,
            "bytes": one.size,
            "sha256": one.sha256,
            "at": instant(one.created_at),
        }
        | ({"content": content(one)} if content else {})
        for one in session.scalars(rows)
    ]


def _calls_back(session: Session, ticket: Ticket) -> list[Record]:
    rows = select(Callback).where(Callback.ticket_id == ticket.id).order_by(Callback.id)
    return [
        {"starts_at": instant(one.starts_at), "ends_at": instant(one.ends_at), "state": one.state}
        for one in session.scalars(rows)
    ]


def _receipts(session: Session, ticket: Ticket) -> list[Record]:
    rows = select(Receipt).where(Receipt.ticket_id == ticket.id).order_by(Receipt.id)
    return [
        {
            "at": instant(one.received_at),
            "place": one.place,
            "description": one.description,
            "documents": one.documents,
        }
        for one in session.scalars(rows)
    ]


def _notices(session: Session, ticket: Ticket) -> list[Record]:
    rows = select(Notice).where(Notice.ticket_id == ticket.id).order_by(Notice.id)
    return [
        {
            "channel": one.channel,
            "recipient": one.recipient,
            "about": one.template,
            "state": one.state,
            "written_at": instant(one.written_at),
            "sent_at": instant(one.sent_at),
        }
        for one in session.scalars(rows)
    ]


def _promises(session: Session, ticket: Ticket) -> list[Record]:
    rows = select(LedgerEntry).where(LedgerEntry.ticket_code == ticket.code)
    return [
        {"event": one.event, "due_at": instant(one.due_at), "at": instant(one.at)}
        for one in session.scalars(rows.order_by(LedgerEntry.id))
    ]


def _looked_at(session: Session, ticket: Ticket) -> list[Record]:
    """When staff saw and changed the matter. Who they were is theirs too, and is not told here."""
    rows = select(AccessEntry).where(AccessEntry.about == ticket.code).order_by(AccessEntry.id)
    return [
        {"at": instant(one.at), "act": one.act, "what": one.what} for one in session.scalars(rows)
    ]


def _help(session: Session, ticket: Ticket) -> list[Record]:
    rows = select(Subtask).where(Subtask.ticket_id == ticket.id).order_by(Subtask.id)
    return [
        {
            "asked_at": instant(one.asked_at),
            "goal": one.goal,
            "done_when": one.done_when,
            "due_at": instant(one.due_at),
            "result": one.result,
            "done_at": instant(one.done_at),
        }
        for one in session.scalars(rows)
    ]
