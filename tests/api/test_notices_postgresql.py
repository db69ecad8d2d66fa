"""The outbox on a real PostgreSQL, where writers do not wait in one line."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from api.database import Database
from catalog.codes import put_codes, shipped_codes
from desk import contacts, conversations, notices, telling, tickets
from desk.conversations import Place
from desk.demo_staff import ensure_demo
from desk.models import Ticket
from desk.notices import Refusal, channels_open
from desk.records import Notice
from desk.tickets import Matter
from tests.api.test_postgresql import cluster
from tests.foundation import PASSWORD, WEDNESDAY_NOON

__all__ = ["cluster"]  # the fixture
NOW = WEDNESDAY_NOON


@pytest.fixture(scope="module")
def telling_house(cluster: str) -> Iterator[Database]:
    database = Database(cluster, channels_open(("email", "sms")))
    database.migrate()
    with database.writing() as session:
        put_codes(session, shipped_codes())
        ensure_demo(session, PASSWORD, now=NOW)
    yield database
    database.dispose()


def a_ticket(database: Database, *ways: str) -> Ticket:
    with database.writing() as session:
        conversation = conversations.begin(session, language="sv", place=Place(), now=NOW)
        ticket = tickets.take(session, conversation, Matter("Sak", "asked"), now=NOW).ticket
        for way in ways:
            contacts.keep(ticket, way)
        return ticket


def test_senders_that_lease_at_once_never_share_a_notice(telling_house: Database) -> None:
    for number in range(40):
        ticket = a_ticket(telling_house, f"a{number}@esimerkki.fi")
        with telling_house.writing() as session:
            telling.taken(session, session.get_one(Ticket, ticket.id), now=NOW)
    together = Barrier(4)

    def lease_all(worker: int) -> list[int]:
        taken: list[int] = []
        together.wait()
        while True:
            with telling_house.writing() as session:
                leased = notices.lease(session, str(worker), now=NOW, limit=3)
                assert {one.lease for one in leased} <= {str(worker)}
            if not leased:
                return taken
            taken += [one.id for one in leased]

    with ThreadPoolExecutor(4) as pool:
        each = list(pool.map(lease_all, range(4)))
    found = [one for taken in each for one in taken]
    assert len(found) == len(set(found)) == 40
    with telling_house.writing() as session:
        for notice_id in found:
            assert notices.sent(session, notice_id, now=NOW)


def test_an_event_told_by_two_processes_at_once_is_one_notice(telling_house: Database) -> None:
    ticket = a_ticket(telling_house, "aino@esimerkki.fi")
    together = Barrier(4)

    def tell(_: int) -> int:
        together.wait()
        with telling_house.writing() as session:
            notice = telling.taken(session, session.get_one(Ticket, ticket.id), now=NOW)
            assert notice is not None
            return notice.id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(tell, range(4)))) == 1
    with telling_house.reading() as session:
        assert len(session.scalars(select(Notice).where(Notice.ticket_id == ticket.id)).all()) == 1


def test_a_failure_goes_the_other_way_and_then_to_the_owner(telling_house: Database) -> None:
    ticket = a_ticket(telling_house, "eva@esimerkki.fi", "+358401234567")
    never = Refusal("SMTP 550", retry=False)
    with telling_house.writing() as session:
        telling.closed(session, session.get_one(Ticket, ticket.id), now=NOW)
    for tags in ([], [notices.FAILED]):
        with telling_house.writing() as session:
            (leased,) = [
                one
                for one in notices.lease(session, "one", now=NOW, limit=50)
                if one.ticket_id == ticket.id
            ]
            assert notices.refused(session, leased.id, "one", never, now=NOW) == "failed"
            assert session.get_one(Ticket, ticket.id).tags == tags
