"""/health and /ready tell the truth: each part is broken for real, and named."""

from __future__ import annotations

import copy
import os
import shutil
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from traceback import extract_stack
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from actions.hand import Desk
from api import lookups, readiness
from api.app import create_app
from api.bot_client import BotClient
from api.database import Database
from api.doors import Doors
from api.readiness import MEGABYTE
from catalog.find import Finder
from catalog.models import CatalogueRevision
from desk.records import Notice
from tests.broken_databases import read_only, ruin
from tests.e2e.running_desk import free_port, until
from tests.foundation import Clock, DirectBot, Talk, doors_over

WELL = dict.fromkeys(("status", "bot", "index", "database", "outbox", "disk"), "ok")
WORDS = {
    *("ok", "starting", "wrong", "away", "broken", "behind", "not_writable", "unknown"),
    *("stuck", "nearly_full"),
}


@pytest.fixture(autouse=True)
def each_look_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "KEPT", -1.0)


@pytest.fixture
def doors(house: Database, desk: Desk, tmp_path: Path) -> Doors:
    return doors_over(house, desk, DirectBot(desk), tmp_path)


@contextmanager
def asked(doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(doors), raise_server_exceptions=False) as client:
        yield client


def ready(client: TestClient) -> tuple[int, dict[str, str]]:
    answer = client.get("/ready")
    told: dict[str, str] = answer.json()
    assert set(told) == set(WELL)
    assert set(told.values()) <= WORDS
    return answer.status_code, told


def test_a_desk_that_is_well_says_so_of_each_part(doors: Doors) -> None:
    with asked(doors) as client:
        assert ready(client) == (200, WELL)


# --- bot ---


@contextmanager
def answering(port: int) -> Iterator[None]:
    """A bot as far as /ready goes, on a real port; it refuses who has not the key."""

    async def is_ready(request: Request) -> PlainTextResponse:
        known = request.headers.get("x-luukku-key") == "key"
        return PlainTextResponse("", 200 if known else 401)

    app = Starlette(routes=[Route("/webhooks/luukku/ready", is_ready)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, 90, "the bot")
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def test_a_bot_that_has_not_answered_yet_is_starting_and_one_that_went_is_away(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    port = free_port()
    bot = BotClient(f"http://127.0.0.1:{port}", "key", 1.0)
    with asked(doors_over(house, desk, bot, tmp_path)) as client:
        assert ready(client) == (503, WELL | {"status": "starting", "bot": "starting"})
        with answering(port):
            assert ready(client) == (200, WELL)
        assert ready(client) == (503, WELL | {"status": "wrong", "bot": "away"})


def test_a_bot_that_hangs_is_not_waited_for(house: Database, desk: Desk, tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        bot = BotClient(f"http://127.0.0.1:{deaf.getsockname()[1]}", "key", 0.3)
        with asked(doors_over(house, desk, bot, tmp_path)) as client:
            assert ready(client)[1]["bot"] == "starting"


# --- index ---


def test_an_index_that_lost_a_part_is_broken(
    house: Database, finding_desk: Desk, tmp_path: Path, real_finder: Finder
) -> None:
    broken = copy.copy(real_finder)
    broken._at = replace(real_finder._at, lemmas=None)  # type: ignore[arg-type]
    for finder, said in ((real_finder, "ok"), (broken, "broken")):
        desk = replace(finding_desk, finder=lambda finder=finder: finder)
        with asked(doors_over(house, desk, DirectBot(desk), tmp_path)) as client:
            status, told = ready(client)
            assert (status, told["index"]) == (200 if said == "ok" else 503, said)
            assert client.get("/health").status_code == 200


def test_an_index_that_stays_behind_the_catalogue_is_named(
    doors: Doors, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.writing() as session:
        session.get_one(CatalogueRevision, 1).revision = 99
    with asked(doors) as client:
        assert ready(client) == (200, WELL)  # a new one takes its time
        monkeypatch.setattr(readiness, "BEHIND", 0.0)
        assert ready(client) == (503, WELL | {"status": "wrong", "index": "behind"})


# --- database ---


def test_a_database_that_is_none_is_away(doors: Doors, house: Database) -> None:
    with asked(doors) as client:
        assert ready(client) == (200, WELL)
        ruin(house)
        status, told = ready(client)
        assert (status, told["database"], told["outbox"]) == (503, "away", "unknown")
        assert client.get("/health").status_code == 503


def test_a_database_without_its_tables_is_away(doors: Doors, desk: Desk) -> None:
    with asked(doors) as client:
        with desk.writing() as session:
            session.execute(text("alter table catalogue_revision rename to gone"))
            session.execute(text("alter table alembic_version rename to gone_too"))
        assert ready(client)[1]["database"] == "away"
        assert client.get("/health").status_code == 503


def test_a_database_that_takes_nothing_is_named_and_heals(
    doors: Doors, house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wait for the place to write is three seconds of it; a busy machine may need the rest.
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)
    with asked(doors) as client:
        with read_only(house):
            assert ready(client) == (503, WELL | {"status": "wrong", "database": "not_writable"})
            assert client.get("/health").status_code == 200
        assert ready(client) == (200, WELL)


def test_a_database_that_hangs_is_not_waited_for_and_takes_one_thread(
    house: Database, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.3)
    monkeypatch.setattr(lookups, "PATIENCE", 0.3)
    release = threading.Event()
    hanging: list[bool] = []

    @contextmanager
    def cut_off() -> Iterator[Any]:
        # The desk's rounds read too, whenever they come to it.
        hanging.append(any(one.filename == readiness.__file__ for one in extract_stack()))
        release.wait(30)
        with house.reading() as session:
            yield session

    cut = replace(desk, reading=cut_off)
    doors = doors_over(house, cut, DirectBot(cut), tmp_path)
    with asked(doors) as client:
        for _ in range(3):
            assert ready(client)[1]["database"] == "away"
        assert hanging.count(True) == 1
        release.set()
        until(lambda: ready(client)[1]["database"] == "ok", 10, "the database")


# --- outbox and disk: told, but customers are served ---


def test_an_outbox_that_nobody_empties_is_stuck(
    doors: Doors, talk: Talk, clock: Clock, desk: Desk
) -> None:
    ticket = talk.write("asia", "complaint").ticket
    assert ticket is not None
    with asked(doors) as client:
        with desk.writing() as session:
            session.add(notice(ticket.id, clock))
        assert ready(client) == (200, WELL)
        clock.forward(minutes=11)
        assert ready(client) == (200, WELL | {"status": "wrong", "outbox": "stuck"})


def test_notices_that_are_tried_in_vain_while_none_goes_out_are_stuck(
    doors: Doors, talk: Talk, clock: Clock, desk: Desk
) -> None:
    ticket = talk.write("asia", "complaint").ticket
    assert ticket is not None
    with desk.writing() as session:
        tried, went = notice(ticket.id, clock), notice(ticket.id, clock)
        tried.attempts = 3
        session.add_all((tried, went))
    clock.forward(minutes=40)
    with desk.writing() as session:
        tried, went = session.merge(tried), session.merge(went)
        tried.next_at = clock()  # it is tried again and again
        went.state, went.sent_at, went.next_at = "sent", clock(), clock()
    with asked(doors) as client:
        assert ready(client) == (200, WELL)  # one address that refuses is no outbox that is stuck
        with desk.writing() as session:
            session.delete(session.merge(went))
        assert ready(client)[1]["outbox"] == "stuck"


def notice(ticket_id: int, clock: Clock) -> Notice:
    return Notice(
        key=uuid.uuid4().hex,
        ticket_id=ticket_id,
        channel="email",
        recipient="asiakas@esimerkki.fi",
        language="fi",
        template="answered",
        next_at=clock(),
        written_at=clock(),
    )


def test_a_disk_that_fills_up_is_named_until_there_is_room(doors: Doors, tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free // MEGABYTE
    if free < 1_000:
        pytest.skip("the disk is too full to be filled by a test")
    settings = doors.settings.model_copy(update={"disk_free_mb": free - 300})
    with asked(replace(doors, settings=settings)) as client:
        assert ready(client) == (200, WELL)
        filling = tmp_path / "filling"
        with filling.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 600 * MEGABYTE)
        assert ready(client) == (200, WELL | {"status": "wrong", "disk": "nearly_full"})
        filling.unlink()
        assert ready(client) == (200, WELL)


# --- asking ---


def test_many_who_ask_at_once_are_answered_by_one_look(
    doors: Doors, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT", 60.0)
    looks = []

    class Counted(DirectBot):
        async def ready(self) -> bool:
            looks.append(1)
            return True

    with asked(replace(doors, bot=Counted(desk))) as client:  # type: ignore[arg-type]
        for _ in range(20):
            assert ready(client) == (200, WELL)
    assert len(looks) == 1
