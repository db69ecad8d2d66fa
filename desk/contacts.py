"""The ways back to a customer: an e-mail address, a telephone number, or one of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from catalog.phones import takes_text_messages
from desk.conversations import happened
from desk.models import Ticket

LONGEST = 200  # characters of Ticket.contact


@dataclass(frozen=True)
class Way:
    """One way that a notice can go; `channel` is of NOTICE_CHANNELS."""

    channel: Literal["email", "sms"]
    recipient: str


def keep(ticket: Ticket, given: str) -> None:
    """The ticket has this address or E.164 number, beside one of the other kind.

    A second one of the same kind takes the first one's place. Neither kind holds a space, so one
    stands between them.
    """
    others = [one for one in _kept(ticket) if _is_address(one) != _is_address(given)]
    together = " ".join([*others, given])
    ticket.contact = together if len(together) <= LONGEST else given


def take(session: Session, ticket: Ticket, given: str, *, now: datetime) -> None:
    """`keep`, and the thread tells the staff, and them alone, that the customer gave a way back."""
    keep(ticket, given)
    happened(session, ticket, "contact", now=now, author="customer")


def ways(ticket: Ticket) -> tuple[Way, ...]:
    """Where notices of this ticket can go, e-mail first; a landline hears no text message."""
    found = [way for one in _kept(ticket) if (way := _way(one)) is not None]
    return tuple(sorted(found, key=lambda way: way.channel))


def number(ticket: Ticket) -> str | None:
    """The telephone number to ring the customer at, where one was given; a landline will do."""
    return next((one for one in _kept(ticket) if not _is_address(one)), None)


def _way(given: str) -> Way | None:
    if _is_address(given):
        return Way("email", given)
    return Way("sms", given) if takes_text_messages(given) else None


def _kept(ticket: Ticket) -> list[str]:
    return (ticket.contact or "").split()


def _is_address(given: str) -> bool:
    return "@" in given
