"""Customers who write while something else goes on, in a process of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from api.database import Database
from tests.foundation import PlantedFinder, Talk, a_desk


def write_until_told(url: str, written: Any, enough: Any) -> None:
    """Each round is a customer's first message, which becomes a ticket; `written` counts them."""
    database = Database(url)
    with ThreadPoolExecutor(2) as pool:
        desk = a_desk(database, lambda: datetime.now(UTC), PlantedFinder(), pool)
        while not enough.is_set():
            Talk(desk).write(f"haluan ihmisen {written.value}", "ask_person")
            written.value += 1
    database.dispose()
