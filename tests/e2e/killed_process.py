"""The app in a process of its own, to be killed: its doors, its rounds and its sender of notices.

It is forked from one that has imported everything, since twenty are started. Nobody has started a
bot, so every message becomes a ticket; the search is not asked.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from api.app import create_app
from api.bot_client import BotClient
from api.database import Database
from api.doors import Doors
from api.events import Listeners
from api.front_desk import FrontDesk
from api.settings import Settings
from catalog.language import identify
from desk.notices import channels_open
from tests.foundation import (
    NOBODY_LISTENS,
    PlantedFinder,
    a_desk,
    actions_by_intent,
    replies,
    shipped_places,
    words,
)

# What takes seconds to read is read once, before the fork.
READ = (replies(), words(), actions_by_intent(), shipped_places(), identify("Katuvalo on pimeänä"))


def serve_until_killed(url: str, settings: Settings, began: datetime, now: datetime) -> None:
    """Serves on the settings' port; its clock said `now` at the real time `began`."""

    def clock() -> datetime:
        return now + (datetime.now(UTC) - began)

    database = Database(url, channels_open(settings.notice_channels))
    pool = ThreadPoolExecutor(8)
    desk = a_desk(database, clock, PlantedFinder(), pool)
    bot = BotClient(NOBODY_LISTENS, "key", 1.0)
    front = FrontDesk(desk, bot, shipped_places, 1.0)
    doors = Doors(settings, database, desk, bot, front, Listeners(database.reading, pool))
    uvicorn.run(create_app(doors), port=settings.port, log_level="warning", access_log=False)


def in_a_folder(folder: Path, port: int, mail_port: int) -> Settings:
    return Settings(
        data_dir=folder,
        secret_key="k" * 32,
        port=port,
        smtp_host="127.0.0.1",
        smtp_port=mail_port,
        smtp_tls="none",
        mail_from="luukku@esimerkki.fi",
        public_url="https://luukku.esimerkki.fi",
    )
