"""Several bots, of which each conversation has its own; one that is away is passed by."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping

from api.bot_client import Bot, BotClient, BotSilent
from api.settings import Settings

PROBE = 1.0  # seconds between two looks whether a bot that was away is back

log = logging.getLogger("luukku.bot")


def bot_of(settings: Settings, own: str, key: str, actions_port: int | None) -> Bot:
    """The app's own bot at the address `own`, or the bots that it shares with other apps."""
    if not settings.bots:
        return BotClient(own, key, settings.bot_time_limit)
    urls = [f"http://127.0.0.1:{port}" for port in settings.bots]
    limit = settings.bot_time_limit
    return BotPool({url: BotClient(url, key, limit, actions_port) for url in urls})


class BotPool:
    """The same calls as of one bot.

    A conversation goes to the same bot as long as it is there, whichever process asks: what a bot
    remembers and what it does in turn needs no store that all of them share.
    """

    def __init__(self, bots: Mapping[str, BotClient]) -> None:
        """`bots` by their addresses, which decide who has which conversation."""
        self._bots = dict(bots)
        self._away: dict[str, asyncio.Task[None]] = {}

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        """Has the conversation's bot read the message and run its action, which closes the turn.

        Another one does where that one is not there: an action that was begun already finds its
        turn closed, and does nothing. Raises BotSilent when none does.
        """
        silent = BotSilent("bot_down")
        for name in self._ranked(sender):
            try:
                return await self._bots[name].turn(
                    sender=sender, text=text, turn_id=turn_id, language=language
                )
            except BotSilent as said:
                silent = said
                if said.reason == "bot_wrong":
                    break
                self._leave(name)
                if said.reason == "bot_slow":
                    break  # the time that a turn may take is over
            except asyncio.CancelledError:
                self._leave(name)
                raise
        raise silent

    async def ready(self) -> bool:
        """Whether any of them answers."""
        return any(await asyncio.gather(*(bot.ready() for bot in self._bots.values())))

    async def close(self) -> None:
        for probe in list(self._away.values()):
            probe.cancel()
        await asyncio.gather(*self._away.values(), return_exceptions=True)
        await asyncio.gather(*(bot.close() for bot in self._bots.values()))

    def _ranked(self, sender: str) -> list[str]:
        """The conversation's bot first, then who stands in for it; those who are away last."""

        def weight(name: str) -> tuple[bool, bytes]:
            return name in self._away, hashlib.sha256(f"{name}\0{sender}".encode()).digest()

        return sorted(self._bots, key=weight)

    def _leave(self, name: str) -> None:
        """Until it answers again, others have its conversations."""
        if name not in self._away:
            log.warning("the bot at %s is away", name)
            self._away[name] = asyncio.create_task(self._until_back(name))

    async def _until_back(self, name: str) -> None:
        try:
            await asyncio.sleep(PROBE)
            while not await self._bots[name].ready():
                await asyncio.sleep(PROBE)
            log.warning("the bot at %s is back", name)
        finally:
            del self._away[name]
