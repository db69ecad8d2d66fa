from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from actions.hand import Desk
from actions.replies import Replies
from actions.rules import actions_by_intent
from actions.words import Words
from api.app import create_app
from api.bot_client import BotClient
from api.database import Database
from api.doors import Doors
from api.events import Listeners
from api.front_desk import FrontDesk
from api.settings import PROJECT, Settings
from catalog.areas import municipalities
from catalog.find import NOTHING_FOUND, Findings
from catalog.places import Municipalities
from desk.secrets import Keys
from tests.databases import Databases, a_copy
from tests.foundation import PASSWORD as DEMO_PASSWORD

__all__ = ["DEMO_PASSWORD", "FakeFinder", "database", "doors", "free_port"]
TIME_LIMIT = 1.0


class FakeFinder:
    """Finds nothing: these tests are about what happens around finding."""

    revision = 1
    service_ids: tuple[str, ...] = ()
    places = Municipalities({})
    encoder_name = "fake"

    def find(self, question: str, language: str, *_: object, **__: object) -> Findings:
        return NOTHING_FOUND


@pytest.fixture
def database(databases: Databases, staffed: str, tmp_path: Path) -> Iterator[Database]:
    """A database of this test's own with the code lists and the demo staff, and no service."""
    with a_copy(databases, staffed, tmp_path) as database:
        yield database


@pytest.fixture
def doors(database: Database, tmp_path: Path) -> Iterator[Doors]:
    """Real doors over a dead bot: every message becomes a ticket."""
    nlu_data = PROJECT / "nlu_data"
    settings = Settings(data_dir=tmp_path, secret_key="k" * 32)
    with database.reading() as session:
        places = municipalities(session)
    with ThreadPoolExecutor(8) as pool:
        desk = Desk(
            writing=database.writing,
            reading=database.reading,
            finder=FakeFinder,  # type: ignore[arg-type]
            replies=Replies.from_folder(nlu_data / "replies"),
            words=Words.from_folder(nlu_data),
            rules=actions_by_intent(nlu_data),
            intents=None,
            keys=Keys(settings.key),
            now=lambda: datetime.now(UTC),
            pool=pool,
        )
        bot = BotClient(f"http://127.0.0.1:{free_port()}", "key", TIME_LIMIT)
        front = FrontDesk(desk, bot, lambda: places, TIME_LIMIT)
        listeners = Listeners(database.reading, pool)
        yield Doors(settings, database, desk, bot, front, listeners)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    """A browser at doors whose bot nobody has started; a test file of other doors has its own."""
    with TestClient(create_app(botless_doors)) as client:
        yield client
