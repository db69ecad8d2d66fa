"""A new model takes over without a pause; one that does not start gives way to the last good."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api import bot_change, bot_process
from api.bot_change import Bots
from api.bot_client import BotClient
from api.bot_process import BotCommand
from api.run import free_port

LITTLE_BOT = Path(__file__).with_name("little_bot.py")


@dataclass(frozen=True)
class Little(BotCommand):
    """Real processes, without Rasa's half minute."""

    def arguments(self) -> list[str]:
        return [sys.executable, str(LITTLE_BOT), str(self.model), str(self.port)]


@dataclass
class Shelf:
    """A folder of models, a client, and the bots that answer it."""

    folder: Path
    client: BotClient
    said: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    def put(self, name: str, text: str = "sound") -> Path:
        fresh = self.folder / f"{name}.tar.gz.new"
        fresh.write_text(text)
        made = fresh.rename(self.folder / f"{name}.tar.gz")
        stamp = 1_000_000_000 * (1 + len(list(self.folder.iterdir())))
        os.utime(made, ns=(stamp, stamp))
        return made

    def models(self) -> list[Path]:
        return sorted(self.folder.glob("*.tar.gz"), key=lambda file: -file.stat().st_mtime)

    def bots(self) -> Bots:
        def command(model: Path) -> Little:
            at = self.folder.parent
            return Little(Path(sys.executable), model, free_port(), "", "key", at, at / "bot.log")

        return Bots(
            self.client,
            command,
            self.models,
            folder=self.folder,
            named=self.named.append,
            said=self.said.append,
        )

    async def comes(self, name: str) -> None:
        async with asyncio.timeout(30):
            while self.named[-1:] != [name]:
                await asyncio.sleep(0.02)

    def run(self, story: Callable[[Bots], Awaitable[None]]) -> None:
        """The story, with the bots kept meanwhile."""

        async def whole() -> None:
            bots = self.bots()
            keeping = asyncio.create_task(bots.keep())
            try:
                await story(bots)
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)

        asyncio.run(whole())


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(bot_process, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(bot_process, "LISTEN", 0.05)
    monkeypatch.setattr(bot_process, "STARTING", 0.05)
    monkeypatch.setattr(bot_change, "LOOK", 0.05)
    monkeypatch.setattr(bot_change, "LAST_ANSWERS", 0.2)
    (tmp_path / "models").mkdir()
    return Shelf(tmp_path / "models", BotClient("http://127.0.0.1:1", "key", 5.0))


async def ask(shelf: Shelf) -> None:
    """Raises BotSilent where nobody answers."""
    await shelf.client.turn(sender="one", text="hei", turn_id=1, language="fi")


def test_every_question_is_answered_while_a_new_model_takes_over(shelf: Shelf) -> None:
    shelf.put("old")

    async def story(bots: Bots) -> None:
        await shelf.comes("old")
        assert bots.running is not None
        before = bots.running.process.process
        shelf.put("new")
        asked = 0
        while shelf.named != ["old", "new"] or asked < 50:
            await ask(shelf)
            asked += 1
        async with asyncio.timeout(10):
            while before is not None and before.returncode is None:
                await ask(shelf)

    shelf.run(story)
    assert shelf.named == ["old", "new"]
    assert shelf.said[-1] == "the bot answers with new now"


def test_a_model_that_does_not_start_leaves_the_one_before_in_its_place(shelf: Shelf) -> None:
    shelf.put("old")

    async def story(_: Bots) -> None:
        await shelf.comes("old")
        shelf.put("new", "broken")
        async with asyncio.timeout(30):
            while "the bot does not start with new; old goes on" not in shelf.said:
                await ask(shelf)
        told = len(shelf.said)
        await asyncio.sleep(0.5)
        await ask(shelf)
        assert len(shelf.said) == told, "it is not tried again and again"

    shelf.run(story)
    assert shelf.named == ["old"]


def test_at_the_start_the_newest_model_that_starts_answers(shelf: Shelf) -> None:
    shelf.put("oldest")
    shelf.put("old")
    shelf.put("new", "broken")

    async def story(_: Bots) -> None:
        await shelf.comes("old")
        await ask(shelf)

    shelf.run(story)
    assert shelf.named == ["old"]


def test_a_model_that_is_damaged_under_a_running_bot_gives_way_when_the_bot_falls(
    shelf: Shelf,
) -> None:
    shelf.put("old")
    new = shelf.put("new")

    async def story(bots: Bots) -> None:
        await shelf.comes("new")
        new.write_text("broken")
        assert bots.running is not None
        assert bots.running.process.process is not None
        os.kill(bots.running.process.process.pid, signal.SIGKILL)
        await shelf.comes("old")
        await ask(shelf)

    shelf.run(story)


def test_a_model_mended_under_its_name_is_tried_again(shelf: Shelf) -> None:
    shelf.put("only", "broken")

    async def story(_: Bots) -> None:
        async with asyncio.timeout(30):
            while shelf.said[-1:] != ["the bot does not start with only"]:
                await asyncio.sleep(0.02)
        shelf.put("only")
        await shelf.comes("only")

    shelf.run(story)
