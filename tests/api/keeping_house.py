"""A desk to back up, on SQLite and on PostgreSQL: its folder, its people, its doors."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.app import create_app
from api.backup import back_up
from api.bot_client import BotClient
from api.database import Database, sqlite_url
from api.doors import Doors
from api.events import Listeners
from api.front_desk import FrontDesk
from api.restore import restore
from api.settings import Settings
from catalog.base import Base
from catalog.codes import put_codes, shipped_codes
from desk.demo_staff import ensure_demo
from desk.secrets import Keys
from tests.databases import Databases, file_of
from tests.desk.sample_files import PDF
from tests.foundation import (
    NOBODY_LISTENS,
    PASSWORD,
    PlantedFinder,
    actions_by_intent,
    replies,
    shipped_places,
    words,
)

KINDS = ("sqlite", "postgresql")


@dataclass
class KeptHouse:
    """One desk's data, and what its commands said."""

    settings: Settings
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.settings.database

    @property
    def folder(self) -> Path:
        return self.settings.data_dir

    def anew(self, **more: str) -> KeptHouse:
        """The same with settings that have read no key yet."""
        kept = {"data_dir": self.folder, "database_url": self.settings.database_url}
        return KeptHouse(Settings.model_validate(kept | more))

    def back_up(self, to: Path, now: datetime | None = None) -> Path:
        return back_up(self.settings, to, self.said.append, now=now or datetime.now(UTC))

    def restore(self, backup: Path, *, over: bool = False) -> None:
        now = datetime.now(UTC)
        restore(self.settings, backup, self.said.append, over=over, now=now)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Opened and closed: a restore refuses while anybody is connected."""
        database = Database(self.url)
        try:
            yield database
        finally:
            database.dispose()

    def count(self, table: type[Base]) -> int:
        with self.database() as database, database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    @contextmanager
    def doors(self) -> Iterator[TestClient]:
        """The public doors over a bot that nobody has started: every message becomes a ticket."""
        with self.database() as database, ThreadPoolExecutor(8) as pool:
            desk = _desk(database, self.settings.key, pool)
            bot = BotClient(NOBODY_LISTENS, "key", 2.0)
            front = FrontDesk(desk, bot, shipped_places, 2.0)
            listeners = Listeners(database.reading, pool)
            doors = Doors(self.settings, database, desk, bot, front, listeners)
            with TestClient(create_app(doors)) as client:
                yield client


def _desk(database: Database, key: bytes, pool: ThreadPoolExecutor) -> Any:
    from actions.hand import Desk

    return Desk(
        writing=database.writing,
        reading=database.reading,
        finder=PlantedFinder,
        replies=replies(),
        words=words(),
        rules=actions_by_intent(),
        intents=None,
        keys=Keys(key),
        now=lambda: datetime.now(UTC),
        pool=pool,
    )


@dataclass(frozen=True)
class Mine:
    """A customer's matter, as the customer has it."""

    code: str
    secret: str
    talk: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Ticket-Secret": self.secret}


def a_matter(client: TestClient, said: str = "haluan ihmisen") -> Mine:
    told = client.post("/api/chat", json={"message_id": uuid.uuid4().hex, "text": said}).json()
    ticket = told["outcome"]["ticket"]
    return Mine(ticket["code"], ticket["secret"], told["conversation_id"])


def a_file(client: TestClient, mine: Mine) -> int:
    sent = client.post(
        f"/api/tickets/{mine.code}/files",
        headers=mine.headers,
        files={"file": ("todistus.pdf", PDF)},
    )
    assert sent.status_code == 200, sent.text
    number: int = sent.json()["lines"][-1]["file"]["id"]
    return number


def fetched(client: TestClient, mine: Mine, number: int) -> bytes:
    answer = client.get(f"/api/tickets/{mine.code}/files/{number}", headers=mine.headers)
    assert answer.status_code == 200, answer.text
    return answer.content


def until(true: Callable[[], bool], within: float = 60.0) -> None:
    ends = time.monotonic() + within
    while not true():
        assert time.monotonic() < ends, "not in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def sqlite_kept(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _stocked(sqlite_url(tmp_path_factory.mktemp("kept") / "luukku.db"))


@pytest.fixture(scope="session")
def postgresql_kept(postgresql: Databases) -> str:
    return _stocked(postgresql.empty(Path()))


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeptHouse]:
    """A desk with the code lists and the demo staff, on each kind of database."""
    template = request.getfixturevalue(f"{request.param}_kept")
    data = tmp_path / "data"
    data.mkdir()
    if request.param == "sqlite":
        shutil.copyfile(file_of(template), data / "luukku.db")
        yield KeptHouse(Settings(data_dir=data, database_url=None))
        return
    server: Databases = request.getfixturevalue("postgresql")
    url = server.copy(template, tmp_path)
    yield KeptHouse(Settings(data_dir=data, database_url=url))
    server.forget(url)


def _stocked(url: str) -> str:
    database = Database(url)
    database.migrate()
    with database.writing() as session:
        put_codes(session, shipped_codes())
        ensure_demo(session, PASSWORD, now=datetime.now(UTC))
    database.dispose()
    return url
