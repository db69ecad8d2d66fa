"""Whether each part of the desk works, looked at and not assumed; /ready tells it by name."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from actions.hand import Desk
from api.bot_client import Bot
from api.database import Database
from api.pool import in_pool
from api.settings import Settings
from catalog.find import revision_of
from desk.figures import outbox_stuck

OK = "ok"
PROBE = "passi"  # a word to search with: any will do, what is found is not looked at
KEPT = 1.0  # seconds that a look is good for: whoever asks /ready in a storm makes no storm of ours
PATIENCE = 5.0  # seconds; a part that takes longer does not work
BEHIND = 300.0  # seconds in which a changed catalogue must have become the index
MEGABYTE = 1_000_000
# Without these a customer is not served as promised; the rest wants somebody's hand, not traffic
# taken elsewhere.
NEEDED = ("bot", "index", "database")

log = logging.getLogger("luukku.readiness")


@dataclass(frozen=True)
class Parts:
    """One word for each part: "ok", or what is wrong with it."""

    bot: str
    index: str
    database: str
    outbox: str
    disk: str

    @property
    def ready(self) -> bool:
        return all(getattr(self, part) == OK for part in NEEDED)

    @property
    def status(self) -> str:
        """The whole in one word: ok, starting (the bot has not answered yet), wrong."""
        wrong = {part: said for part, said in vars(self).items() if said != OK}
        if not wrong:
            return OK
        return "starting" if wrong == {"bot": "starting"} else "wrong"


class Readiness:
    """Looks at the parts when it is asked, at most once a second."""

    def __init__(self, settings: Settings, database: Database, desk: Desk, bot: Bot) -> None:
        self._settings = settings
        self._database = database
        self._desk = desk
        self._bot = bot
        self._bot_has_answered = False
        self._behind_since: float | None = None
        self._last: tuple[float, Parts] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._reading: asyncio.Future[tuple[str, str, str]] | None = None

    async def parts(self) -> Parts:
        """How each part is; nothing that fails here is raised."""
        async with self._one_at_a_time:
            if self._last is None or time.monotonic() - self._last[0] > KEPT:
                self._last = (time.monotonic(), await self._look())
            return self._last[1]

    async def _look(self) -> Parts:
        bot, read = await asyncio.gather(self._bot_now(), self._read_now())
        database, index, outbox = read
        return Parts(bot=bot, index=index, database=database, outbox=outbox, disk=self._disk_now())

    async def _bot_now(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                answers = await self._bot.ready()
        except TimeoutError:
            answers = False
        if answers:
            self._bot_has_answered = True
            return OK
        return "away" if self._bot_has_answered else "starting"

    async def _read_now(self) -> tuple[str, str, str]:
        """A look that hangs keeps its one thread: no other is sent after it."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(in_pool(self._desk.pool, self._read))
        done, _ = await asyncio.wait({self._reading}, timeout=PATIENCE)
        return self._reading.result() if done else ("away", "unknown", "unknown")

    def _read(self) -> tuple[str, str, str]:
        """Database, index and outbox."""
        searched = self._searched()
        try:
            with self._desk.reading() as session:
                newest = revision_of(session)
                stuck = outbox_stuck(session, now=self._desk.now())
        except SQLAlchemyError as error:
            log.error("the database cannot be read: %s", type(error).__name__)
            return "away", searched, "unknown"
        index = searched if searched != OK else self._index_now(newest)
        return self._writable(), index, "stuck" if stuck else OK

    def _writable(self) -> str:
        try:
            self._database.could_write()
        except SQLAlchemyError as error:
            log.error("the database takes nothing: %s", type(error).__name__)
            return "not_writable"
        return OK

    def _searched(self) -> str:
        try:
            self._desk.finder().find(PROBE, "fi")
        except Exception as error:  # noqa: BLE001  (whatever it is: the search is broken)
            log.error("the search fails: %s", type(error).__name__)
            return "broken"
        return OK

    def _index_now(self, newest: int) -> str:
        if self._desk.finder().revision == newest:
            self._behind_since = None
            return OK
        self._behind_since = self._behind_since or time.monotonic()
        return "behind" if time.monotonic() - self._behind_since > BEHIND else OK

    def _disk_now(self) -> str:
        free = shutil.disk_usage(self._settings.data_dir).free
        return OK if free >= self._settings.disk_free_mb * MEGABYTE else "nearly_full"
