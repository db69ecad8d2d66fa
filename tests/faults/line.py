"""Lines between two processes that the test can slow down, cut and silence: small TCP proxies."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"
PIECE = 65_536  # bytes carried at once
LOOK = 0.05  # seconds between two looks for a bot that has come
GONE = (OSError, asyncio.IncompleteReadError)

type End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Lines:
    """Ports that are listened on, and where each leads; all suffer the same."""

    delay: float = 0.0  # seconds that each piece waits, both ways
    silent: bool = False  # half open: taken, never passed on, never closed
    instead: dict[bytes, bytes] = field(default_factory=dict)  # what is said otherwise on the way
    _leads: dict[int, int | str] = field(default_factory=dict)
    _cut: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Whatever is still carried breaks, before the loop that carries it is gone."""
        asyncio.run_coroutine_threadsafe(self._broken(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(5)

    async def _broken(self) -> None:
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def lead(self, port: int, to: int | str) -> None:
        """From now on the port leads there: to another port, or to the path of a socket."""
        asyncio.run_coroutine_threadsafe(self._lead(port, to), self._loop).result(10)

    def follow(self, folder: Path) -> None:
        """Leads each port that a file in the folder is named by to the port that stands in it."""
        asyncio.run_coroutine_threadsafe(self._followed(folder), self._loop)

    @contextlib.contextmanager
    def delayed(self, seconds: float) -> Iterator[None]:
        self.delay = seconds
        try:
            yield
        finally:
            self.delay = 0.0

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Every connection breaks, and none is made, while the block runs."""
        self._cut = True
        self._break()
        try:
            yield
        finally:
            self._cut = False

    @contextlib.contextmanager
    def half_open(self) -> Iterator[None]:
        """Connections stay, and nothing comes through them any more; at the end they break."""
        self.silent = True
        try:
            yield
        finally:
            self.silent = False
            self._break()

    def _break(self) -> None:
        def abort() -> None:
            for one in list(self._open):
                one.transport.abort()

        self._loop.call_soon_threadsafe(abort)

    async def _followed(self, folder: Path) -> None:
        while True:
            for port, to in _named_in(folder).items():
                await self._lead(port, to)
            await asyncio.sleep(LOOK)

    async def _lead(self, port: int, to: int | str) -> None:
        if port not in self._leads:
            await asyncio.start_server(self._taken_at(port), LOOPBACK, port)
        self._leads[port] = to

    def _taken_at(
        self, port: int
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with self._kept(writer), contextlib.suppress(*GONE):
                if not self._cut:
                    there, out = await self._reached(self._leads[port])
                    with self._kept(out):
                        await self._carried((reader, writer), (there, out))

        return taken

    @contextlib.contextmanager
    def _kept(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        self._open.add(writer)
        try:
            yield
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _reached(self, to: int | str) -> End:
        if isinstance(to, str):
            return await asyncio.open_unix_connection(to)
        return await asyncio.open_connection(LOOPBACK, to)

    async def _carried(self, here: End, there: End) -> None:
        """Both ways, until one end goes: the other then sees the line close."""
        both = [
            asyncio.create_task(self._one_way(here[0], there[1])),
            asyncio.create_task(self._one_way(there[0], here[1])),
        ]
        _, left = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in left:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await asyncio.sleep(self.delay)
            if not self.silent:
                for said, other in self.instead.items():
                    piece = piece.replace(said, other)
                writer.write(piece)
                await writer.drain()


def _named_in(folder: Path) -> dict[int, int]:
    files = [file for file in folder.iterdir() if file.name.isdecimal()]
    return {int(file.name): int(file.read_text()) for file in files}
