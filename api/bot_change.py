"""Which model the bot answers with: a better one takes over without a pause, and one that does not
start gives way to the last good one."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.bot_client import BotClient
from api.bot_process import BotCommand, BotProcess
from api.settings import PROJECT, Settings

LOOK = 2.0  # seconds between two looks at the bot and at the folder of models
START_WITHIN = 300.0  # seconds that a bot may take to answer first, on a busy machine
MOST_FALLS = 3  # starts in a row that never came to an answer: the model is to blame
LAST_ANSWERS = 5.0  # seconds that the bot before finishes what it has begun

type Say = Callable[[str], None]
type CommandOf = Callable[[Path], BotCommand]


def good_models(settings: Settings) -> list[Path]:
    """The models that passed their gate and are whole, the one to use first; none where the bot's
    environment cannot tell."""
    told = subprocess.run(  # noqa: S603  (our own module, arguments from the settings)
        [str(settings.bot_python), "-m", "bot.models", "--out", str(settings.models)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [Path(line) for line in told.stdout.splitlines()] if told.returncode == 0 else []


@dataclass(frozen=True)
class Running:
    """One bot with one model, and what keeps it alive."""

    model: Path
    process: BotProcess
    url: str
    tasks: tuple[asyncio.Task[None], ...]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Bots:
    """Keeps one bot answering at `client`; `named` is told each model that takes over."""

    def __init__(
        self,
        client: BotClient,
        command: CommandOf,
        models: Callable[[], list[Path]],
        *,
        folder: Path,
        named: Callable[[str], None],
        said: Say,
    ) -> None:
        """`models`: those that may answer, the best first; looked at when `folder` has changed."""
        self._client = client
        self._command = command
        self._models = models
        self._folder = folder
        self._named = named
        self._said = said
        self._looked: int | None = None
        self._wanted: list[Path] = []
        self._failed: set[tuple[Path, int]] = set()
        self.running: Running | None = None

    async def keep(self) -> None:
        """Runs until cancelled; leaves no process behind."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK)
        finally:
            if self.running is not None:
                await self.running.stop()

    async def _look(self) -> None:
        if self.running is not None and self.running.process.falls >= MOST_FALLS:
            self._failed.add(_version(self.running.model))
        if self._changed() or not self._wanted:
            self._wanted = await asyncio.to_thread(self._models)
        for model in self._wanted:
            if _version(model) in self._failed:
                continue
            if self.running is not None and self.running.model == model:
                return
            if await self._change_to(model):
                return
            self._failed.add(_version(model))
        if self.running is None:
            self._failed.clear()  # the machine may be to blame: all are tried again

    def _changed(self) -> bool:
        """Whether a model came or went since the last look."""
        now = self._folder.stat().st_mtime_ns if self._folder.exists() else None
        changed, self._looked = now != self._looked, now
        return changed

    async def _change_to(self, model: Path) -> bool:
        """Whether the bot answers with it now; until then the one before answers."""
        before, fresh = self.running, self._start(model)
        try:
            came = await self._comes(fresh)
        except asyncio.CancelledError:
            await fresh.stop()
            raise
        if not came:
            await fresh.stop()
            going_on = f"; {_name(before.model)} goes on" if before else ""
            self._said(f"the bot does not start with {_name(model)}{going_on}")
            return False
        self._client.lead_to(fresh.url)
        self._named(_name(model))
        self.running = fresh
        if before is not None:
            self._said(f"the bot answers with {_name(model)} now")
            await asyncio.sleep(LAST_ANSWERS)
            await before.stop()
        return True

    def _start(self, model: Path) -> Running:
        command = self._command(model)
        process = BotProcess(command, self._said)
        url = f"http://127.0.0.1:{command.port}"
        client = self._client.another(url)
        tasks = (
            asyncio.create_task(process.keep()),
            asyncio.create_task(_watched(process, client)),
        )
        return Running(model, process, url, tasks)

    async def _comes(self, fresh: Running) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_WITHIN):
                while not fresh.process.answered:
                    if fresh.process.falls >= MOST_FALLS:
                        return False
                    await asyncio.sleep(0.2)
                return True
        return False


async def _watched(process: BotProcess, client: BotClient) -> None:
    try:
        await process.watch(client.ready)
    finally:
        await client.close()


def _version(model: Path) -> tuple[Path, int]:
    """A model trained again under its name is another one."""
    return model, model.stat().st_mtime_ns if model.exists() else 0


def _name(model: Path) -> str:
    return model.name.removesuffix(".tar.gz")
