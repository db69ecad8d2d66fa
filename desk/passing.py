"""A conversation goes on at another door: a short code, said aloud or written down, moves it.

The conversation stays one and the same: whoever takes it on reads what was said and tells nothing
twice. Only the code's keyed hash is kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from desk import conversations
from desk.door_records import PassCode
from desk.errors import CodeUnknown
from desk.models import Conversation
from desk.secrets import Keys

DIGITS = 8
LASTS = timedelta(hours=24)  # asked at home in the evening, at the counter the next day


def code(session: Session, keys: Keys, conversation: Conversation, *, now: datetime) -> str:
    """A new code of eight digits for this conversation; an earlier one of its no longer works."""
    session.execute(
        delete(PassCode).where(
            (PassCode.conversation_id == conversation.id) | (PassCode.expires_at <= now)
        )
    )
    made = _unused(session, keys)
    session.add(
        PassCode(
            code_hash=keys.pass_code_hash(made),
            conversation_id=conversation.id,
            made_at=now,
            expires_at=now + LASTS,
        )
    )
    session.flush()
    return made


def take(session: Session, keys: Keys, code: str, *, channel: str, now: datetime) -> Conversation:
    """The conversation that the code moves to this door (one of CHANNELS), marked as moved.

    Raises CodeUnknown for a code that never was, was used, or is too old: never told apart.
    """
    # One statement: of two who come with the same code at once, one gets the conversation.
    found = session.scalars(
        update(PassCode)
        .where(
            PassCode.code_hash == keys.pass_code_hash(normal_code(code)),
            PassCode.used_at.is_(None),
            PassCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(PassCode.conversation_id)
    ).first()
    if found is None:
        raise CodeUnknown
    conversation = session.get_one(Conversation, found)
    conversations.say(
        session,
        conversation,
        author="desk",
        audience="staff",
        kind="moved",
        text="",
        data={"channel": channel},
        now=now,
    )
    return conversation


def normal_code(written: str) -> str:
    """The digits alone, however they were spaced; nothing where they are not as many as a code's.

    >>> normal_code("1234 5678")
    '12345678'
    """
    digits = "".join(sign for sign in written if sign in "0123456789")
    return digits if len(digits) == DIGITS else ""


def spaced(code: str) -> str:
    """The code as it is shown and said: in pairs."""
    return " ".join(code[at : at + 2] for at in range(0, len(code), 2))


def _unused(session: Session, keys: Keys) -> str:
    """Digits that no code in use has: two conversations must never meet."""
    while True:
        made = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        if session.get(PassCode, keys.pass_code_hash(made)) is None:
            return made
