"""A process that migrates a database and is killed at one of its statements."""

from __future__ import annotations

import os
import signal
from typing import Any

from sqlalchemy import Engine, event

from api.database import Database


def migrate_and_die(url: str, statements: int) -> None:
    """Killed, as by the kernel, before that statement is run; lives where there are fewer."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > statements:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    Database(url).migrate()


def migrate(url: str) -> None:
    Database(url).migrate()
