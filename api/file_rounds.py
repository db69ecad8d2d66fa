"""What is done about files again and again: the scanner is asked, what a crash left is swept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from api.doors import Doors
from api.file_taking import store_of, verdict
from desk import attachments
from desk.errors import DeskError

SCAN_AGAIN = 60.0  # seconds
SWEEP = 3600.0

log = logging.getLogger("luukku.files")


async def keep_files(doors: Doors) -> None:
    """Runs as long as the application: a file that waits is judged, one that no row names goes."""
    await asyncio.gather(
        _again_and_again(doors, scan_waiting, SCAN_AGAIN), _again_and_again(doors, sweep, SWEEP)
    )


async def _again_and_again(doors: Doors, work: Callable[[Doors], int], pause: float) -> None:
    while True:
        try:
            done = await doors.work(work, doors)
            if done:
                log.warning("files: %s: %d", work.__name__, done)
        except (SQLAlchemyError, DeskError, OSError) as error:
            # The database or the disk may be away; the files wait for the next time.
            log.error("files: %s failed: %s", work.__name__, type(error).__name__)
        await asyncio.sleep(pause)


def scan_waiting(doors: Doors) -> int:
    """How many waiting files were judged, one at a time and outside every transaction."""
    if doors.settings.clamd is None:
        return 0
    with doors.desk.reading() as session:
        waiting = [(one.id, one.key) for one in attachments.waiting(session)]
    store, judged = store_of(doors), 0
    for number, key in waiting:
        if not store.path(key).exists():
            log.error("the bytes of attachment %d are not in the data folder", number)
            continue
        found = verdict(doors, store, key)
        if found == "waiting":
            continue  # for this one; the next may be one that the scanner can read
        with doors.desk.writing() as session:
            attachments.scanned(session, number, clean=found == "passed")
        if found == "infected":
            store.remove(key)
            log.warning("attachment %d held a virus and was removed", number)
        judged += 1
    return judged


def sweep(doors: Doors) -> int:
    """How many files were removed that no row names."""
    with doors.desk.reading() as session:
        named = attachments.keys(session)
    return store_of(doors).sweep(named, now=doors.desk.now())
