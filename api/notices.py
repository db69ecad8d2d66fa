"""The ways out of the desk that the settings open, and the task that sends by them."""

from __future__ import annotations

import contextlib

from api.doors import Doors
from api.letters import Carrier, Writer
from api.mail import Mail
from api.sender import Sender
from api.settings import Settings
from api.sms import TextMessages


async def keep_sending(doors: Doors) -> None:
    """Empties the outbox as long as the application runs; ends at once where no way out is set."""
    settings = doors.settings
    async with contextlib.AsyncExitStack() as opened:
        carriers = _carriers(settings, opened)
        if carriers:
            writer = Writer(settings.public_url or "", bool(settings.mail_reply_to))
            desk = doors.desk
            of_the_desk = (desk.reading, desk.writing, desk.now, desk.pool)
            await Sender(*of_the_desk, carriers, writer).run()


def _carriers(settings: Settings, opened: contextlib.AsyncExitStack) -> dict[str, Carrier]:
    carriers: dict[str, Carrier] = {}
    if "email" in settings.notice_channels:
        carriers["email"] = Mail(settings)
    if "sms" in settings.notice_channels:
        texts = TextMessages.through(settings)
        opened.push_async_callback(texts.close)
        carriers["sms"] = texts
    return carriers
