"""PostgreSQL calls as soon as a line has been written, by whichever process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from api.database import Database
from desk.line_order import CHANNEL

AGAIN = 2.0  # seconds until a lost connection is sought anew
STILL_THERE = 20.0  # seconds between two proofs that a silent connection lives
CONNECT = 5  # seconds

log = logging.getLogger("luukku.events")


@dataclass(frozen=True)
class LineNews:
    """One connection that listens, sought again for as long as the application runs."""

    where: dict[str, Any]  # psycopg's own names

    @classmethod
    def of(cls, database: Database) -> LineNews | None:
        """None on SQLite, which calls nobody."""
        engine = database.engine
        if engine.dialect.name != "postgresql":
            return None
        _, named = engine.dialect.create_connect_args(engine.url)
        return cls({"connect_timeout": CONNECT, **named})

    async def listen(self, call: Callable[[], None]) -> None:
        """Runs until cancelled. `call` is called when lines were written, and at each beginning:
        some may have been written while nobody listened."""
        while True:
            try:
                await self._listen_once(call)
            except (psycopg.Error, OSError) as error:
                # The lines wait in the database, and whoever polls finds them there.
                log.error("events: nobody listens to PostgreSQL: %s", type(error).__name__)
            await asyncio.sleep(AGAIN)

    async def _listen_once(self, call: Callable[[], None]) -> None:
        connection = await psycopg.AsyncConnection.connect(autocommit=True, **self.where)
        async with connection:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
            call()
            while True:
                async for _ in connection.notifies(timeout=STILL_THERE):
                    call()
                # Nothing in so long: a connection that was cut without a word says so now.
                async with asyncio.timeout(CONNECT):
                    await connection.execute("select 1")
