"""One message of a customer and what comes of it: opened once, closed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from desk.conversations import say
from desk.errors import MessageIdReused
from desk.models import Conversation, Message, Turn
from desk.outcomes import KINDS, Handover, Outcome

SET_BACK = timedelta(minutes=1)  # over the time that a turn is given, and any drift of clocks


@dataclass(frozen=True)
class Closing:
    """How a turn ends: its outcome, what is said, and what the decision was made from."""

    outcome: Outcome
    replies: tuple[dict[str, Any], ...]
    by: str  # the action, or the reason the desk had to close it itself
    candidates: tuple[dict[str, Any], ...] = ()
    catalogue_revision: int | None = None


def known(session: Session, message_id: str, text_hash: str) -> Turn | None:
    """The turn that this message already is. Raises MessageIdReused when its text was another."""
    turn = session.scalars(select(Turn).where(Turn.message_id == message_id)).first()
    if turn is not None and turn.text_hash != text_hash:
        raise MessageIdReused(message_id)
    return turn


def begin(
    session: Session,
    conversation: Conversation,
    *,
    message_id: str,
    text: str,
    text_hash: str,
    now: datetime,
) -> Turn:
    """An open turn with the customer's line; `text` is masked already, `text_hash` of the raw."""
    first = session.scalar(select(Turn.id).where(Turn.conversation_id == conversation.id).limit(1))
    turn = Turn(
        message_id=message_id,
        conversation_id=conversation.id,
        text=text,
        text_hash=text_hash,
        language=conversation.language,
        first=first is None,
        state="open",
        opened_at=now,
        replies=[],
        candidates=[],
    )
    session.add(turn)
    session.flush()
    say(session, conversation, author="customer", text=text, now=now, turn_id=turn.id)
    return turn


def written_in(session: Session, turn: Turn, language: str) -> None:
    """The customer's line is in a language that is neither of the desk's: pages mark it so."""
    session.execute(
        update(Message)
        .where(Message.turn_id == turn.id, Message.author == "customer")
        .values(language=language)
    )


def to_decide(session: Session, turn_id: int) -> Turn | None:
    """The turn, held for this transaction to close; none when somebody has closed it already.

    SQLite's writers wait for each other from BEGIN on; elsewhere the row is locked.
    """
    turn = session.scalars(
        select(Turn).where(Turn.id == turn_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).first()
    return turn if turn is not None and turn.state == "open" else None


def close(session: Session, turn: Turn, closing: Closing, *, now: datetime) -> None:
    """Ends a turn held by `to_decide`: outcome, replies and ticket in the same transaction."""
    conversation = session.get_one(Conversation, turn.conversation_id)
    turn.state = "closed"
    turn.kind = KINDS[type(closing.outcome)]
    turn.closed_by = closing.by
    turn.closed_at = now
    turn.replies = list(closing.replies)
    turn.candidates = list(closing.candidates)
    turn.catalogue_revision = closing.catalogue_revision
    if isinstance(closing.outcome, Handover):
        turn.ticket_id = closing.outcome.ticket_id
    for reply in closing.replies:
        say(
            session,
            conversation,
            author="bot",
            text=reply["text"],
            now=now,
            turn_id=turn.id,
            language=reply.get("language"),
        )
    if turn.ticket_id is not None:
        _file_under_ticket(session, turn)


def _file_under_ticket(session: Session, turn: Turn) -> None:
    lines = session.scalars(select(Message).where(Message.turn_id == turn.id))
    for line in lines:
        line.ticket_id = turn.ticket_id


def before(session: Session, turn: Turn) -> Turn | None:
    """The conversation's closed turn before this one."""
    return session.scalars(
        select(Turn)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.id < turn.id,
            Turn.state == "closed",
        )
        .order_by(Turn.id.desc())
        .limit(1)
    ).first()


def numbers(session: Session, conversation_id: str) -> dict[int, int]:
    """Turn id -> which of the conversation's messages it is, from 1."""
    ids = select(Turn.id).where(Turn.conversation_id == conversation_id).order_by(Turn.id)
    return {turn_id: number for number, turn_id in enumerate(session.scalars(ids), start=1)}


def numbered(session: Session, conversation_id: str, number: int) -> Turn | None:
    """The conversation's turn of this number, from 1; none while it is open or not begun."""
    turn = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation_id)
        .order_by(Turn.id)
        .offset(number - 1)
        .limit(1)
    ).first()
    return turn if turn is not None and turn.state == "closed" else None


def left_open(session: Session, before: datetime) -> list[int]:
    """Turns that nobody has closed in time: a process died between message and outcome.

    One that was opened in what is the future now counts too: the clock was set back since, and
    would reach it again in an hour or a day.
    """
    late = or_(Turn.opened_at < before, Turn.opened_at > before + SET_BACK)
    return list(session.scalars(select(Turn.id).where(Turn.state == "open", late)))
