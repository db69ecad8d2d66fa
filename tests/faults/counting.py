"""What became of every message, counted in the database when all is quiet."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.database import Database
from desk import ledger
from tests.faults.customers import Sent

PIECE = 1_048_576  # bytes of a file looked through at once
Rows = list[tuple[Any, ...]]


@dataclass
class Counted:
    """What is wrong, by its name; nothing in either is the promise kept."""

    messages: int = 0
    tickets: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"{self.messages} messages, {self.tickets} tickets"
        return f"{told}, lost {len(self.lost)}, doubled {len(self.doubled)}"


def rows(database: Path, query: str) -> Rows:
    """What the database holds, read as another process sees it: committed rows only."""
    asked = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    with contextlib.closing(asked) as connection:
        return connection.execute(query).fetchall()


def counted(database: Path, sent: Iterable[Sent]) -> Counted:
    """Every message that a page sent is one closed turn with its outcome and its lines once."""
    found = Counted()
    turns = rows(database, "select message_id, id, state, kind, ticket_id from turn")
    by_message = {row[0]: row[1:] for row in turns}
    said = _lines_of_turns(database)
    for one in sent:
        found.messages += 1
        key = one.body["message_id"]
        found.lost += _lost(one, by_message.get(key))
        if key in by_message:
            found.doubled += _doubled(one, said[by_message[key][0]])
    _count_tickets(database, found)
    _count_notices(database, found)
    return found


def _lost(sent: Sent, turn: tuple[Any, ...] | None) -> Iterator[str]:
    key = sent.body["message_id"]
    if sent.answer is None:
        yield f"{key}: no answer after {sent.tries} tries"
    if turn is None:
        yield f"{key}: not kept"
        return
    _, state, kind, ticket = turn
    if state != "closed" or kind is None:
        yield f"{key}: {state}, {kind}"
    if kind == "handover" and ticket is None:
        yield f"{key}: handed over to nobody"


def _lines_of_turns(database: Path) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {}
    query = "select turn_id, author from message where kind = 'text' and turn_id is not null"
    for turn, author in rows(database, query):
        found.setdefault(turn, Counter())[author] += 1
    return found


def _doubled(sent: Sent, said: Counter[str]) -> Iterator[str]:
    key = sent.body["message_id"]
    if said["customer"] != 1:
        yield f"{key}: the customer's line is there {said['customer']} times"
    if sent.answer is not None and said["bot"] != len(sent.answer["replies"]):
        yield f"{key}: {said['bot']} replies kept, {len(sent.answer['replies'])} told"


def _count_tickets(database: Path, found: Counted) -> None:
    """Each ticket was opened once, by one turn, with one promise."""
    codes = Counter(row[0] for row in rows(database, "select code from ticket"))
    found.tickets = len(codes)
    opened = rows(database, "select turn_id from message where kind = 'opened' and ticket_id > 0")
    by_turn = Counter(row[0] for row in opened)
    found.doubled += [f"turn {turn}: {count} tickets" for turn, count in _many(by_turn)]
    given = rows(database, "select ticket_code from ledger_entry where event = 'given'")
    promised = Counter(row[0] for row in given)
    found.doubled += [f"{code}: promised {count} times" for code, count in _many(promised)]
    found.lost += [f"{code}: nothing was promised" for code in codes.keys() - promised.keys()]
    unowned = "select code from ticket t left join person p on p.id = t.owner_id where p.id is null"
    found.lost += [f"{row[0]}: nobody owns it" for row in rows(database, unowned)]


def _count_notices(database: Path, found: Counted) -> None:
    """Every customer who gave an address is told once that the matter is taken."""
    taken = "select ticket_id from notice where template = 'taken'"
    told = Counter(row[0] for row in rows(database, taken))
    found.doubled += [f"ticket {ticket}: told {count} times" for ticket, count in _many(told)]
    reached = rows(database, "select id from ticket where contact is not null")
    found.lost += [f"ticket {row[0]}: not told" for row in reached if row[0] not in told]


def _many(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return [(key, count) for key, count in counts.items() if key is not None and count > 1]


def unsound(database: Path) -> list[str]:
    """What SQLite and the ledger find wrong with the database."""
    found = [row[0] for row in rows(database, "pragma integrity_check") if row[0] != "ok"]
    found += [f"foreign key: {row}" for row in rows(database, "pragma foreign_key_check")]
    opened = Database(f"sqlite:///{database}")
    with opened.reading() as session:
        broken = ledger.verify(session)
        found += [] if broken is None else [f"the ledger is broken at {broken.id}"]
        found += [f"{one}: due time changed silently" for one in ledger.silently_changed(session)]
    opened.dispose()
    return found


def unmasked(folder: Path, secrets: Iterable[str]) -> list[str]:
    """The files below the folder that hold one of the secrets, whatever they are."""
    wanted = [secret.encode() for secret in secrets]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if _holds(path, wanted)]


def _holds(path: Path, wanted: list[bytes]) -> bool:
    kept = b""
    longest = max(map(len, wanted))
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            kept = kept[-longest:] + piece
            if any(one in kept for one in wanted):
                return True
    return False
