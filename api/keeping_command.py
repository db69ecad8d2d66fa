"""`luukku backup`, `restore` and `audit` on the command line."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from api import audit as audits
from api import backup as backups
from api import restore as restores
from api.backup_manifest import BackupRefused
from api.held_old import HELD_OLD
from api.settings import Settings

Command = Callable[[argparse.Namespace, Settings], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]


def add_commands(add: Add) -> None:
    save = add("backup", backup, "Back up database, files and key to FOLDER; the desk may run.")
    save.add_argument("folder", type=Path, metavar="FOLDER")
    save.add_argument(
        "--keep", type=_days, metavar="DAYS", help="then remove this desk's older backups there"
    )
    back = add("restore", restore, "Put a backup in the data's place, verified; the desk is off.")
    back.add_argument("folder", type=Path, metavar="BACKUP")
    back.add_argument("--over", action="store_true", help="move the data that are there aside")
    look = add("audit", audit, "Ask for known faults of the libraries; 1 where one is not held.")
    look.add_argument("--osv-url", default=audits.OSV, metavar="URL", help="advisories by OSV")


def backup(given: argparse.Namespace, settings: Settings) -> int:
    now = datetime.now(UTC)
    with _databases_words():
        backups.back_up(settings, given.folder, _say, now=now)
    if given.keep is not None:
        age = timedelta(days=given.keep)
        for one in backups.prune(given.folder, older_than=age, now=now, say=_say):
            _say(f"removed {one}")
    return 0


def restore(given: argparse.Namespace, settings: Settings) -> int:
    with _databases_words():
        restores.restore(settings, given.folder, _say, over=given.over, now=datetime.now(UTC))
    return 0


def audit(given: argparse.Namespace, settings: Settings) -> int:
    """1 where anything is known that is not held knowingly; raises where nothing can be known."""
    today = datetime.now(UTC).date()
    pythons = {"app": Path(sys.executable), "bot": settings.bot_python}
    return audits.audit(HELD_OLD, given.osv_url, _say, today=today, pythons=pythons)


@contextmanager
def _databases_words() -> Iterator[None]:
    """What the database refuses is told in its words, as everything else that stops a command."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise BackupRefused(f"the database says: {error}") from error


def _days(given: str) -> int:
    days = int(given)
    if days < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return days


def _say(line: str) -> None:
    print(line, flush=True)
