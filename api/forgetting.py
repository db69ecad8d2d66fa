"""What has been kept long enough is removed, again and again: rows, words in the index, files.

Each conversation goes in a transaction of its own, so that no customer waits for the broom.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.database import Database
from api.doors import Doors
from desk import retention, search
from desk.errors import DeskError
from desk.file_store import FileStore
from desk.retention import Clocks

EVERY = 3600.0  # seconds
AT_ONCE = 200  # that are looked up together
WAL_WAITS_MS = 200  # for readers, before the log of changes is left as it is until the next time
MOST_STEPS = 100_000  # of merging the index: far more than any index has pages

log = logging.getLogger("luukku.retention")

type Due = Callable[..., Sequence[str | int]]
type Removes = Callable[..., list[str] | None]


async def keep_forgetting(doors: Doors) -> None:
    """Runs as long as the application: once an hour, what is due goes."""
    while True:
        try:
            removed = await doors.work(round_of, doors)
            if removed:
                log.warning("removed: %s", in_words(removed))
        except (SQLAlchemyError, DeskError, OSError) as error:
            # The database or the disk may be away; what is due stays due.
            log.error("removing what is due failed: %s", type(error).__name__)
        await asyncio.sleep(EVERY)


def round_of(doors: Doors) -> Counter[str]:
    settings = doors.settings
    files = FileStore(settings.data_dir / "attachments")
    return Round(doors.database, files, settings.clocks, doors.desk.now()).run()


def in_words(removed: Counter[str]) -> str:
    """Counts alone, for logs and the command line: "3 talks, 1 contacts"."""
    return ", ".join(f"{count} {what}" for what, count in removed.items() if count)


class Round:
    """One walk with the broom, at one instant."""

    def __init__(self, database: Database, files: FileStore, clocks: Clocks, now: datetime) -> None:
        self._database = database
        self._files = files
        self._clocks = clocks
        self._now = now
        self._removed: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """How many of each thing went."""
        self._all("talks", retention.talks_due, retention.remove_talk)
        self._all("contacts", retention.contacts_due, retention.remove_contact)
        with self._database.writing() as session:
            self._removed.update(retention.remove_small(session, self._clocks, now=self._now))
        if self._removed["talks"]:
            forget_words(self._database)
        if self._removed.total():
            overwrite(self._database)
        return +self._removed

    def _all(self, what: str, due: Due, remove: Removes) -> None:
        while True:
            with self._database.reading() as session:
                found = due(session, self._clocks, now=self._now, most=AT_ONCE)
            done = sum(self._one(what, each, remove) for each in found)
            # What another process holds, or what cannot go, is there again in the next hour.
            if not done:
                return

    def _one(self, what: str, which: str | int, remove: Removes) -> bool:
        try:
            with self._database.writing() as session:
                keys = remove(session, which, self._clocks, now=self._now)
        except (SQLAlchemyError, DeskError) as error:
            log.error("one of the %s could not be removed: %s", what, type(error).__name__)
            return False
        if keys is None:
            return False
        remove_files(self._files, keys)
        self._removed[what] += 1
        self._removed["files"] += len(keys)
        return True


def remove_files(files: FileStore, keys: Sequence[str]) -> None:
    """The bytes go after the rows: a crash between leaves files that no row names, which the
    hourly sweep of files finds."""
    for key in keys:
        files.remove(key)


def forget_words(database: Database) -> None:
    """The index of words holds no word any more that no row has."""

    def step(session: Session, begin: bool) -> bool:
        return search.forget(session, begin=begin)

    more, begin = True, True
    for _ in range(MOST_STEPS):
        with database.writing() as session:
            more = step(session, begin)
        begin = False
        if not more:
            return


def overwrite(database: Database) -> None:
    """What was removed is in SQLite's log of changes no more; nothing to do on PostgreSQL, whose
    own log and dead rows go by its settings (docs/privacy.md)."""
    if database.engine.dialect.name != "sqlite":
        return
    kept = database.engine.raw_connection()
    try:
        cursor = kept.cursor()
        waits = cast("tuple[int]", cursor.execute("PRAGMA busy_timeout").fetchone())[0]
        cursor.execute(f"PRAGMA busy_timeout={WAL_WAITS_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={waits}")
        cursor.close()
    finally:
        kept.close()
