"""Sends what is due in the outbox: leases it, carries it, and notes what became of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.letters import Carrier, Letter, Refused, Writer
from api.pool import in_pool
from desk import notices
from desk.notices import Refusal
from desk.records import Notice

PAUSE = 5.0  # seconds between looks at an outbox without anything due
AT_MOST = 60.0  # seconds for one notice, well within its lease
AGAIN = (1.0, 5.0, 20.0)  # seconds between tries to note what was sent

SessionScope = Callable[[], AbstractContextManager[Session]]

log = logging.getLogger("luukku.notices")


@dataclass(frozen=True)
class Sender:
    """One of perhaps many that empty the same outbox; each notice is leased by one at a time."""

    reading: SessionScope
    writing: SessionScope
    now: Callable[[], datetime]
    pool: Executor
    carriers: Mapping[str, Carrier]  # by channel
    writer: Writer
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    at_most: float = AT_MOST

    async def run(self) -> None:
        """Runs until cancelled; a database that is away is asked again later."""
        while True:
            try:
                tried = await self.send_due()
            except SQLAlchemyError as error:
                # A driver's message may hold the values of a row.
                log.error("outbox: %s", type(error).__name__)
                tried = 0
            if tried < notices.AT_ONCE:
                await asyncio.sleep(PAUSE)

    async def send_due(self) -> int:
        """Tries what is due now, a few at a time; says how many it tried."""
        leased = await in_pool(self.pool, self._lease)
        done = await asyncio.gather(
            *(self._send(notice) for notice in leased), return_exceptions=True
        )
        for error in done:
            if isinstance(error, BaseException):
                raise error
        return len(leased)

    def _lease(self) -> list[Notice]:
        with self.reading() as session:
            if not notices.any_due(session, now=self.now()):
                return []
        with self.writing() as session:
            return notices.lease(session, self.name, now=self.now())

    async def _send(self, notice: Notice) -> None:
        try:
            async with asyncio.timeout(self.at_most):
                await self._carrier(notice).carry(self._letter(notice))
        except TimeoutError:
            await in_pool(self.pool, self._refused, notice, Refusal("too slow", retry=True))
        except Refused as refused:
            await in_pool(self.pool, self._refused, notice, refused.refusal)
        else:
            await self._surely_sent(notice)

    async def _surely_sent(self, notice: Notice) -> None:
        """What has gone out is written down, though the database be away for a moment."""
        for pause in AGAIN:
            try:
                return await in_pool(self.pool, self._sent, notice)
            except SQLAlchemyError as error:
                log.warning("notice %d sent, not yet noted: %s", notice.id, type(error).__name__)
                await asyncio.sleep(pause)
        await in_pool(self.pool, self._sent, notice)

    def _carrier(self, notice: Notice) -> Carrier:
        """Raises Refused for a way that was open when the notice was written, and is no more."""
        if notice.channel not in self.carriers:
            raise Refused("no way out", retry=False)
        return self.carriers[notice.channel]

    def _letter(self, notice: Notice) -> Letter:
        """Raises Refused for a notice that another release wrote and this one has no words for."""
        try:
            return self.writer.letter(notice, now=self.now())
        except (KeyError, ValueError) as error:
            raise Refused(f"no words: {type(error).__name__}", retry=True) from None

    def _sent(self, notice: Notice) -> None:
        with self.writing() as session:
            notices.sent(session, notice.id, now=self.now())
        log.info("notice %d (%s, %s) sent", notice.id, notice.channel, notice.template)

    def _refused(self, notice: Notice, refusal: Refusal) -> None:
        now = self.now()
        with self.writing() as session:
            state = notices.refused(session, notice.id, self.name, refusal, now=now)
        told = (notice.id, notice.channel, notice.template, refusal.problem, state or "passed on")
        log.warning("notice %d (%s, %s) refused: %s; %s", *told)
