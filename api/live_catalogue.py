"""The catalogue in memory: an immutable index, swapped whole when the database's has changed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from concurrent.futures import Executor

from sqlalchemy.exc import SQLAlchemyError

from actions.hand import SessionScope
from api.pool import in_pool
from catalog.encoder import Encoder
from catalog.find import Finder, revision_of
from catalog.indexes import Progress
from catalog.places import Municipalities
from catalog.vectors import VectorCache

POLL = 0.5  # seconds: how late a change of the catalogue may be seen

log = logging.getLogger("luukku.catalogue")


class LiveCatalogue:
    """Gives the newest index; a turn that has begun keeps the one it began with."""

    def __init__(
        self,
        reading: SessionScope,
        encoder: Encoder,
        cache: VectorCache,
        progress: Progress,
    ) -> None:
        self._reading = reading
        self._encoder = encoder
        self._cache = cache
        self._progress = progress
        self._index = self._build()

    @property
    def encoder_name(self) -> str:
        return self._encoder.name

    def finder(self) -> Finder:
        return self._index

    def places(self) -> Municipalities:
        return self._index.places

    async def watch(self, pool: Executor) -> None:
        """Runs as long as the application: a changed catalogue is built aside, then swapped in."""
        while True:
            await asyncio.sleep(POLL)
            try:
                await in_pool(pool, self.refresh)
            except (SQLAlchemyError, sqlite3.Error, OSError) as error:
                # The old index goes on answering until the database, or the disk with the
                # vectors, is back.
                log.error("catalogue not refreshed: %s", type(error).__name__)

    def refresh(self) -> bool:
        """Swaps the index when the catalogue has changed; says whether it did."""
        with self._reading() as session:
            newest = revision_of(session)
        if newest == self._index.revision:
            return False
        self._index = self._build(self._index)
        return True

    def _build(self, old: Finder | None = None) -> Finder:
        with self._reading() as session:
            return Finder.build(session, self._encoder, self._cache, self._progress, old)
