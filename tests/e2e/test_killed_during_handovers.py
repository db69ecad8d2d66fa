"""`kill -9` of the app, twenty times, while customers write, staff hand on and notices go out."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, aliased

from api.database import Database
from api.settings import Settings
from desk import ledger
from desk.models import Conversation, Message, Person, Ticket, Turn
from desk.records import LedgerEntry, Notice
from desk.roles import may
from tests.api.conftest import free_port
from tests.api.test_notices import PostOffice
from tests.e2e import killed_process
from tests.e2e.busy_desk import Busy
from tests.e2e.killed_process import in_a_folder, serve_until_killed
from tests.foundation import WEDNESDAY_NOON

KILLS = 20
WORKS_FOR = (0.0, 0.6)  # seconds between a life's first answers and its end
LATER = timedelta(minutes=6)  # between a death and the next start, by the desk's clock: what the
# dead sender had leased is free again
STAFF = ["eero", "sanna", "maria"]

CHILDREN = multiprocessing.get_context("forkserver")  # what it has imported, every child has
CHILDREN.set_forkserver_preload([killed_process.__name__])


@dataclass
class Lives:
    """One app after another, on the same port and database."""

    url: str
    settings: Settings
    now: datetime = WEDNESDAY_NOON
    process: Any = None
    _began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def begin(self) -> None:
        self._began = datetime.now(UTC)
        given = (self.url, self.settings, self._began, self.now)
        self.process = CHILDREN.Process(target=serve_until_killed, args=given, daemon=True)
        self.process.start()
        until = time.monotonic() + 60
        while not self._healthy():
            assert self.process.is_alive(), "the app ended by itself"
            assert time.monotonic() < until
            time.sleep(0.02)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()
        self.now += LATER + (datetime.now(UTC) - self._began)

    def _healthy(self) -> bool:
        try:
            place = f"http://127.0.0.1:{self.settings.port}/health"
            return httpx.get(place, timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@dataclass(frozen=True)
class Afterwards:
    """What everybody was told, and what the database holds when all is quiet."""

    busy: Busy
    office: PostOffice
    lives: Lives
    database: Database


@pytest.fixture(scope="module")
def afterwards(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afterwards]:
    folder = tmp_path_factory.mktemp("killed")
    database_path = folder / "luukku.db"
    database_path.write_bytes(template.read_bytes())
    url = f"sqlite:///{database_path}"
    office = PostOffice(free_port(), slow=0.02)
    controller = office.opened()
    controller.start()
    lives = Lives(url, in_a_folder(folder, free_port(), office.port))
    database = Database(url)
    with database.reading() as session:
        people = {
            one.login: one.id for one in session.scalars(select(Person)) if may(one, "answer")
        }
    busy = Busy(f"http://127.0.0.1:{lives.settings.port}", people)
    try:
        _kill_again_and_again(lives, busy)
        _wait_until_quiet(lives, database)
        yield Afterwards(busy, office, lives, database)
    finally:
        busy.stop.set()
        lives.kill()
        database.dispose()
        controller.stop(no_assert=True)


def _kill_again_and_again(lives: Lives, busy: Busy) -> None:
    lives.begin()
    threads = busy.threads(4, STAFF)
    for one in threads:
        one.start()
    moments = random.Random(20)
    for _ in range(KILLS):
        _until_at_work(busy)
        time.sleep(moments.uniform(*WORKS_FOR))
        lives.kill()
        lives.begin()
    _until_at_work(busy)
    busy.stop.set()
    for one in threads:
        one.join(90)
    assert busy.errors == []


def _until_at_work(busy: Busy) -> None:
    """Until a customer has been answered and a matter handed on since it was asked."""
    before, until = (len(busy.written), len(busy.handed)), time.monotonic() + 30
    while len(busy.written) == before[0] or len(busy.handed) == before[1]:
        assert time.monotonic() < until, busy.errors
        time.sleep(0.01)


def _wait_until_quiet(lives: Lives, database: Database) -> None:
    """What the dead left behind is free after a while; nobody writes any more."""
    lives.kill()
    lives.begin()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with database.reading() as session:
            waiting = select(func.count()).where(Notice.state == "waiting")
            left = select(func.count()).where(Turn.state == "open")
            if not session.scalar(waiting) and not session.scalar(left):
                return
        time.sleep(0.1)


@pytest.fixture
def session(afterwards: Afterwards) -> Iterator[Session]:
    with afterwards.database.reading() as session:
        yield session


def test_there_was_work_in_hand_when_the_app_died(afterwards: Afterwards) -> None:
    busy = afterwards.busy
    told = f"{len(busy.written)} messages, {len(busy.handed)} transfers, {busy.broken} broken off"
    print(f"\n{told}, {len(afterwards.office.took)} letters")
    assert busy.broken >= KILLS
    assert any(one.tries > 1 for one in busy.written)
    assert len(busy.handed) >= KILLS
    assert len(busy.tried) > len(busy.handed)


def test_every_message_is_kept_once_and_has_its_end(
    afterwards: Afterwards, session: Session
) -> None:
    sent = Counter(one.body["message_id"] for one in afterwards.busy.written)
    kept = Counter(session.scalars(select(Turn.message_id)))
    assert kept == sent
    assert set(session.scalars(select(Turn.state))) == {"closed"}
    lines = select(Message.turn_id).where(Message.author == "customer", Message.kind == "text")
    assert Counter(session.scalars(lines)) == Counter(session.scalars(select(Turn.id)))


def test_every_promise_that_was_told_has_its_ticket_and_no_conversation_has_two(
    afterwards: Afterwards, session: Session
) -> None:
    codes = set(session.scalars(select(Ticket.code)))
    told = {one.answer["outcome"]["ticket"]["code"] for one in afterwards.busy.written}
    assert told == codes
    of = Counter(session.scalars(select(Ticket.conversation_id)))
    assert set(of.values()) == {1}
    assert set(of) == set(session.scalars(select(Conversation.id)))


def test_the_same_message_gets_the_same_answer_still(afterwards: Afterwards) -> None:
    again = [one for one in afterwards.busy.written if one.tries > 1][:20]
    with httpx.Client(base_url=afterwards.busy.url, trust_env=False, timeout=30) as http:
        for one in again:
            told = http.post("/api/chat", json=one.body).json()
            for answer in (told, one.answer):
                del answer["outcome"]["ticket"]["owner"]  # as it is now: it was handed on since
            assert told == one.answer


def test_every_ticket_has_one_owner_who_can_answer_and_a_history_without_a_gap(
    session: Session,
) -> None:
    steps = select(Message).where(Message.kind == "transferred").order_by(Message.id)
    history: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for line in session.scalars(steps):
        history[line.ticket_id].append(line.data)
    for ticket in session.scalars(select(Ticket)):
        assert may(ticket.owner, "answer")
        told = history[ticket.id]
        for before, after in pairwise(told):
            assert before["to"] == after["from"]
        if told:
            assert ticket.owner_id == told[-1]["to"]


def test_every_transfer_that_was_confirmed_is_there_once_and_none_is_doubled(
    afterwards: Afterwards, session: Session
) -> None:
    notes = session.scalars(select(Message.text).where(Message.kind == "note"))
    kept = Counter(one for one in notes if one.startswith("Kuuluu teille"))
    assert set(kept.values()) == {1}
    assert set(afterwards.busy.handed) <= set(kept) <= set(afterwards.busy.tried)
    moved = select(func.count()).where(Message.kind == "transferred")
    assert session.scalar(moved.where(Message.data["why"].as_string() == "transferred")) == len(
        kept
    )


def test_every_customer_who_gave_an_address_is_told_once_that_their_matter_is_taken(
    session: Session,
) -> None:
    taken = select(Notice.ticket_id).where(Notice.template == "taken")
    assert Counter(session.scalars(taken)) == Counter(session.scalars(select(Ticket.id)))
    assert all(session.scalars(select(Ticket.contact)))


def test_every_change_of_owner_is_told_once(session: Session) -> None:
    given = aliased(Message)
    moved = (
        select(Message.id, Ticket.code)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .join(given, given.ticket_id == Ticket.id)
        # Before the address was kept there was nowhere to tell it: the app died between the two.
        .where(Message.kind == "transferred", given.kind == "contact", given.id < Message.id)
    )
    told = select(Notice.key).where(Notice.template == "owner")
    owed = Counter(f"owner:{code}:{line}" for line, code in session.execute(moved).tuples())
    assert Counter(session.scalars(told)) == owed


def test_every_notice_has_gone_out(afterwards: Afterwards, session: Session) -> None:
    notices = list(session.scalars(select(Notice)))
    assert {one.state for one in notices} == {"sent"}
    letters = Counter(message["Message-ID"] for message in afterwards.office.took)
    assert len(letters) == len(notices)  # what went twice is one letter to a mail program
    assert {one.recipient for one in notices} == {
        str(message["To"]) for message in afterwards.office.took
    }


def test_the_ledger_holds_a_promise_for_each_ticket_and_the_database_is_sound(
    session: Session,
) -> None:
    assert ledger.verify(session) is None
    assert ledger.silently_changed(session) == []
    given = session.scalars(select(LedgerEntry.ticket_code).where(LedgerEntry.event == "given"))
    assert Counter(given) == Counter(session.scalars(select(Ticket.code)))
    assert session.scalars(text("pragma integrity_check")).all() == ["ok"]
    assert session.execute(text("pragma foreign_key_check")).all() == []
