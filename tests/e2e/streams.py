"""Customers' browsers: each holds a stream, and where it breaks goes on at another app."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field

import httpx

TIME_OUT = httpx.Timeout(10, read=None)


@dataclass
class Stream:
    """What one browser hears, with the ids that it resumes from."""

    conversation: str
    apps: list[str]  # the first is tried first
    heard: list[tuple[int, str]] = field(default_factory=list)
    came: list[float] = field(default_factory=list)  # when each did
    resumed: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Until cancelled."""
        turn = 0
        while True:
            with contextlib.suppress(httpx.TransportError):
                await self._listen_at(self.apps[turn % len(self.apps)])
            turn += 1
            self.resumed += 1
            await asyncio.sleep(0.1)

    async def _listen_at(self, app: str) -> None:
        headers = {"Accept": "text/event-stream"}
        if self.heard:
            headers["Last-Event-ID"] = str(self.heard[-1][0])
        url = f"{app}/api/chat/{self.conversation}/events"
        async with (
            httpx.AsyncClient(timeout=TIME_OUT, trust_env=False) as http,
            http.stream("GET", url, headers=headers) as stream,
        ):
            event: dict[str, str] = {}
            async for row in stream.aiter_lines():
                name, _, value = row.partition(": ")
                event[name] = value
                if row.startswith(":"):
                    self.open.set()
                if not row and "data" in event:
                    self.heard.append((int(event["id"]), json.loads(event["data"])["text"]))
                    self.came.append(time.time())
                    event = {}
