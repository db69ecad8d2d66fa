"""The line between app and PostgreSQL is slow, cut or silent: nobody's message is lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import make_url, select

from api.app import create_app
from api.bot_client import BotClient
from api.database import Database
from catalog.codes import put_codes, shipped_codes
from desk import ledger
from desk.demo_staff import ensure_demo
from desk.models import Message, Ticket, Turn
from desk.records import LedgerEntry
from tests.databases import PostgresServer
from tests.e2e.running_desk import free_port, until
from tests.faults.customers import Customers, script
from tests.faults.line import Lines
from tests.foundation import NOBODY_LISTENS, PASSWORD, PlantedFinder, a_desk, doors_over

CONVERSATIONS = 12  # at each fault
READY_WITHIN = 60.0
PATIENT = 30.0  # seconds until a turn that was cut off is closed


@dataclass(frozen=True)
class Remote:
    """A desk whose database is at the other end of a line, and its customers."""

    line: Lines
    direct: Database
    customers: Customers

    def healthy(self) -> bool:
        """Whether it takes messages: the fault is over when one has come through."""
        body = {"message_id": f"after-{time.monotonic_ns()}", "text": "Mistä saan passin?"}
        try:
            answer = httpx.post(
                f"{self.customers.url}/api/chat", json=body, timeout=20, trust_env=False
            )
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    @contextmanager
    def while_customers_write(self) -> Iterator[None]:
        with self.customers.writing(CONVERSATIONS, over=5):
            time.sleep(1)
            yield
            until(self.healthy, READY_WITHIN, "a message that comes through")
        until(lambda: not self.left_open(), PATIENT, "an end of every turn")
        self.nothing_is_lost_or_doubled()

    def left_open(self) -> list[int]:
        with self.direct.reading() as session:
            return list(session.scalars(select(Turn.id).where(Turn.state == "open")))

    def nothing_is_lost_or_doubled(self) -> None:
        sent = Counter(one.body["message_id"] for one in self.customers.sent)
        assert None not in [one.answer for one in self.customers.sent]
        with self.direct.reading() as session:
            kept = Counter(session.scalars(select(Turn.message_id)))
            assert sent == Counter({key: kept[key] for key in sent})
            lines = select(Message.turn_id).where(
                Message.author == "customer", Message.kind == "text"
            )
            assert Counter(session.scalars(lines)) == Counter(session.scalars(select(Turn.id)))
            given = select(LedgerEntry.ticket_code).where(LedgerEntry.event == "given")
            codes = Counter(session.scalars(select(Ticket.code)))
            assert Counter(session.scalars(given)) == codes
            assert ledger.verify(session) is None


@pytest.fixture(scope="module")
def remote(
    postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Remote]:
    folder = tmp_path_factory.mktemp("remote")
    url = make_url(postgresql.empty(folder))
    direct = Database(url.render_as_string(hide_password=False))
    _fill(direct)
    line, port = Lines(), free_port()
    line.begin()
    line.lead(port, f"{url.query['host']}/.s.PGSQL.5432")
    far = url.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
    database = Database(far.render_as_string(hide_password=False))
    with ThreadPoolExecutor(8) as pool, _served(database, pool, folder) as address:
        yield Remote(line, direct, Customers(address, script(200)))
    for one in (database, direct):
        one.dispose()
    line.end()


def _fill(database: Database) -> None:
    database.migrate()
    with database.writing() as session:
        put_codes(session, shipped_codes())
        ensure_demo(session, PASSWORD, now=datetime.now(UTC))


@contextmanager
def _served(database: Database, pool: ThreadPoolExecutor, folder: Path) -> Iterator[str]:
    """The whole app in a thread; nobody has started a bot, so every message becomes a ticket."""
    desk = a_desk(database, lambda: datetime.now(UTC), PlantedFinder(), pool)
    doors = doors_over(database, desk, BotClient(NOBODY_LISTENS, "key", 1.0), folder)
    port = free_port()
    config = uvicorn.Config(create_app(doors), port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, 60, "the app")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


def test_a_slow_line_costs_no_message(remote: Remote) -> None:
    with remote.while_customers_write(), remote.line.delayed(0.1):
        time.sleep(6)


def test_a_cut_line_costs_no_message(remote: Remote) -> None:
    with remote.while_customers_write(), remote.line.cut():
        time.sleep(6)


def test_a_line_that_is_cut_again_and_again_costs_no_message(remote: Remote) -> None:
    """Some transactions lose the answer to their commit: the page cannot know, and sends again."""
    with remote.while_customers_write():
        for _ in range(20):
            with remote.line.cut():
                time.sleep(0.1)
            time.sleep(0.3)


def test_a_line_that_swallows_everything_costs_no_message(remote: Remote) -> None:
    with remote.while_customers_write(), remote.line.half_open():
        time.sleep(8)
