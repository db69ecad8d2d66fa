"""The ledger of promises: whatever is promised stands in it, and it cannot be rewritten unseen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations, ledger, tickets
from desk.clock import due
from desk.conversations import Place
from desk.errors import DuePast, NothingDue
from desk.ledger import BEGINNING, Counts
from desk.models import Message, Ticket
from desk.records import LedgerEntry
from desk.tickets import Matter
from tests.foundation import WEDNESDAY_NOON

HOUR = timedelta(hours=1)
NEXT_WEEK = WEDNESDAY_NOON + timedelta(days=7)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


def take(session: Session, *tags: str) -> Ticket:
    talk = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
    matter = Matter("Lapsen päivähoitopaikka", "asked", tags=tags)
    return tickets.take(session, talk, matter, now=WEDNESDAY_NOON).ticket


@pytest.fixture
def ticket(session: Session) -> Ticket:
    return take(session)


def events(session: Session, ticket: Ticket) -> list[str]:
    rows = select(LedgerEntry.event).where(LedgerEntry.ticket_code == ticket.code)
    return list(session.scalars(rows.order_by(LedgerEntry.id)))


def test_the_due_time_of_a_new_ticket_is_a_promise_in_the_ledger(
    session: Session, ticket: Ticket
) -> None:
    [entry] = session.scalars(select(LedgerEntry))
    assert (entry.ticket_code, entry.event, entry.due_at) == (ticket.code, "given", ticket.due_at)
    assert (entry.at, entry.previous) == (WEDNESDAY_NOON, BEGINNING)


@pytest.mark.parametrize(("late", "event"), [(0, "kept"), (1, "broken")])
def test_the_first_answer_keeps_the_promise_until_its_due_time_and_breaks_it_after(
    session: Session, ticket: Ticket, late: int, event: str
) -> None:
    answered_at = ticket.due_at + late * timedelta(seconds=1)
    tickets.answer(session, ticket, ticket.owner, "Paikka löytyy.", now=answered_at)
    tickets.answer(session, ticket, ticket.owner, "Ja toinenkin.", now=answered_at + HOUR)
    assert events(session, ticket) == ["given", event]
    assert ticket.answered_at == answered_at


def test_a_matter_that_is_closed_without_an_answer_is_a_broken_promise(
    session: Session, ticket: Ticket
) -> None:
    tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)
    assert events(session, ticket) == ["given", "broken"]


def test_what_the_customer_writes_before_the_answer_leaves_the_promise_as_it_is(
    session: Session, ticket: Ticket
) -> None:
    tickets.add_from_customer(session, ticket, now=WEDNESDAY_NOON + HOUR)
    assert ticket.due_at == due(WEDNESDAY_NOON)
    assert events(session, ticket) == ["given"]


def test_what_the_customer_writes_after_the_answer_is_owed_an_answer_anew(
    session: Session, ticket: Ticket
) -> None:
    tickets.answer(session, ticket, ticket.owner, "Paikka löytyy.", now=WEDNESDAY_NOON)
    tickets.add_from_customer(session, ticket, now=NEXT_WEEK)
    assert (ticket.stage, ticket.due_at) == ("open", due(NEXT_WEEK))
    tickets.answer(session, ticket, ticket.owner, "Tässä.", now=NEXT_WEEK + HOUR)
    assert events(session, ticket) == ["given", "kept", "given", "kept"]
    assert ticket.answered_at == WEDNESDAY_NOON


def test_a_changed_promise_is_a_new_entry_and_a_line_to_the_customer(
    session: Session, ticket: Ticket
) -> None:
    before = ticket.due_at
    tickets.change_due(session, ticket, NEXT_WEEK, text="Vastaan viikon päästä.", now=before)
    assert ticket.due_at == NEXT_WEEK
    assert events(session, ticket) == ["given", "changed"]
    [line] = session.scalars(select(Message).where(Message.kind == "promised"))
    assert (line.audience, line.text) == ("customer", "Vastaan viikon päästä.")
    assert line.data == {"from": before.isoformat(), "to": NEXT_WEEK.isoformat()}


def test_a_promise_that_is_changed_after_its_time_counts_as_broken(
    session: Session, ticket: Ticket
) -> None:
    late = ticket.due_at + HOUR
    tickets.change_due(session, ticket, NEXT_WEEK, text="Anteeksi.", now=late)
    tickets.answer(session, ticket, ticket.owner, "Tässä.", now=NEXT_WEEK)
    assert events(session, ticket) == ["given", "broken", "changed", "kept"]
    assert ledger.counts(session) == Counts(given=1, changed=1, kept=1, broken=1)


def test_a_promise_cannot_be_changed_to_the_past_or_after_the_answer(
    session: Session, ticket: Ticket
) -> None:
    with pytest.raises(DuePast):
        tickets.change_due(session, ticket, WEDNESDAY_NOON, text="?", now=WEDNESDAY_NOON)
    tickets.answer(session, ticket, ticket.owner, "Paikka löytyy.", now=WEDNESDAY_NOON)
    with pytest.raises(NothingDue):
        tickets.change_due(session, ticket, NEXT_WEEK, text="?", now=WEDNESDAY_NOON)


@pytest.fixture
def three(session: Session) -> list[LedgerEntry]:
    for _ in range(3):
        take(session)
    assert ledger.verify(session) is None
    return list(session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)))


@pytest.mark.parametrize(
    "change",
    [
        {"ticket_code": "LK-000-0000"},
        {"event": "kept"},
        {"due_at": NEXT_WEEK},
        {"at": NEXT_WEEK},
        {"hash": "f" * 64},
        {"id": 9},
    ],
)
def test_an_edited_entry_is_found(
    session: Session, three: list[LedgerEntry], change: dict[str, object]
) -> None:
    middle = three[1].id
    session.execute(update(LedgerEntry).where(LedgerEntry.id == middle).values(**change))
    session.expire_all()
    broken = ledger.verify(session)
    assert broken is not None
    assert broken.id == (3 if "id" in change else middle)  # one moved to the end leaves a gap


@pytest.mark.parametrize(("removed", "found"), [(1, 2), (2, 3)])
def test_a_removed_entry_is_found(
    session: Session, three: list[LedgerEntry], removed: int, found: int
) -> None:
    session.execute(delete(LedgerEntry).where(LedgerEntry.id == removed))
    session.expire_all()
    broken = ledger.verify(session)
    assert broken is not None
    assert broken.id == found


def test_a_cut_end_is_found_by_the_last_hash_that_was_kept_elsewhere(
    session: Session, three: list[LedgerEntry]
) -> None:
    kept = ledger.head(session)
    session.execute(delete(LedgerEntry).where(LedgerEntry.id == 3))
    session.expire_all()
    assert ledger.verify(session) is None
    assert not ledger.holds(session, kept)


def test_a_due_time_that_is_changed_behind_the_ledger_is_found(
    session: Session, ticket: Ticket
) -> None:
    take(session)
    assert ledger.silently_changed(session) == []
    session.execute(update(Ticket).where(Ticket.id == ticket.id).values(due_at=NEXT_WEEK))
    assert ledger.silently_changed(session) == [ticket.code]


def test_tickets_that_are_opened_at_once_make_one_chain(house: Database) -> None:
    def open_one(_: int) -> None:
        with house.writing() as session:
            take(session)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_one, range(40)))
    with house.reading() as session:
        assert ledger.verify(session) is None
        assert ledger.counts(session).given == 40
