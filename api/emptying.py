"""Empties an outbox: leases what is due, carries it, and notes what became of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.letters import Refused
from api.pool import in_pool
from desk.outbox import AT_ONCE, Refusal

PAUSE = 5.0  # seconds between looks at an outbox without anything due
AT_MOST = 60.0  # seconds for one row, well within its lease
AGAIN = (1.0, 5.0, 20.0)  # seconds between tries to note what was sent

SessionScope = Callable[[], AbstractContextManager[Session]]

log = logging.getLogger("luukku.outbox")


@dataclass(frozen=True)
class Emptying[Row](ABC):
    """One of perhaps many that empty the same outbox; each row is leased by one at a time."""

    reading: SessionScope
    writing: SessionScope
    now: Callable[[], datetime]
    pool: Executor
    name: str = field(default_factory=lambda: secrets.token_hex(8), kw_only=True)
    at_most: float = field(default=AT_MOST, kw_only=True)

    @abstractmethod
    async def carry(self, row: Row) -> None:
        """Returns when the receiver has taken it. Raises Refused."""

    @abstractmethod
    def any_due(self, session: Session) -> bool: ...

    @abstractmethod
    def lease(self, session: Session) -> list[Row]: ...

    @abstractmethod
    def sent(self, session: Session, row: Row) -> None: ...

    @abstractmethod
    def refused(self, session: Session, row: Row, refusal: Refusal) -> str | None:
        """What became of the row; none where it is another's by now."""

    @abstractmethod
    def called(self, row: Row) -> str:
        """What the log calls the row: without personal data."""

    async def run(self) -> None:
        """Runs until cancelled; a database that is away is asked again later."""
        while True:
            try:
                tried = await self.send_due()
            except SQLAlchemyError as error:
                # A driver's message may hold the values of a row.
                log.error("outbox: %s", type(error).__name__)
                tried = 0
            if tried < AT_ONCE:
                await asyncio.sleep(PAUSE)

    async def send_due(self) -> int:
        """Tries what is due now, a few at a time; says how many it tried."""
        leased = await in_pool(self.pool, self._lease)
        done = await asyncio.gather(*(self._send(row) for row in leased), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error
        return len(leased)

    def _lease(self) -> list[Row]:
        with self.reading() as session:
            if not self.any_due(session):
                return []
        with self.writing() as session:
            return self.lease(session)

    async def _send(self, row: Row) -> None:
        try:
            async with asyncio.timeout(self.at_most):
                await self.carry(row)
        except TimeoutError:
            await in_pool(self.pool, self._refused, row, Refusal("too slow", retry=True))
        except Refused as refused:
            await in_pool(self.pool, self._refused, row, refused.refusal)
        else:
            await self._surely_sent(row)

    async def _surely_sent(self, row: Row) -> None:
        """What has gone out is written down, though the database be away for a moment."""
        for pause in AGAIN:
            try:
                return await in_pool(self.pool, self._sent, row)
            except SQLAlchemyError as error:
                log.warning("%s sent, not yet noted: %s", self.called(row), type(error).__name__)
                await asyncio.sleep(pause)
        await in_pool(self.pool, self._sent, row)

    def _sent(self, row: Row) -> None:
        with self.writing() as session:
            self.sent(session, row)
        log.info("%s sent", self.called(row))

    def _refused(self, row: Row, refusal: Refusal) -> None:
        with self.writing() as session:
            state = self.refused(session, row, refusal)
        told = (self.called(row), refusal.problem, state or "passed on")
        log.warning("%s refused: %s; %s", *told)
