"""A database that takes no writes, and mail that does not go: nothing promised, nothing lost."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from actions.desk_action import settle
from actions.hand import Desk, Heard
from api.contract import ChatIn, ChatOut
from api.database import Database, sqlite_url
from api.front_desk import FrontDesk
from api.pool import in_pool
from catalog.areas import municipalities
from catalog.find import NOTHING_FOUND
from desk import conversations, notices, tickets
from desk.conversations import Place
from desk.models import Ticket, Turn
from desk.notices import Refusal
from desk.records import Notice
from desk.tickets import Matter
from eval.proof.houses import GivenFinder, House, house
from eval.proof.space import INSTANTS, LANGUAGES, TEXTS
from eval.proof.world import desk_at, finder_at

type Found = tuple[str, list[str], object]  # which kind of state, what broke, the state


@dataclass
class Bot:
    """Reads every message as asking for a person, and runs the real action."""

    desk: Desk

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        heard = Heard(turn_id, "ask_person", 0.97)
        await in_pool(self.desk.pool, settle, self.desk, "action_hand_over", heard)


def broken_by_database(path: Path) -> Iterator[Found]:
    """Each way that the database fails, at each moment of a message; then it works again."""
    copied = path.with_name("failing.db")
    shutil.copyfile(path, copied)
    database = Database(sqlite_url(copied))
    nobody_away = house(path, "nobody")
    base = desk_at(nobody_away, finder_at(nobody_away))
    with sqlite3.connect(copied) as file:
        file.execute("vacuum")  # free pages would let some more in
    with ThreadPoolExecutor(2) as pool:
        for number, (name, failing) in enumerate(FAILS.items()):
            for wrote in TEXTS:
                for language in LANGUAGES:
                    state = (name, wrote, language)
                    said = TEXTS[wrote][LANGUAGES.index(language)]
                    if name == "locked" and wrote not in ("need", "danger"):
                        continue  # each waits for the time-out of the lock
                    message = ChatIn(
                        message_id=f"proof-{number}-{wrote}-{language}",
                        text=said,
                        language=language,
                    )
                    at = _desk(base, database, pool)
                    yield "database", _tried(at, database, message, failing(database)), state
    database.dispose()


def _desk(base: Desk, database: Database, pool: ThreadPoolExecutor) -> Desk:
    return replace(
        base, writing=database.writing, reading=database.reading, pool=pool, now=lambda: INSTANTS[0]
    )


def _tried(
    desk: Desk, database: Database, message: ChatIn, failing: AbstractContextManager[Any]
) -> list[str]:
    """What was sent while it failed is refused by name, and taken once when it is sent again."""
    with database.reading() as session:
        finder = GivenFinder(municipalities(session), (), found=NOTHING_FOUND)
        before = session.scalar(select(func.count()).select_from(Ticket)) or 0
    desk = _with(desk, finder)
    front = FrontDesk(desk, Bot(desk), lambda: finder.places, 5.0)  # type: ignore[arg-type]
    problems, early = [], None
    with failing, contextlib.suppress(SQLAlchemyError):  # the door's 503, and the page sends again
        early = asyncio.run(front.take(message))
    first, again = asyncio.run(front.take(message)), asyncio.run(front.take(message))
    with database.reading() as session:
        after = session.scalar(select(func.count()).select_from(Ticket)) or 0
        turns = session.scalar(
            select(func.count()).select_from(Turn).where(Turn.message_id == message.message_id)
        )
    if turns != 1:
        problems.append(f"database: {turns} turns of one message")
    if after - before != (1 if _ticket(first) else 0):
        problems.append("database: a ticket too many or too few")
    if early is not None and early.outcome.kind != first.outcome.kind:
        problems.append(f"database: promised without a record: {early.outcome.kind}")
    if _ticket(first) != _ticket(again):
        problems.append("database: sent twice, answered differently")
    return problems


def _with(desk: Desk, finder: GivenFinder) -> Desk:
    return replace(desk, finder=lambda: finder)  # type: ignore[arg-type,return-value]


def _ticket(answered: ChatOut) -> str | None:
    return answered.outcome.ticket.code if answered.outcome.ticket else None


@contextlib.contextmanager
def _locked(database: Database) -> Iterator[None]:
    """Another process holds the one place to write."""
    other = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextlib.contextmanager
def _read_only(database: Database) -> Iterator[None]:
    with _told(database, "query_only = on", "query_only = off"):
        yield


@contextlib.contextmanager
def _full(database: Database) -> Iterator[None]:
    """Not one page more fits."""
    with database.reading() as session:
        pages = session.scalar(text("PRAGMA page_count")) or 0
    with _told(database, f"max_page_count = {pages}", "max_page_count = 1073741823"):
        yield


@contextlib.contextmanager
def _told(database: Database, first: str, then: str) -> Iterator[None]:
    """Every connection of the desk's is told the one for as long, and the other afterwards."""

    def on(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA {first}")

    def off(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA {then}")

    event.listen(database.engine, "checkout", on)
    event.listen(database.engine, "checkin", off)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", on)
        event.remove(database.engine, "checkin", off)


FAILS: dict[str, Callable[[Database], AbstractContextManager[None]]] = {
    "read only": _read_only,
    "full": _full,
    "locked": _locked,
}


def broken_by_mail(path: Path) -> Iterator[Found]:
    """Mail that is refused for good, and mail that nobody answers for: staff see it, each time."""
    for refusal in (Refusal("550 no such user", retry=False), Refusal("connection refused", True)):
        for language in LANGUAGES:
            yield "mail", _mail(house(path, "nobody"), language, refusal), (refusal, language)


def _mail(at: House, language: str, refusal: Refusal) -> list[str]:
    at.now = now = INSTANTS[0]
    with at.writing() as session:
        session.info.update(notices.channels_open(("email",)))
        place = Place("municipality:091")
        begun = conversations.begin(session, language=language, place=place, now=now)
        ticket = tickets.take(session, begun, Matter("a roof leaks", "asked"), now=now).ticket
        ticket.contact = "somebody@example.org"
        notices.write(session, ticket, "taken", key="proof", values={}, now=now)
        for _ in range(20):
            now += timedelta(days=1)
            for notice in notices.lease(session, "proof", now=now):
                notices.refused(session, notice.id, "proof", refusal, now=now)
        left = session.scalars(select(Notice.state)).all()
        problems = [] if left == ["failed"] else [f"mail: left as {left}"]
        if notices.FAILED not in ticket.tags:
            problems.append("mail: the owner does not see that the customer was not told")
        return problems
