"""Files on a matter: added by its customer or by staff, each a line of the thread.

The bytes lie in a `FileStore`; a row is written only for a file that is whole there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk import tickets
from desk.conversations import say
from desk.door_records import Attachment
from desk.errors import FileRefused, FileUnknown, TicketClosed
from desk.file_store import Kept
from desk.models import Conversation, Message, Person, Ticket

MOST_PER_TICKET = 20  # of a customer's files
MOST_PER_CONVERSATION = 100_000_000  # bytes of a customer's files, on all their matters together
SCAN = "scan"  # in the line's data: how far the search for viruses is
WAITING, PASSED, INFECTED = "waiting", "passed", "infected"

# "unscanned": taken while no scanner was set.
Scan = Literal["unscanned", "waiting", "passed", "infected"]


def from_customer(
    session: Session,
    ticket: Ticket,
    kept: Kept,
    *,
    name: str,
    now: datetime,
    scan: Scan = "unscanned",
    seen: int | None = None,
) -> Attachment:
    """The file is before the owner, and an answered matter is open again, as with a message.

    `name` is a safe one. `seen` is the last line that the customer had before them: the same file
    after it is a second press of the button, and the first one is given back.

    Raises TicketClosed, and FileRefused where the customer has sent too much.
    """
    _one_at_a_time(session, ticket)
    sent = _sent_since(session, ticket, kept, seen)
    if sent is not None:
        return sent
    _refuse_too_much(session, ticket, kept)
    tickets.add_from_customer(session, ticket, now=now)
    return _write(session, ticket, kept, name, now, scan, None)


def from_staff(
    session: Session,
    ticket: Ticket,
    person: Person,
    kept: Kept,
    *,
    name: str,
    now: datetime,
    scan: Scan = "unscanned",
) -> Attachment:
    """The file goes with an answer, and the customer can open it. Raises TicketClosed."""
    if ticket.stage == "closed":
        raise TicketClosed(ticket.code)
    return _write(session, ticket, kept, name, now, scan, person)


def of_lines(session: Session, lines: Iterable[Message]) -> dict[int, Attachment]:
    """The files of those lines that are a file's, by the line's id."""
    ids = [one.id for one in lines if one.kind == "file"]
    if not ids:
        return {}
    found = session.scalars(select(Attachment).where(Attachment.message_id.in_(ids)))
    return {one.message_id: one for one in found}


def of_conversation(session: Session, ticket: Ticket, attachment_id: int) -> Attachment:
    """The file of this number where it is the ticket's, or another's of the same customer.

    Raises FileUnknown, also for one that has not passed the search for viruses.
    """
    return _openable(session, attachment_id, Ticket.conversation_id == ticket.conversation_id)


def of_ticket(session: Session, ticket: Ticket, attachment_id: int) -> Attachment:
    """The same, for this ticket's files alone. Raises FileUnknown."""
    return _openable(session, attachment_id, Ticket.id == ticket.id)


def scan_of(line: Message) -> Scan:
    """How far the search for viruses is with the line's file."""
    kept = line.data.get(SCAN)
    known: tuple[Scan, ...] = ("waiting", "passed", "infected")
    return next((one for one in known if one == kept), "unscanned")


def can_open(line: Message) -> bool:
    """Whether the line's file may be opened: never while the search for viruses waits."""
    return scan_of(line) in ("unscanned", "passed")


def waiting(session: Session) -> list[Attachment]:
    """Files that no scanner has looked at yet, oldest first."""
    return list(
        session.scalars(
            select(Attachment)
            .join(Message)
            .where(Message.data[SCAN].as_string() == WAITING)
            .order_by(Attachment.id)
        )
    )


def scanned(session: Session, attachment_id: int, *, clean: bool) -> None:
    """The scanner has looked: the file can be opened, or never will be."""
    line = session.get_one(Attachment, attachment_id).message
    line.data = line.data | {SCAN: PASSED if clean else INFECTED}
    session.flush()


def keys(session: Session) -> set[str]:
    """The keys of all files whose bytes are wanted."""
    rows = session.execute(select(Attachment.key, Message.data).join(Message)).tuples()
    return {key for key, data in rows if data.get(SCAN) != INFECTED}


def _openable(session: Session, attachment_id: int, whose: object) -> Attachment:
    found = session.scalars(
        select(Attachment)
        .join(Ticket, Ticket.id == Attachment.ticket_id)
        .where(Attachment.id == attachment_id, whose)  # type: ignore[arg-type]
    ).first()
    if found is None or not can_open(found.message):
        raise FileUnknown(attachment_id)
    return found


def _one_at_a_time(session: Session, ticket: Ticket) -> None:
    """Files sent at once are counted one after another: nobody else writes until the commit."""
    session.flush()
    session.refresh(ticket, with_for_update={"key_share": True})


def _sent_since(
    session: Session, ticket: Ticket, kept: Kept, seen: int | None
) -> Attachment | None:
    if seen is None:
        return None
    return session.scalars(
        select(Attachment).where(
            Attachment.ticket_id == ticket.id,
            Attachment.message_id > seen,
            Attachment.author == "customer",
            Attachment.sha256 == kept.sha256,
        )
    ).first()


def _refuse_too_much(session: Session, ticket: Ticket, kept: Kept) -> None:
    sent = session.scalar(
        select(func.count()).where(
            Attachment.ticket_id == ticket.id, Attachment.author == "customer"
        )
    )
    if (sent or 0) >= MOST_PER_TICKET:
        raise FileRefused("many", MOST_PER_TICKET)
    size = session.scalar(
        select(func.sum(Attachment.size))
        .join(Ticket, Ticket.id == Attachment.ticket_id)
        .where(
            Ticket.conversation_id == ticket.conversation_id,
            Attachment.author == "customer",
        )
    )
    if (size or 0) + kept.size > MOST_PER_CONVERSATION:
        raise FileRefused("total", MOST_PER_CONVERSATION)


def _write(
    session: Session,
    ticket: Ticket,
    kept: Kept,
    name: str,
    now: datetime,
    scan: Scan,
    person: Person | None,
) -> Attachment:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    author = "staff" if person else "customer"
    line = say(
        session,
        conversation,
        author=author,
        kind="file",
        text=name,
        now=now,
        ticket_id=ticket.id,
        person=person,
        language=tickets.spoken_language(ticket),
        data={} if scan == "unscanned" else {SCAN: scan},
    )
    attachment = Attachment(
        key=kept.key,
        message=line,
        ticket_id=ticket.id,
        author=author,
        name=name,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        created_at=now,
    )
    session.add(attachment)
    session.flush()
    return attachment
