"""Sends the notices that are due in the outbox, each by the carrier of its channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.emptying import Emptying
from api.letters import Carrier, Letter, Refused, Writer
from desk import notices
from desk.notices import Refusal
from desk.records import Notice


@dataclass(frozen=True)
class Sender(Emptying[Notice]):
    """One of perhaps many that empty the same outbox; each notice is leased by one at a time."""

    carriers: Mapping[str, Carrier]  # by channel
    writer: Writer

    async def carry(self, row: Notice) -> None:
        await self._carrier(row).carry(self._letter(row))

    def any_due(self, session: Session) -> bool:
        return notices.any_due(session, now=self.now())

    def lease(self, session: Session) -> list[Notice]:
        return notices.lease(session, self.name, now=self.now())

    def sent(self, session: Session, row: Notice) -> None:
        notices.sent(session, row.id, now=self.now())

    def refused(self, session: Session, row: Notice, refusal: Refusal) -> str | None:
        return notices.refused(session, row.id, self.name, refusal, now=self.now())

    def called(self, row: Notice) -> str:
        return f"notice {row.id} ({row.channel}, {row.template})"

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
