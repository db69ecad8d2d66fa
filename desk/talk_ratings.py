"""What a customer thinks of a talk with the desk, whether or not a matter came of it.

A rating is a line of the conversation that only staff see: it needs no ticket and no answer of a
person, as a rating of a matter does (desk/ratings.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.personal_data import mask
from desk.conversations import say
from desk.errors import RatingFixed
from desk.models import Conversation, Message
from desk.ratings import CHANGES_WITHIN, Rating

MOST = 20  # changes of mind that one conversation keeps


@dataclass(frozen=True)
class _Given:
    lines: list[Message]

    @property
    def first(self) -> Message:
        return self.lines[0]

    @property
    def last(self) -> Message:
        return self.lines[-1]


def rate_talk(
    session: Session, conversation: Conversation, stars: int, text: str, *, now: datetime
) -> Rating:
    """The rating is on the conversation, before the staff who read it.

    `stars` is 1 to 5; the words are optional and masked. The same again changes nothing; another
    within CHANGES_WITHIN of the first counts instead of it. Raises RatingFixed after that time, or
    after MOST of them.
    """
    given, words = _given(session, conversation), mask(text).text.strip()
    if given is not None:
        if now > given.first.created_at + CHANGES_WITHIN:
            raise RatingFixed(conversation.id)
        if (given.last.data["stars"], given.last.text) == (stars, words):
            return Rating(stars, words, given.first.created_at + CHANGES_WITHIN)
        if len(given.lines) >= MOST:
            raise RatingFixed(conversation.id)
    line = say(
        session,
        conversation,
        author="customer",
        kind="rated",
        text=words,
        now=now,
        audience="staff",
        data={"stars": stars},
    )
    since = given.first.created_at if given else line.created_at
    return Rating(stars, words, since + CHANGES_WITHIN)


def talk_rating(session: Session, conversation: Conversation) -> Rating | None:
    """The customer's last word on the talk; none where none is given."""
    given = _given(session, conversation)
    if given is None:
        return None
    until = given.first.created_at + CHANGES_WITHIN
    return Rating(given.last.data["stars"], given.last.text, until)


def _given(session: Session, conversation: Conversation) -> _Given | None:
    """The ratings of the talk itself, oldest first; those of its matters are not among them."""
    lines = list(
        session.scalars(
            select(Message)
            .where(
                Message.conversation_id == conversation.id,
                Message.kind == "rated",
                Message.ticket_id.is_(None),
            )
            .order_by(Message.id)
        )
    )
    return _Given(lines) if lines else None
