"""A sender of webhooks in a process of its own, to be killed; it imports little."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from api.database import Database
from api.webhook_sender import Addresses, Poster, WebhookSender


def post_until_killed(url: str, now: datetime, begun: Any) -> None:
    """Empties the outbox as `luukku run` does."""
    database = Database(url)
    with ThreadPoolExecutor(4) as pool:

        async def run() -> None:
            poster = Poster.new(Addresses(private=True), wait=5.0)
            of_the_desk = (database.reading, database.writing, lambda: now, pool)
            sender = WebhookSender(*of_the_desk, poster)
            begun.set()
            while await sender.send_due():
                pass

        asyncio.run(run())
