"""What a customer does with the code and secret of a matter: looks, writes on, rates, reopens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from actions.searching import endangered
from api.contract import AddIn, Language, RatingIn, TicketState
from api.doors import Doors, doors
from api.file_taking import Sent, taken
from api.guessing import Address, Guessed, Guesses
from api.ticket_state import told_state
from catalog.personal_data import mask
from desk import attachments, customers, ratings, telling
from desk.door_records import Attachment
from desk.models import Message, Ticket
from desk.tickets import by_code

type Does = Callable[[Session, Ticket], Message]


@dataclass(frozen=True)
class Pair:
    """What the customer was given when the matter was taken, as they wrote it now."""

    code: str
    secret: str


@dataclass(frozen=True)
class Visit:
    """One request of somebody who says that a matter is theirs.

    Every method raises TicketUnknown whichever of code and secret is wrong, after the same work,
    and HTTPException 429 when there have been too many wrong ones.
    """

    at: Doors
    guesses: Guesses
    address: str

    async def look(self, pair: Pair, language: Language | None) -> TicketState:
        async with self.guesses.one(self.address, pair.code):
            return await self.at.work(self._look, pair, language)

    async def add(self, pair: Pair, given: AddIn, language: Language | None) -> TicketState:
        """The words are before the owner. Raises TicketClosed."""
        return await self._write(pair, given, language, customers.add)

    async def reopen(self, pair: Pair, given: AddIn, language: Language | None) -> TicketState:
        """A closed matter is open again. Raises ReopenTooLate."""
        return await self._write(pair, given, language, customers.reopen)

    async def rate(self, pair: Pair, given: RatingIn, language: Language | None) -> TicketState:
        """The rating is kept. Raises NothingToRate or RatingFixed."""
        await self.look(pair, language)

        def does(session: Session, ticket: Ticket) -> Message:
            now = self.at.desk.now()
            return ratings.rate(session, ticket, given.stars, given.text, now=now)

        return await self.at.work(self._done, pair, language, does)

    async def add_file(
        self, pair: Pair, sent: Sent, language: Language | None, seen: int | None
    ) -> TicketState:
        """The file is before the owner. Raises TicketClosed or FileRefused."""
        known = await self.look(pair, language)
        return await self.at.work(self._add_file, pair, sent, known.language, language, seen)

    async def file(self, pair: Pair, file_id: int) -> Attachment:
        """A file of the matter, to be given out. Raises FileUnknown."""
        async with self.guesses.one(self.address, pair.code):
            return await self.at.work(self._file, pair, file_id)

    async def _write(
        self,
        pair: Pair,
        given: AddIn,
        language: Language | None,
        write: Callable[..., Message],
    ) -> TicketState:
        # A stranger's guess takes no writer's turn and no sentence vector.
        seen = await self.look(pair, language)
        danger = await self.at.work(endangered, self.at.desk, mask(given.text).text, seen.language)

        def does(session: Session, ticket: Ticket) -> Message:
            now = self.at.desk.now()
            line = write(session, ticket, given.text, now=now, seen=given.seen, danger=danger)
            telling.taken(session, ticket, now=now)  # whoever gives an address only here
            return line

        warning = self.at.desk.replies.say("utter_danger", seen.language) if danger else None
        return await self.at.work(self._done, pair, language, does, warning)

    def _add_file(
        self,
        pair: Pair,
        sent: Sent,
        spoken: Language,
        language: Language | None,
        seen: int | None,
    ) -> TicketState:
        with taken(self.at, sent, spoken) as file:
            assert file is not None

            def does(session: Session, ticket: Ticket) -> Message:
                return attachments.from_customer(
                    session,
                    ticket,
                    file.kept,
                    name=file.name,
                    now=self.at.desk.now(),
                    scan=file.scan,
                    seen=seen,
                ).message

            return self._done(pair, language, does)

    def _file(self, pair: Pair, file_id: int) -> Attachment:
        with self.at.desk.reading() as session:
            ticket = by_code(session, self.at.desk.keys, pair.code, pair.secret)
            return attachments.of_ticket(session, ticket, file_id)

    def _look(self, pair: Pair, language: Language | None) -> TicketState:
        with self.at.desk.reading() as session:
            ticket = by_code(session, self.at.desk.keys, pair.code, pair.secret)
            return told_state(session, ticket, language, now=self.at.desk.now())

    def _done(
        self, pair: Pair, language: Language | None, does: Does, warning: str | None = None
    ) -> TicketState:
        with self.at.desk.writing() as session:
            ticket = by_code(session, self.at.desk.keys, pair.code, pair.secret)
            does(session, ticket)
            return told_state(session, ticket, language, now=self.at.desk.now(), warning=warning)


def visit(at: Annotated[Doors, Depends(doors)], guesses: Guessed, address: Address) -> Visit:
    """FastAPI dependency: a visit from this request's address."""
    return Visit(at, guesses, address)


Visiting = Annotated[Visit, Depends(visit)]
