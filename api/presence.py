"""Customers who are here are noted in the database, a few seconds late and seldom.

A turn writes nothing for it: what the doors have heard is kept in memory, and one task writes it,
once in BEAT for each conversation and all of them in one statement.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from api.doors import Doors
from desk import presence

BEAT = 20.0  # seconds: a customer who stays is written this often
LOOK = 2.0  # seconds: how late one who comes is written

log = logging.getLogger("luukku.presence")


class Beats:
    """When each conversation was last written, so that it is not written again too soon."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written: dict[str, float] = {}

    def due(self, here: set[str]) -> set[str]:
        """Those of them that have not been written within BEAT."""
        now = self._clock()
        self._written = {one: at for one, at in self._written.items() if at > now - BEAT}
        return here - self._written.keys()

    def written(self, ids: set[str]) -> None:
        self._written |= dict.fromkeys(ids, self._clock())


async def keep_presence(doors: Doors) -> None:
    """Runs as long as the application: whoever is here is seen by the staff."""
    beats = Beats()
    while True:
        await asyncio.sleep(LOOK)
        due = beats.due(doors.listeners.here())
        if not due:
            continue
        try:
            await doors.work(_write, doors, due)
        except SQLAlchemyError as error:
            # The database is busy or away: they are here at the next look too.
            log.error("presence: %s", type(error).__name__)
        else:
            beats.written(due)


def _write(doors: Doors, ids: set[str]) -> None:
    with doors.desk.writing() as session:
        presence.seen(session, ids, now=doors.desk.now())
