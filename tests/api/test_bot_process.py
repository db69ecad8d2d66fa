"""The bot's process is kept alive: a dead one is restarted, a hung one is ended first."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from api import bot_process
from api.bot_process import BotCommand, BotProcess


@dataclass(frozen=True)
class Sleeper(BotCommand):
    """A real process that does nothing, in the bot's place."""

    def arguments(self) -> list[str]:
        return [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    monkeypatch.setattr(bot_process, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(bot_process, "LISTEN", 0.05)
    monkeypatch.setattr(bot_process, "SILENT", 0.3)
    python = Path(sys.executable)
    return Sleeper(python, tmp_path, 1, "", "key", tmp_path, tmp_path / "logs" / "bot.log")


async def _another_than(process: BotProcess, pid: int) -> int:
    async with asyncio.timeout(10):
        while process.process is None or process.process.pid == pid:
            await asyncio.sleep(0.02)
    return process.process.pid


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_bot_that_dies_is_started_again_and_none_is_left_at_the_end(command: Sleeper) -> None:
    async def story() -> tuple[int, int]:
        process = BotProcess(command, print)
        keeping = asyncio.create_task(process.keep())
        first = await _another_than(process, 0)
        os.kill(first, signal.SIGKILL)
        second = await _another_than(process, first)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        return first, second

    assert not any(_alive(pid) for pid in asyncio.run(story()))


def test_a_bot_that_hangs_is_ended_and_started_again(command: Sleeper) -> None:
    async def story() -> tuple[int, int]:
        process = BotProcess(command, print)
        heard = iter([True])

        async def answers() -> bool:
            return next(heard, False)

        tasks = [
            asyncio.create_task(process.keep()),
            asyncio.create_task(process.watch(answers)),
        ]
        first = await _another_than(process, 0)
        second = await _another_than(process, first)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return first, second

    first, second = asyncio.run(story())
    assert first != second
    assert not _alive(first)


def test_a_bot_that_is_still_starting_is_given_its_time(command: Sleeper) -> None:
    async def story() -> bool:
        process = BotProcess(command, print)

        async def never() -> bool:
            return False

        tasks = [asyncio.create_task(process.keep()), asyncio.create_task(process.watch(never))]
        first = await _another_than(process, 0)
        await asyncio.sleep(0.8)
        still = _alive(first)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return still

    assert asyncio.run(story())
