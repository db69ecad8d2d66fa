"""The bot's process: started with the desk, restarted when it dies, gone when the desk goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from api.settings import PROJECT

FIRST_PAUSE = 1.0  # seconds before the first restart; doubled each time, up to LONGEST_PAUSE
LONGEST_PAUSE = 60.0
STEADY = 120.0  # a bot that lived this long starts again without a growing pause
LONGEST_LOG = 5_000_000  # bytes
LISTEN = 10.0  # seconds between two looks whether the bot still answers
STARTING = 0.5  # seconds between two looks whether it answers at all
SILENT = 60.0  # seconds without an answer after which a bot counts as hung
GRACE = 5.0  # seconds to stop by itself before it is killed

log = logging.getLogger("luukku.bot")


@dataclass(frozen=True)
class BotCommand:
    """How the bot is started: its own Python, the model, loopback ports, the desk's key."""

    python: Path
    model: Path
    port: int
    actions_url: str
    key: str
    home: Path
    log: Path

    def arguments(self) -> list[str]:
        return [
            *(str(self.python), "-m", "bot.server", "--model", str(self.model)),
            *("--port", str(self.port), "--actions-url", self.actions_url),
            *("--home", str(self.home), "--desk", str(os.getpid())),
        ]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "LUUKKU_BOT_KEY": self.key}


class BotProcess:
    """Keeps one bot alive."""

    def __init__(self, command: BotCommand, said: Callable[[str], None]) -> None:
        self._command = command
        self._said = said
        self.process: Process | None = None
        self.answered = False  # since it was started last
        self.falls = 0  # starts in a row that ended before they came to an answer

    async def keep(self) -> None:
        """Runs until cancelled; a bot that dies is started again after a growing pause."""
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        try:
            while True:
                began = loop.time()
                code = await self._run_or_fail()
                self.falls = 0 if self.answered else self.falls + 1
                pause = FIRST_PAUSE if loop.time() - began > STEADY else pause
                self._said(f"the bot stopped ({code}); starting it again in {pause:.0f} s")
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            await self._stop()

    async def watch(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Runs until cancelled; a bot that has answered and then hangs is killed, so that `keep`
        starts another. One that is still starting is given its time."""
        watched, heard = self.process, None
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LISTEN if self.answered else min(STARTING, LISTEN))
            if self.process is not watched:
                watched, heard = self.process, None
            if await answers():
                heard, self.answered = loop.time(), True
            elif heard is not None and loop.time() - heard > SILENT and watched is not None:
                self._said(f"the bot has been silent for {SILENT:.0f} s; ending it")
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(watched.pid, signal.SIGKILL)
                heard = None

    async def _run_or_fail(self) -> int | str:
        """How the bot ended; where its log or its program cannot be opened, why. The disk may be
        full or read-only today, and the desk shall not be without a bot for ever."""
        try:
            return await self._run_once()
        except OSError as error:
            return error.strerror or type(error).__name__

    async def _run_once(self) -> int:
        _make_room(self._command.log)
        self.answered = False
        with self._command.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self._command.arguments(),
                cwd=PROJECT,
                env=self._command.environment(),
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                # Its own group: Ctrl-C reaches the desk alone, which then stops the bot in order.
                start_new_session=True,
            )
        return await self.process.wait()

    async def _stop(self) -> None:
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _make_room(log_file: Path) -> None:
    """One old log is kept beside the new one; between restarts the bot writes little."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    if log_file.exists() and log_file.stat().st_size > LONGEST_LOG:
        log_file.replace(log_file.with_suffix(".log.1"))
