"""A sender in a process of its own, to be killed; it imports little, since twenty are started."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from api.database import Database
from api.letters import Writer
from api.mail import Mail
from api.sender import Sender
from api.settings import Settings
from desk.notices import channels_open

ADDRESS = "https://luukku.esimerkki.fi"


def mail_settings(port: int, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_tls": "none",
        "mail_from": "luukku@esimerkki.fi",
        "public_url": ADDRESS,
    }
    return Settings(**given | more)


def send_until_killed(url: str, port: int, now: datetime, begun: Any) -> None:
    """Empties the outbox as `luukku run` does."""
    database = Database(url, channels_open(("email",)))
    with ThreadPoolExecutor(4) as pool:
        of_the_desk = (database.reading, database.writing, lambda: now, pool)
        carriers = {"email": Mail(mail_settings(port), 5.0)}
        sender = Sender(*of_the_desk, carriers, Writer(ADDRESS, answers_mail=False))

        async def run() -> None:
            begun.set()
            while await sender.send_due():
                pass

        asyncio.run(run())
