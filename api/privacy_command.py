"""`luukku retain`, `export`, `erase`, `hold` and `access-log` on the command line."""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import forgetting
from api.database import Database
from api.settings import Settings
from desk import access, erasing, personal_record
from desk.access import Thing
from desk.door_records import Attachment
from desk.errors import MatterHeld
from desk.file_store import FileStore
from desk.models import Person, Ticket
from desk.secrets import normal_ticket_code

Command = Callable[[argparse.Namespace, Settings], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]


class NoSuch(OSError):
    """Nothing of this code or login is here; told on stderr."""


def add_commands(add: Add) -> None:
    add("retain", retain, "Remove what has been kept long enough; the desk may run.")
    out = add("export", export, "Write all that the desk holds of the talk of a ticket to a file.")
    out.add_argument("code", help="the ticket's, LK-123-4567")
    out.add_argument("--out", type=Path, metavar="FILE", help="a new file; default CODE.json")
    gone = add("erase", erase, "Remove a ticket's whole talk, its other tickets and files with it.")
    gone.add_argument("code", help="the ticket's, LK-123-4567")
    held = add("hold", hold, "Keep a ticket's talk past its clocks; --release ends it.")
    held.add_argument("code", help="the ticket's, LK-123-4567")
    held.add_argument("--release", action="store_true", help="also ends what a complaint holds")
    for one in (out, gone, held):
        one.add_argument("--by", metavar="LOGIN", help="who does it, for the access log")
    book = add("access-log", access_log, "Check the log of who saw what; 1 if it is broken.")
    book.add_argument("--holds", metavar="HASH", help="a last hash of earlier: it must still be in")


def retain(given: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as database:
        now = datetime.now(UTC)
        files = _files(settings)
        removed = forgetting.Round(database, files, settings.clocks, now).run()
    print(forgetting.in_words(removed) or "nothing was due")
    return 0


def export(given: argparse.Namespace, settings: Settings) -> int:
    """Writes a new file that its owner alone can read; an existing one is left alone."""
    now, files = datetime.now(UTC), _files(settings)
    with _opened(settings) as database:
        with database.writing() as session:
            ticket = _ticket(session, given.code)
            _noted(session, given.by, "saw", "export", ticket.code, now)
            record = personal_record.of_talk(
                session, ticket.conversation_id, content=_content(files), now=now
            )
            path = given.out or Path(f"{ticket.code}.json")
        _write(path, record)
    print(f"written to {path}")
    return 0


def erase(given: argparse.Namespace, settings: Settings) -> int:
    """1 where a complaint or a hold forbids it."""
    now = datetime.now(UTC)
    with _opened(settings) as database:
        try:
            with database.writing() as session:
                ticket = _ticket(session, given.code)
                _noted(session, given.by, "changed", "erase", ticket.code, now)
                keys = erasing.erase(session, ticket.conversation_id)
        except MatterHeld as held:
            print(f"luukku: {held.code} is held; see luukku hold --release", file=sys.stderr)
            return 1
        forgetting.remove_files(_files(settings), keys)
        forgetting.forget_words(database)
        forgetting.overwrite(database)
    print(f"erased, with {len(keys)} files; backups hold it until they expire")
    return 0


def hold(given: argparse.Namespace, settings: Settings) -> int:
    now = datetime.now(UTC)
    with _opened(settings) as database, database.writing() as session:
        ticket = _ticket(session, given.code)
        what = "release" if given.release else "hold"
        _noted(session, given.by, "changed", what, ticket.code, now)
        (erasing.release if given.release else erasing.hold)(session, ticket)
    print(f"{ticket.code}: {'its clocks run' if given.release else 'kept until it is released'}")
    return 0


def access_log(given: argparse.Namespace, settings: Settings) -> int:
    """Prints how many entries there are, or where the chain does not hold."""
    kept, now = settings.clocks.access, datetime.now(UTC)
    with _opened(settings) as database, database.reading() as session:
        broken = access.verify(session, kept=kept, now=now)
        cut = given.holds is not None and not access.holds(session, given.holds)
        count, last = access.count(session), access.head(session)
    if broken is not None:
        print(f"luukku: the access log is broken at entry {broken.id}", file=sys.stderr)
        return 1
    if cut:
        print("luukku: the access log does not hold the hash given", file=sys.stderr)
        return 1
    print(f"{count:8} entries")
    print(f"last hash {last}")
    return 0


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    try:
        database.migrate()
        yield database
    finally:
        database.dispose()


def _files(settings: Settings) -> FileStore:
    return FileStore(settings.data_dir / "attachments")


def _ticket(session: Session, written: str) -> Ticket:
    code = normal_ticket_code(written)
    found = session.scalars(select(Ticket).where(Ticket.code == code)).first()
    if found is None:
        raise NoSuch(f"there is no ticket {written}")
    return found


def _noted(
    session: Session, login: str | None, act: str, what: str, code: str, now: datetime
) -> None:
    if login is None:
        return
    person = session.scalars(select(Person).where(Person.login == login)).first()
    if person is None:
        raise NoSuch(f"nobody has the login {login}")
    access.note(session, person.id, act, [Thing(what, code)], now=now)


def _content(files: FileStore) -> Callable[[Attachment], str | None]:
    def content(one: Attachment) -> str | None:
        path = files.path(one.key)  # a file with a virus has no bytes here
        return base64.b64encode(path.read_bytes()).decode() if path.exists() else None

    return content


def _write(path: Path, record: dict[str, Any]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(record, file, ensure_ascii=False, indent=2)
