"""The turns that are measured: opened beforehand, and read afterwards for what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from actions.desk_action import DECIDES
from api.database import Database
from api.settings import Settings
from catalog.personal_data import mask
from desk import conversations, turns
from desk.models import Turn
from desk.outcomes import KINDS
from desk.secrets import Keys
from eval.latency.doors import Message
from eval.questions_data import Question

# The app makes tickets of open turns that are over 15 s old, or more than 45 s ahead of its clock
# (desk.turns.left_open): these may wait here for 55 s to be asked.
OPENED_AHEAD = timedelta(seconds=40)


class NotARealTurn(Exception):
    """A measured turn was not closed by an action; the message says how it ended."""


class NotTheSameWork(Exception):
    """The same question ended in different decisions; the message shows both."""


@dataclass(frozen=True)
class Decision:
    """What came of a turn."""

    closed_by: str
    kind: str
    candidates: tuple[str, ...]  # service ids, best first


def opened(database: Database, settings: Settings, asked: Iterable[Question]) -> list[Message]:
    """Each question as the first message of a conversation of its own, its turn open."""
    keys, now = Keys(settings.key), datetime.now(UTC) + OPENED_AHEAD
    messages = []
    with database.writing() as session:
        for question in asked:
            text, key = mask(question.text).text, uuid.uuid4().hex
            conversation = conversations.begin(
                session, language=question.language, place=conversations.Place(), now=now
            )
            turn = turns.begin(
                session,
                conversation,
                message_id=key,
                text=text,
                text_hash=keys.text_hash(question.text),
                now=now,
            )
            messages.append(Message(key, text, question.language, turn.id))
    return messages


def unopened(asked: Iterable[Question]) -> list[Message]:
    """Each question as a message whose turn the door itself opens."""
    return [Message(uuid.uuid4().hex, one.text, one.language) for one in asked]


def decisions(
    database: Database, messages: Sequence[Message], replies: Sequence[Sequence[str]]
) -> list[Decision]:
    """What came of each message. Raises NotARealTurn when any was not decided by an action, or
    when what was said to the client is not what is kept."""
    with database.reading() as session:
        rows = session.scalars(
            select(Turn).where(Turn.message_id.in_([one.message_id for one in messages]))
        )
        found = {turn.message_id: turn for turn in rows}
    return [
        _decision(found.get(message.message_id), message, said)
        for message, said in zip(messages, replies, strict=True)
    ]


def _decision(turn: Turn | None, message: Message, said: Sequence[str]) -> Decision:
    if turn is None or turn.state != "closed":
        raise NotARealTurn(f"the turn of {message.text!r} was not closed")
    if turn.closed_by not in DECIDES or turn.kind not in KINDS.values():
        raise NotARealTurn(f"{message.text!r} was closed by {turn.closed_by} as {turn.kind}")
    if len(said) != len(turn.replies):
        raise NotARealTurn(f"{message.text!r}: {len(said)} replies came, not {len(turn.replies)}")
    ids = tuple(str(one["id"]) for one in turn.candidates)
    return Decision(str(turn.closed_by), str(turn.kind), ids)


class Known:
    """What every question was decided as, by whichever side was asked first."""

    def __init__(self) -> None:
        self.of: dict[str, Decision] = {}

    def compare(self, asked: Sequence[Question], decided: Sequence[Decision]) -> None:
        """Raises NotTheSameWork when a question was decided otherwise before."""
        for question, decision in zip(asked, decided, strict=True):
            before = self.of.setdefault(question.text, decision)
            if before != decision:
                raise NotTheSameWork(f"{question.text!r}: {before} and {decision}")
