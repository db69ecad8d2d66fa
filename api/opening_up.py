"""Puts the parts of the desk together, once, at start."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from actions import intents
from actions.hand import Desk
from actions.rehearsal import rehearse
from actions.replies import Replies
from actions.rules import actions_by_intent
from actions.words import Words
from api.bot_client import bot_key
from api.bot_pool import bot_of
from api.database import Database
from api.doors import Doors
from api.events import Listeners
from api.front_desk import FrontDesk
from api.line_news import LineNews
from api.live_catalogue import LiveCatalogue
from api.settings import PROJECT, Settings
from catalog import encoder
from catalog.vectors import VectorCache
from desk import callback_slots
from desk.errors import NobodyToOwn
from desk.notices import channels_open
from desk.ownership import somebody_can_own
from desk.secrets import Keys

NLU_DATA = PROJECT / "nlu_data"
SHIPPED = (PROJECT / "catalog" / "data", NLU_DATA)

SOME = 512  # texts between two lines of progress

Say = Callable[[str], None]


@dataclass(frozen=True)
class Opened:
    doors: Doors
    catalogue: LiveCatalogue
    bot_key: str


def open_doors(
    settings: Settings, *, bot_url: str, say: Say, actions_port: int | None = None
) -> Opened:
    """The desk, ready to take messages. Raises NobodyToOwn when no ticket could get an owner.

    `actions_port`: of this app's action door, which bots that serve several apps are told.
    """
    rhythm = callback_slots.told(settings.callback_minutes, settings.callbacks_at_once)
    told = channels_open(settings.notice_channels) | rhythm
    database = Database(settings.database, told)
    with database.reading() as session:
        if not somebody_can_own(session):
            raise NobodyToOwn
    catalogue = live_catalogue(settings, database, say)
    key = bot_key(settings.key)
    desk = Desk(
        writing=database.writing,
        reading=database.reading,
        finder=catalogue.finder,
        replies=Replies.from_folder(NLU_DATA / "replies"),
        words=Words.from_folder(NLU_DATA),
        rules=actions_by_intent(NLU_DATA),
        intents=intents.shipped_for(catalogue.encoder_name),
        keys=Keys(settings.key),
        now=lambda: datetime.now(UTC),
        pool=ThreadPoolExecutor(settings.workers, thread_name_prefix="desk"),
    )
    rehearse(desk)
    bot = bot_of(settings, bot_url, key, actions_port)
    front = FrontDesk(desk, bot, catalogue.places, settings.bot_time_limit)
    listeners = Listeners(database.reading, desk.pool, LineNews.of(database))
    return Opened(Doors(settings, database, desk, bot, front, listeners), catalogue, key)


def live_catalogue(settings: Settings, database: Database, say: Say) -> LiveCatalogue:
    cache = VectorCache(settings.data_dir / "vectors.db")

    def progress(done: int, total: int) -> None:
        if total > SOME and (done % SOME == 0 or done == total):
            say(f"reading the catalogue for the search: {done} of {total} texts")

    return LiveCatalogue(database.reading, encoder.load(settings.encoder), cache, progress)


def shipped_digest() -> str:
    """Changes when a shipped file does; tells whether loading has work to do."""
    digest = hashlib.sha256()
    for folder in SHIPPED:
        for path in sorted(_data_files(folder)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _data_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".csv", ".json", ".yml")]
