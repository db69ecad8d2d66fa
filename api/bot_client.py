"""One call to the bot: here the only HTTP client of the turn."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import httpx

from desk.errors import DeskError


class BotSilent(DeskError):
    """The bot did not answer in time, or answered nonsense; `reason` goes on the ticket."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def bot_key(key: bytes) -> str:
    """What app and bot know each other by, of the desk's own key."""
    return hashlib.sha256(b"bot\0" + key).hexdigest()


class Bot(Protocol):
    """Whoever reads messages and has actions run: one bot, or several."""

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        """Raises BotSilent when the turn is not closed."""

    async def ready(self) -> bool: ...

    async def close(self) -> None: ...


class BotClient:
    """Speaks to the bot on loopback with the desk's key."""

    def __init__(
        self, url: str, key: str, time_limit: float, actions_port: int | None = None
    ) -> None:
        """`actions_port`: of this app's action door, for a bot that serves several apps."""
        self._actions_port = actions_port
        self._key, self._time_limit = key, time_limit
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"X-Luukku-Key": key},
            timeout=httpx.Timeout(time_limit, connect=min(1.0, time_limit)),
            # Loopback: a proxy of the environment must not see customers' text.
            trust_env=False,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        )

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        """Has the bot read the message and run its action, which closes the turn.

        Raises BotSilent when it does not, whatever the cause.
        """
        body: dict[str, Any] = {
            "sender": sender,
            "text": text,
            "metadata": {"turn_id": turn_id, "language": language},
        }
        if self._actions_port is not None:
            body["actions_port"] = self._actions_port
        await self._post("/webhooks/luukku/turn", body)

    def lead_to(self, url: str) -> None:
        """From now on the bot there is asked; what the one before has begun still comes."""
        self._http.base_url = url

    def another(self, url: str) -> BotClient:
        """The same desk's client of another bot."""
        return BotClient(url, self._key, self._time_limit)

    async def ready(self) -> bool:
        try:
            answer = await self._http.get("/webhooks/luukku/ready")
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        try:
            answer = await self._http.post(path, json=body)
        except httpx.TimeoutException as error:
            raise BotSilent("bot_slow") from error
        except httpx.HTTPError as error:
            raise BotSilent("bot_down") from error
        if answer.status_code != httpx.codes.OK:
            raise BotSilent("bot_wrong")
