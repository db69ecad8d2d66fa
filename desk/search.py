"""Matters found by what was written in them, through the database's own index of words."""

from __future__ import annotations

import re

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from desk.models import Message, Ticket
from desk.secrets import normal_ticket_code

LONGEST = 200  # characters of what is looked for
MOST_WORDS = 8
MOST_ROWS = 400  # that hold the words, the newest; more would be no help in finding
MOST_FOUND = 100
INDEXES = ("message_search", "ticket_search")  # SQLite's own tables
PAGES_AT_ONCE = 300  # of an index merged in one step: some milliseconds of the one writer's time
WORD = re.compile(r"[^\W_]+")
# Migrations 0005 and 0007 make what these read. The newest rows where each word begins some word.
SUBJECTS = {
    "sqlite": "select rowid from ticket_search where ticket_search match :words "
    "order by rowid desc limit :most",
    "postgresql": "select id from ticket "
    r"where to_tsvector('simple', regexp_replace(subject, '(\W|_)+', ' ', 'g')) "
    "@@ to_tsquery('simple', :words) order by id desc limit :most",
}
LINES = {
    "sqlite": "select rowid from message_search where message_search match :words "
    "order by rowid desc limit :most",
    "postgresql": "select id from message "
    r"where to_tsvector('simple', regexp_replace(text, '(\W|_)+', ' ', 'g')) "
    "@@ to_tsquery('simple', :words) and author = 'customer' order by id desc limit :most",
}


def found(session: Session, wanted: str) -> list[int]:
    """Ids of the tickets of this code, or with words that begin so in the subject or in one of the
    customer's messages; the newest first, at most MOST_FOUND."""
    code = normal_ticket_code(wanted)
    held = session.scalar(select(Ticket.id).where(Ticket.code == code)) if code else None
    if held is not None:
        return [held]
    words = WORD.findall(wanted[:LONGEST].lower())[:MOST_WORDS]
    if not words:
        return []
    about = _holding(session, SUBJECTS, words)
    lines = _holding(session, LINES, words)
    said = session.scalars(
        select(Message.conversation_id).where(Message.id.in_(lines)).distinct()
    ).all()
    fits = or_(Ticket.id.in_(about), Ticket.conversation_id.in_(said))
    newest = select(Ticket.id).where(fits).order_by(Ticket.id.desc()).limit(MOST_FOUND)
    return list(session.scalars(newest))


def _holding(session: Session, rows: dict[str, str], words: list[str]) -> list[int]:
    dialect = session.get_bind().dialect.name
    asked = (
        " ".join(f'"{word}"*' for word in words)
        if dialect == "sqlite"
        else " & ".join(f"{word}:*" for word in words)
    )
    return list(session.scalars(text(rows[dialect]), {"words": asked, "most": MOST_ROWS}))


def forget(session: Session, *, begin: bool) -> bool:
    """A step of taking out of the index what its tables have lost; whether there are more steps.

    SQLite's index only marks a word as gone until its parts are merged; PostgreSQL's needs nothing.
    The first step is told to `begin`, for it alone takes up every part.
    """
    if session.get_bind().dialect.name != "sqlite":
        return False
    written = text("select total_changes()")
    more = False
    for index in INDEXES:
        before = session.scalar(written) or 0
        step = -PAGES_AT_ONCE if begin else PAGES_AT_ONCE
        session.execute(
            text(f"insert into {index}({index}, rank) values ('merge', :step)"),  # noqa: S608
            {"step": step},
        )
        # As SQLite's manual tells it: fewer than two changes are no merging.
        more |= (session.scalar(written) or 0) - before >= 2
    return more
