"""Everything that must stand before the desk opens; what stands already is no work."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from api.database import Database
from api.opening_up import NLU_DATA, shipped_digest
from api.preparing import one_in_database, one_in_folder
from api.settings import PROJECT, Settings
from catalog import demo, encoder, encoder_build
from catalog.load import load_shipped
from catalog.models import CatalogueRevision
from desk import demo_canned, demo_network, demo_staff

Say = Callable[[str], None]


class NotPrepared(Exception):
    """A step failed; the message says which, and what to do."""


def prepare(settings: Settings, say: Say) -> None:
    """Tables, catalogue, encoder and demo, each only where it is missing or old."""
    database = Database(settings.database)
    with one_in_folder(settings.data_dir):
        try:
            with one_in_database(database):
                database.migrate()
                load_catalogue(database, say)
                switch_demo(database, settings, datetime.now(UTC))
        finally:
            database.dispose()
        if not encoder.is_fresh(settings.encoder):
            say("putting the sentence encoder together")
            encoder_build.build(settings.encoder, say)


def switch_demo(database: Database, settings: Settings, now: datetime) -> None:
    """The demo's network and people are there, or gone, as the settings say."""
    with database.writing() as session:
        if settings.demo:
            demo.ensure_demo(session, now=now)
            demo_staff.ensure_demo(session, demo_password(settings), now=now)
            demo_canned.ensure_demo(session, now=now)
        else:
            demo_staff.retire_demo(session)
            demo_canned.retire_demo(session)
            demo_network.retire(session)


def load_catalogue(database: Database, say: Say) -> None:
    """Loads the shipped catalogue when its files are others than this database was loaded from."""
    digest = shipped_digest()
    with database.reading() as session:
        if session.scalar(select(CatalogueRevision.shipped)) == digest:
            return
    report = load_shipped(database.writing, NLU_DATA, say)
    if report.bad:
        worst = "\n".join(str(record) for record in report.bad[:10])
        raise NotPrepared(f"the shipped catalogue has bad records:\n{worst}")
    with database.writing() as session:
        session.get_one(CatalogueRevision, 1).shipped = digest


def demo_password(settings: Settings) -> str:
    """The demo staff's password: made at the first start, kept in DATA_DIR for its owner alone."""
    path = settings.data_dir / "demo-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text().strip()


@dataclass(frozen=True)
class BotMissing(NotPrepared):
    python: Path

    def __str__(self) -> str:
        return f"the bot's Python is not at {self.python}: run `make setup` (or set BOT_PYTHON)"


def train(settings: Settings, say: Say) -> Path:
    """The bot's model, trained when its data has changed; progress lines go to `say`."""
    if not settings.bot_python.exists():
        raise BotMissing(settings.bot_python)
    command = [str(settings.bot_python), "-m", "bot.train", "--out", str(settings.models)]
    last = ""
    with (
        one_in_folder(settings.data_dir),
        subprocess.Popen(  # noqa: S603  (our own module, arguments from the settings)
            command, cwd=PROJECT, stdout=subprocess.PIPE, text=True
        ) as training,
    ):
        assert training.stdout is not None
        for line in training.stdout:
            last = line.strip()
            say(last)
    if training.returncode != 0:
        raise NotPrepared(f"training the bot failed ({training.returncode}); its words stand above")
    return Path(last)
