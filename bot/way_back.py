"""A turn's action is carried out by the app that sent the turn.

Several apps share these bots. Each names the loopback port of its own action door with each turn,
so that no app depends on another; a bot that serves one app needs no such name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

import aiohttp
from rasa.utils.endpoints import EndpointConfig

ASKED_BY: ContextVar[int | None] = ContextVar("asked_by", default=None)
KEEP = 2.0  # seconds an idle connection is kept: the app closes its end after 5


class WayBack(EndpointConfig):
    """The action endpoint, at the port that the turn at hand came with."""

    @classmethod
    def of(cls, told: EndpointConfig) -> WayBack:
        return cls(url=told.url, headers=told.headers, **told.kwargs)

    @property
    def url(self) -> str | None:
        port = ASKED_BY.get()
        return self._url if port is None else f"http://127.0.0.1:{port}/webhook"

    @url.setter
    def url(self, told: str | None) -> None:
        self._url = told
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        # rasa/utils/endpoints.py opens a client and a connection for each action.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP)
            )
        yield self._session
