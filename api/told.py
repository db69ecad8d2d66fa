"""A closed turn, told in the words of the contract."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.contract import (
    ChatOut,
    ChoiceOut,
    LineOut,
    OutcomeOut,
    ReplyOut,
    ServiceHit,
    TicketOut,
)
from api.file_contract import FileOut
from catalog.card import names
from desk import attachments
from desk.conversations import lines_after
from desk.customers import shown_owner, shown_writer
from desk.models import AUTHORS, Message, Ticket, Turn
from desk.secrets import Keys


def told(session: Session, keys: Keys, turn: Turn) -> ChatOut:
    ticket = _ticket(session, keys, turn)
    return ChatOut(
        conversation_id=turn.conversation_id,
        language="sv" if turn.language == "sv" else "fi",
        replies=[_reply(reply, keys, ticket) for reply in turn.replies],
        outcome=OutcomeOut.model_validate(
            {
                "kind": turn.kind,
                "services": _services(session, turn),
                "ticket": ticket,
            }
        ),
    )


def latest(session: Session, keys: Keys, conversation_id: str) -> ChatOut | None:
    """How the conversation's last turn ended; none while it is open, or before the first."""
    turn = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation_id)
        .order_by(Turn.id.desc())
        .limit(1)
    ).first()
    if turn is None or turn.state == "open":
        return None
    return told(session, keys, turn)


def _reply(kept: dict[str, Any], keys: Keys, ticket: TicketOut | None) -> ReplyOut:
    choices = kept.get("choices")
    text = keys.tell(kept["text"], ticket.code) if ticket else kept["text"]
    return ReplyOut(
        text=text,
        choices=[ChoiceOut(**one) for one in choices] if choices else None,
        language=kept.get("language"),
    )


def _services(session: Session, turn: Turn) -> list[ServiceHit]:
    named = names(session, [one["id"] for one in turn.candidates], turn.language)
    return [
        ServiceHit(id=one["id"], name=named[one["id"]], score=round(one["score"], 4))
        for one in turn.candidates
        if one["id"] in named
    ]


def _ticket(session: Session, keys: Keys, turn: Turn) -> TicketOut | None:
    if turn.kind != "handover" or turn.ticket_id is None:
        return None
    ticket = session.get_one(Ticket, turn.ticket_id)
    secret = keys.ticket_secret(ticket.code) if _opened_by(session, ticket) == turn.id else None
    owner = shown_owner(ticket, turn.language)
    return TicketOut(code=ticket.code, secret=secret, owner=owner, due_at=ticket.due_at)


def _opened_by(session: Session, ticket: Ticket) -> int | None:
    return session.scalar(select(func.min(Turn.id)).where(Turn.ticket_id == ticket.id))


def line(session: Session, message: Message) -> LineOut:
    """A line as it is kept; where a secret belongs there stands its place."""
    return LineOut.model_validate(
        {
            "id": message.id,
            "author": message.author,
            "kind": message.kind,
            "name": shown_writer(session, message),
            "text": message.text,
            "language": message.language,
            "at": message.created_at,
            "file": _file(session, message),
        }
    )


def _file(session: Session, message: Message) -> FileOut | None:
    kept = attachments.of_lines(session, [message]).get(message.id)
    if kept is None:
        return None
    scan = attachments.scan_of(message)
    return FileOut(
        id=kept.id,
        name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
        state="ready" if scan in ("unscanned", "passed") else scan,
    )


def lines(session: Session, keys: Keys, conversation_id: str) -> list[LineOut]:
    """The whole conversation as its customer reads it, oldest first."""
    said = lines_after(session, conversation_id, 0, authors=AUTHORS)
    return [_told_line(session, keys, message) for message in said]


def _told_line(session: Session, keys: Keys, message: Message) -> LineOut:
    kept = line(session, message)
    if message.author != "bot" or message.ticket_id is None:
        return kept
    ticket = session.get_one(Ticket, message.ticket_id)
    return kept.model_copy(update={"text": keys.tell(kept.text, ticket.code)})
