"""The desk on a real PostgreSQL, a private cluster of this test's own."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text, update

from actions import fallback
from actions.hand import Desk
from api.app import create_app
from api.contract import ChatIn
from api.database import Database
from api.doors import Doors
from catalog.base import Base
from catalog.load import load_shipped
from catalog.models import Service
from desk import alarms, ledger, rehoming, tickets, transfers
from desk.errors import TakenAlready
from desk.models import Conversation, Message, Person, Ticket, Turn
from desk.records import Alarm, LedgerEntry
from desk.transfers import Receiver
from tests.api.test_database import of_the_models
from tests.databases import PostgresServer, a_copy
from tests.foundation import (
    NLU_DATA,
    Clock,
    DirectBot,
    PlantedFinder,
    Talk,
    a_desk,
    doors_over,
    person,
)


@pytest.fixture(scope="module")
def cluster(postgresql: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    url = postgresql.empty(Path())
    yield url
    postgresql.forget(url)


@pytest.fixture(scope="module")
def loaded(postgresql: PostgresServer, postgresql_template: str) -> Iterator[Database]:
    with a_copy(postgresql, postgresql_template, Path()) as database:
        yield database


@pytest.fixture
def pg(loaded: Database) -> Database:
    """The loaded catalogue, and no talk of an earlier test."""
    with loaded.writing() as session:
        session.execute(text("truncate turn, message, ticket, conversation, ledger_entry cascade"))
    return loaded


@pytest.fixture
def pg_desk(pg: Database, clock: Clock, planted: PlantedFinder) -> Iterator[Desk]:
    with ThreadPoolExecutor(8) as pool:
        yield a_desk(pg, clock, planted, pool)


@pytest.fixture
def pg_doors(pg: Database, pg_desk: Desk, tmp_path: Path) -> Doors:
    bot = DirectBot(pg_desk, lambda said: "ask_person" if "ihmi" in said else "find_service")
    return doors_over(pg, pg_desk, bot, tmp_path)


def count(database: Database, table: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def a_message(said: str, **more: str) -> dict[str, str]:
    return {"message_id": uuid.uuid4().hex, "text": said, **more}


def test_the_migrations_make_the_tables_of_the_models(loaded: Database) -> None:
    loaded.migrate()
    with loaded.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": of_the_models}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_the_shipped_catalogue_is_loaded_and_loading_it_again_changes_nothing(
    loaded: Database,
) -> None:
    assert count(loaded, Service) > 1_000
    again = load_shipped(loaded.writing, NLU_DATA, lambda line: None)
    assert (again.added, again.changed) == (0, 0)


def test_a_chat_turn_becomes_a_ticket_that_is_answered(pg_doors: Doors, pg: Database) -> None:
    with TestClient(create_app(pg_doors)) as client:
        told = client.post("/api/chat", json=a_message("haluan ihmisen")).json()
        ticket = told["outcome"]["ticket"]
        with pg.writing() as session:
            kept = session.scalars(select(Ticket)).one()
            tickets.answer(session, kept, person(session, "eero"), "Hei!", now=pg_doors.desk.now())
        events = client.get(f"/api/chat/{told['conversation_id']}/events").json()
        state = client.get(
            f"/api/tickets/{ticket['code']}", headers={"X-Ticket-Secret": ticket["secret"]}
        ).json()
    assert [line["text"] for line in events] == ["Hei!"]
    assert (state["stage"], state["due_at"]) == ("answered", ticket["due_at"])


def test_a_contact_goes_to_the_ticket(pg_doors: Doors, pg: Database) -> None:
    with TestClient(create_app(pg_doors)) as client:
        told = client.post("/api/chat", json=a_message("haluan ihmisen")).json()
        talk = told["conversation_id"]
        client.post("/api/chat", json=a_message("040 123 4567", conversation_id=talk))
    with pg.reading() as session:
        assert session.scalars(select(Ticket.contact)).one() == "+358401234567"


@pytest.mark.parametrize("round_", range(5))
def test_two_threads_that_close_one_turn_open_one_ticket(
    pg_desk: Desk, pg: Database, round_: int
) -> None:
    talk = Talk(pg_desk)
    turn_id = talk.open("hukkasin passin")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: fallback.take_over(pg_desk, turn_id, "bot_slow"), range(2)))
    told = talk.told(turn_id)
    assert told.kind == "handover"
    assert count(pg, Ticket) == 1
    assert count(pg, Message) == 1 + len(told.turn.replies)


@pytest.mark.parametrize("round_", range(5))
def test_two_turns_of_one_talk_decided_at_once_share_one_ticket(
    pg_desk: Desk, pg: Database, round_: int
) -> None:
    talk = Talk(pg_desk)
    turn_ids = [talk.open("hukkasin passin"), talk.open("ja lompakon")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: fallback.take_over(pg_desk, one, "bot_slow"), turn_ids))
    assert [talk.told(one).kind for one in turn_ids] == ["handover", "handover"]
    assert count(pg, Ticket) == 1


@pytest.mark.parametrize("round_", range(5))
def test_one_message_posted_by_many_at_once_is_one_turn(
    pg_doors: Doors, pg: Database, round_: int
) -> None:
    message = ChatIn.model_validate(a_message("haluan ihmisen"))

    async def together() -> list[str]:
        told = await asyncio.gather(*(pg_doors.front.take(message) for _ in range(6)))
        return [one.model_dump_json() for one in told]

    assert len(set(asyncio.run(together()))) == 1
    assert [count(pg, one) for one in (Conversation, Turn, Ticket)] == [1, 1, 1]


def test_messages_of_one_talk_sent_at_once_are_all_answered(pg_doors: Doors, pg: Database) -> None:
    async def together() -> set[str]:
        first = await pg_doors.front.take(ChatIn.model_validate(a_message("haluan ihmisen")))
        talk = first.conversation_id
        sent = [
            ChatIn.model_validate(a_message(f"ja vielä asia {n}", conversation_id=talk))
            for n in range(8)
        ]
        return {one.outcome.kind for one in await asyncio.gather(*map(pg_doors.front.take, sent))}

    assert asyncio.run(together()) <= {"handover", "clarify"}
    assert count(pg, Ticket) == 1
    with pg.reading() as session:
        assert not session.scalars(select(Turn).where(Turn.state == "open")).all()


@pytest.mark.parametrize("said", ["pas\x00si", "🙂" * 300, "å" * 20_000, "'; drop table turn; --"])
def test_every_text_can_be_kept(pg_doors: Doors, pg: Database, said: str) -> None:
    with TestClient(create_app(pg_doors)) as client:
        assert client.post("/api/chat", json=a_message(said)).status_code == 200


def test_danger_leaves_a_ticket(pg_doors: Doors, pg: Database) -> None:
    with TestClient(create_app(pg_doors)) as client:
        told = client.post("/api/chat", json=a_message("äiti ei hengitä")).json()
    assert "112" in told["replies"][1]["text"]
    with pg.reading() as session:
        assert session.scalars(select(Ticket.reason)).one() == "danger"


# --- who has a matter ---


def a_ticket(desk: Desk) -> Ticket:
    told = Talk(desk).write("haluan ihmisen", "ask_person")
    assert told.ticket is not None
    return told.ticket


@pytest.mark.parametrize("round_", range(10))
def test_of_two_who_take_a_matter_at_once_one_wins_and_the_other_sees_who(
    pg_desk: Desk, pg: Database, round_: int
) -> None:
    ticket, start = a_ticket(pg_desk), threading.Barrier(2)

    def take_it(login: str) -> str:
        start.wait()
        try:
            with pg.writing() as session:
                me, mine = person(session, login), session.get_one(Ticket, ticket.id)
                seen = ticket.owner_id
                transfers.take_over(session, mine, me, seen_owner_id=seen, now=pg_desk.now())
            return me.name
        except TakenAlready as taken:
            return f"taken by {taken.name}"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(take_it, ["hanna", "johan"]))
    with pg.reading() as session:
        winner = session.get_one(Ticket, ticket.id).owner.name
    assert told == [winner, f"taken by {winner}"]


@pytest.mark.parametrize("round_", range(10))
def test_a_matter_handed_on_while_it_is_answered_is_accepted_by_its_owner_alone(
    pg_desk: Desk, pg: Database, round_: int
) -> None:
    """Whichever comes first, who has the matter in the end has not accepted by another's answer."""
    ticket, start = a_ticket(pg_desk), threading.Barrier(2)

    def hand_on() -> None:
        start.wait()
        with pg.writing() as session:
            mine = session.get_one(Ticket, ticket.id)
            to = Receiver(person_id=person(session, "sanna").id)
            transfers.transfer(
                session,
                mine,
                mine.owner,
                to,
                reason="Kuuluu sinne",
                tell=lambda who, team: who.name,
                now=pg_desk.now(),
            )

    def answer() -> None:
        start.wait()
        with pg.writing() as session:
            mine = session.get_one(Ticket, ticket.id)
            tickets.answer(session, mine, mine.owner, "Hei!", now=pg_desk.now())

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(hand_on), pool.submit(answer)]:
            done.result()
    with pg.reading() as session:
        kept = session.get_one(Ticket, ticket.id)
        assert (kept.owner.login, kept.stage) == ("sanna", "answered")
        accepted = select(Message.person_id).where(Message.kind == "accepted")
        if kept.handed_by_id is None:
            assert session.scalars(accepted).all() == [kept.owner_id]
        else:
            assert not session.scalars(accepted).all()


def test_the_matters_of_one_who_has_left_are_found_by_two_sweeps_at_once_and_told_once(
    pg_desk: Desk, pg: Database
) -> None:
    ticket, start = a_ticket(pg_desk), threading.Barrier(2)
    with pg.writing() as session:
        session.get_one(Ticket, ticket.id).owner.active = False

    def sweep(_: int) -> int:
        start.wait()
        with pg.writing() as session:
            return len(
                rehoming.sweep(session, tell=lambda one, who, team: who.name, now=pg_desk.now())
            )

    try:
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(sweep, range(2))) == [0, 1]
        with pg.reading() as session:
            assert session.get_one(Ticket, ticket.id).owner.active
            assert (
                len(session.scalars(select(Message).where(Message.kind == "transferred")).all())
                == 1
            )
    finally:
        with pg.writing() as session:
            session.execute(update(Person).values(active=True))


def test_promises_given_at_once_make_one_chain(pg_desk: Desk, pg: Database) -> None:
    """Each waits for the last hash of who has not committed yet, and nobody for each other."""
    turn_ids = [Talk(pg_desk).open(f"hukkasin passin {n}") for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: fallback.take_over(pg_desk, one, "bot_slow"), turn_ids))

    def answer(ticket_id: int) -> None:
        with pg.writing() as session:
            ticket = session.get_one(Ticket, ticket_id)
            tickets.answer(session, ticket, ticket.owner, "Hei!", now=pg_desk.now())

    with pg.reading() as session:
        opened = list(session.scalars(select(Ticket.id)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer, opened))
    with pg.reading() as session:
        assert ledger.verify(session) is None
        assert ledger.silently_changed(session) == []
        counts = ledger.counts(session)
    assert (counts.given, counts.kept, count(pg, LedgerEntry)) == (24, 24, 48)


def test_two_processes_that_look_for_what_is_late_at_once_raise_each_alarm_once(
    pg_desk: Desk, pg: Database, clock: Clock
) -> None:
    for n in range(8):
        Talk(pg_desk).write(f"haluan ihmisen {n}", "ask_person")
    clock.forward(days=1, hours=3)

    def look(_: int) -> int:
        with pg.writing() as session:
            return len(alarms.raise_due(session, now=clock()))

    with ThreadPoolExecutor(2) as pool:
        raised = sum(pool.map(look, range(2)))
    assert raised == count(pg, Alarm) == 16  # each to its owner and to the lead
