"""What a customer does about a call back with the code and secret of the matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.callback_contract import CallbackIn
from api.contract import Language, TicketState
from api.ticket_state import told_state
from api.ticket_visits import Pair, Visit
from catalog.phones import e164
from desk import callback_telling, callbacks, contacts
from desk.callbacks import Slot
from desk.errors import NumberUnclear, SlotTaken
from desk.models import Ticket
from desk.tickets import by_code

type Does = Callable[[Session, Ticket, datetime], None]


@dataclass(frozen=True)
class CallbackVisit:
    """Every method raises what the visit's `look` does: TicketUnknown, HTTPException 429."""

    visit: Visit

    async def book(self, pair: Pair, given: CallbackIn, language: Language | None) -> TicketState:
        """The customer is rung at this time, and not at an earlier one.

        Raises NumberUnclear, NoNumber, SlotTaken, TicketClosed.
        """

        def does(session: Session, ticket: Ticket, now: datetime) -> None:
            if given.number:
                keep_number(session, ticket, given.number, now=now)
            slot = slot_at(session, ticket, given.starts_at, now=now)
            before = callbacks.booked(session, ticket)
            call = callbacks.book(session, ticket, slot, now=now)
            if call is not before:
                callback_telling.booked(session, call, now=now)

        return await self._do(pair, language, does)

    async def cancel(self, pair: Pair, language: Language | None) -> TicketState:
        """Nobody rings; it changes nothing where no call is booked."""

        def does(session: Session, ticket: Ticket, now: datetime) -> None:
            call = callbacks.booked(session, ticket)
            if call is not None:
                callbacks.cancel(session, call, now=now)

        return await self._do(pair, language, does)

    async def _do(self, pair: Pair, language: Language | None, does: Does) -> TicketState:
        await self.visit.look(pair, language)  # a stranger's guess takes no writer's turn

        def work() -> TicketState:
            desk = self.visit.at.desk
            with desk.writing() as session:
                ticket = by_code(session, desk.keys, pair.code, pair.secret)
                does(session, ticket, desk.now())
                return told_state(session, ticket, language, now=desk.now())

        return await self.visit.at.work(work)


def keep_number(session: Session, ticket: Ticket, written: str, *, now: datetime) -> None:
    """The number goes to the ticket alone; the thread only says that one was given.

    Raises NumberUnclear where there can be no such number.
    """
    number = e164(written)
    if number is None:
        raise NumberUnclear
    if contacts.number(ticket) == number:
        return
    contacts.take(session, ticket, number, now=now)


def slot_at(session: Session, ticket: Ticket, starts_at: datetime, *, now: datetime) -> Slot:
    """The slot with room that begins then. Raises SlotTaken."""
    for one in callbacks.every(session, ticket, now=now):
        if one.starts_at == starts_at:
            return one
    raise SlotTaken(starts_at.isoformat())
