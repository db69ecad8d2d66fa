"""Files on a matter: each a line of the thread, counted, and opened only when that is safe."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.hand import Desk
from api.database import Database
from desk import attachments, tickets
from desk.attachments import MOST_PER_CONVERSATION, MOST_PER_TICKET, Scan
from desk.door_records import Attachment
from desk.errors import FileRefused, FileUnknown, TicketClosed
from desk.file_store import Kept
from desk.models import Message, Ticket
from desk.records import LedgerEntry
from tests.api.test_postgresql import cluster, loaded, pg, pg_desk  # noqa: F401  (fixtures)
from tests.foundation import Clock, Talk, person

DATABASES = {"sqlite": ("house", "desk"), "postgresql": ("pg", "pg_desk")}


def a_kept(size: int = 1_000, sha256: str = "") -> Kept:
    key = secrets.token_hex(32)
    return Kept(key, "application/pdf", ".pdf", size, sha256 or key)


def matter(desk: Desk) -> int:
    ticket = Talk(desk).write("haluan ihmisen", "ask_person").ticket
    assert ticket is not None
    return ticket.id


def send(
    session: Session,
    ticket: Ticket,
    clock: Clock,
    kept: Kept | None = None,
    *,
    scan: Scan = "unscanned",
    seen: int | None = None,
) -> Attachment:
    return attachments.from_customer(
        session, ticket, kept or a_kept(), name="todistus.pdf", now=clock(), scan=scan, seen=seen
    )


def answer(session: Session, ticket: Ticket, clock: Clock) -> None:
    tickets.answer(session, ticket, ticket.owner, "Lähetä todistus.", now=clock())


def test_a_customers_file_is_a_line_of_the_thread(
    house: Database, desk: Desk, clock: Clock
) -> None:
    number = matter(desk)
    with house.writing() as session:
        sent = send(session, session.get_one(Ticket, number), clock)
        line = sent.message
        assert (line.kind, line.author, line.audience) == ("file", "customer", "customer")
        assert (line.text, line.ticket_id) == ("todistus.pdf", number)
        assert attachments.of_lines(session, [line]) == {line.id: sent}


def test_a_file_opens_an_answered_matter_again_with_a_new_promise(
    house: Database, desk: Desk, clock: Clock
) -> None:
    number = matter(desk)
    with house.writing() as session:
        ticket = session.get_one(Ticket, number)
        answer(session, ticket, clock)
        before = ticket.due_at
        clock.forward(days=7)
        send(session, ticket, clock)
        assert ticket.stage == "open"
        assert ticket.due_at > before
        events = session.scalars(select(LedgerEntry.event).order_by(LedgerEntry.id)).all()
        assert list(events) == ["given", "kept", "given"]


def test_a_closed_matter_takes_no_file_from_either_side(
    house: Database, desk: Desk, clock: Clock
) -> None:
    number = matter(desk)
    with house.writing() as session:
        ticket = session.get_one(Ticket, number)
        answer(session, ticket, clock)
        tickets.close(session, ticket, ticket.owner, now=clock())
        with pytest.raises(TicketClosed):
            send(session, ticket, clock)
        with pytest.raises(TicketClosed):
            attachments.from_staff(
                session, ticket, ticket.owner, a_kept(), name="a.pdf", now=clock()
            )
        assert session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_a_second_press_of_the_button_sends_one_file(
    house: Database, desk: Desk, clock: Clock
) -> None:
    number = matter(desk)
    with house.writing() as session:
        ticket = session.get_one(Ticket, number)
        first = send(session, ticket, clock, a_kept(sha256="a" * 64), seen=0)
        again = send(session, ticket, clock, a_kept(sha256="a" * 64), seen=0)
        other = send(session, ticket, clock, a_kept(sha256="b" * 64), seen=0)
        later = send(session, ticket, clock, a_kept(sha256="a" * 64), seen=other.message_id)
        assert again is first
        assert len({first.id, other.id, later.id}) == 3


def test_a_matter_takes_only_so_many_files_and_a_customer_only_so_much(
    house: Database, desk: Desk, clock: Clock
) -> None:
    number = matter(desk)
    with house.writing() as session:
        ticket = session.get_one(Ticket, number)
        with pytest.raises(FileRefused) as much:
            send(session, ticket, clock, a_kept(MOST_PER_CONVERSATION + 1))
        for _ in range(MOST_PER_TICKET):
            send(session, ticket, clock)
        with pytest.raises(FileRefused) as many:
            send(session, ticket, clock)
        assert (much.value.reason, many.value.reason) == ("total", "many")
        # Staff answer with a file all the same.
        attachments.from_staff(session, ticket, ticket.owner, a_kept(), name="a.pdf", now=clock())


@pytest.mark.parametrize("given", DATABASES)
def test_files_sent_at_once_do_not_slip_past_the_limit(
    request: pytest.FixtureRequest, given: str, clock: Clock
) -> None:
    database, desk = (request.getfixturevalue(name) for name in DATABASES[given])
    number = matter(desk)

    def press(_: int) -> bool:
        try:
            with database.writing() as session:
                send(session, session.get_one(Ticket, number), clock)
        except FileRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(press, range(MOST_PER_TICKET + 8)))
    assert sum(taken) == MOST_PER_TICKET


@pytest.mark.parametrize("given", DATABASES)
def test_a_file_waits_until_the_scanner_has_passed_it(
    request: pytest.FixtureRequest, given: str, clock: Clock
) -> None:
    database, desk = (request.getfixturevalue(name) for name in DATABASES[given])
    number = matter(desk)
    with database.writing() as session:
        ticket = session.get_one(Ticket, number)
        first, second = (send(session, ticket, clock, scan="waiting") for _ in range(2))
        send(session, ticket, clock, scan="passed")
        ids = [first.id, second.id]
    with database.writing() as session:
        ticket = session.get_one(Ticket, number)
        assert [one.id for one in attachments.waiting(session)] == ids
        with pytest.raises(FileUnknown):
            attachments.of_ticket(session, ticket, ids[0])
        attachments.scanned(session, ids[0], clean=True)
        attachments.scanned(session, ids[1], clean=False)
    with database.writing() as session:
        ticket = session.get_one(Ticket, number)
        assert attachments.waiting(session) == []
        assert attachments.of_ticket(session, ticket, ids[0]).id == ids[0]
        with pytest.raises(FileUnknown):
            attachments.of_ticket(session, ticket, ids[1])
        assert len(attachments.keys(session)) == 2


def test_a_file_belongs_to_its_matter_alone_and_staff_see_it_beside_the_customers_others(
    house: Database, desk: Desk, clock: Clock
) -> None:
    talk, strangers = Talk(desk), matter(desk)
    first = talk.write("haluan ihmisen", "ask_person").ticket
    assert first is not None
    with house.writing() as session:
        ticket = session.get_one(Ticket, first.id)
        sent = send(session, ticket, clock).id
        answer(session, ticket, clock)
    second = talk.write("haluan ihmisen taas", "ask_person").ticket
    assert second is not None
    assert second.id != first.id
    with house.reading() as session:
        mine, other, strange = (
            session.get_one(Ticket, one) for one in (first.id, second.id, strangers)
        )
        assert attachments.of_ticket(session, mine, sent).id == sent
        assert attachments.of_conversation(session, other, sent).id == sent
        for which, ticket in (("of_ticket", other), ("of_conversation", strange)):
            with pytest.raises(FileUnknown):
                getattr(attachments, which)(session, ticket, sent)


def test_a_staff_file_names_who_sent_it(house: Database, desk: Desk, clock: Clock) -> None:
    number = matter(desk)
    with house.writing() as session:
        eero = person(session, "eero")
        ticket = session.get_one(Ticket, number)
        attachments.from_staff(session, ticket, eero, a_kept(), name="ohje.pdf", now=clock())
        line = session.scalars(select(Message).where(Message.kind == "file")).one()
        assert (line.author, line.person_id) == ("staff", eero.id)
