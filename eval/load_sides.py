"""What is put under load: the desk as it comes, and the desk grown to several processes."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.bot_client import BotClient, bot_key
from api.database import sqlite_url
from api.prepare import NotPrepared, prepare
from api.run import LOOPBACK, free_port
from api.settings import PROJECT, Settings
from eval.latency.sides import Command, Side

MADE_BEFORE = ("models", "encoder")  # minutes of work, the same for every side
# One address asks as whole towns do: what guards against a flood is not what is measured.
UNBOUNDED = {
    "LIMIT_CONVERSATION_PER_MINUTE": "100000",
    "LIMIT_ADDRESS_PER_MINUTE": "1000000",
    "LIMIT_NEW_CONVERSATIONS_PER_HOUR": "1000000",
    "FLOOD_CONVERSATIONS_PER_MINUTE": "1000000",
}


@dataclass(frozen=True)
class Place:
    """Where a side keeps its data."""

    folder: Path
    database_url: str
    redis_url: str | None = None

    @classmethod
    def embedded(cls, folder: Path) -> Place:
        return cls(folder, sqlite_url(folder / "luukku.db"))


@dataclass(frozen=True)
class Loaded:
    """A side, and where its apps and the bots that they share are asked."""

    side: Side
    apps: tuple[str, ...]
    bots: tuple[str, ...]

    async def ready(self) -> bool:
        """Whether every app has a bot that answers, and every shared bot does."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            try:
                answers = [await http.get(f"{app}/ready") for app in self.apps]
            except httpx.TransportError:
                return False
        return all(one.status_code == httpx.codes.OK for one in answers) and await self._bots()

    async def _bots(self) -> bool:
        for url in self.bots:
            bot = BotClient(url, bot_key(self.side.settings.key), 10)
            answers = await bot.ready()
            await bot.close()
            if not answers:
                return False
        return True


def side(name: str, kept: Settings, place: Place, *, apps: int, bots: int) -> Loaded:
    """`bots` 0: each app starts its own, as `luukku run` does; else all apps share so many."""
    _furnish(kept, place.folder)
    shared = [free_port() for _ in range(bots)]
    ports = [free_port() for _ in range(apps)]
    environment = _environment(kept, place, shared)
    _prepare(place)
    commands = [
        Command(f"bot-{port}", _luukku("bot", "--port", str(port)), environment) for port in shared
    ]
    commands += [
        Command(f"app-{port}", _luukku("run"), {**environment, "PORT": str(port)}) for port in ports
    ]
    settings = Settings(data_dir=place.folder, database_url=place.database_url)
    return Loaded(
        Side(name, place.folder, settings, tuple(commands), doors=()),
        apps=tuple(f"http://{LOOPBACK}:{port}" for port in ports),
        bots=tuple(f"http://{LOOPBACK}:{port}" for port in shared),
    )


def _furnish(kept: Settings, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in MADE_BEFORE:
        made = kept.data_dir / name
        if not made.exists():
            raise NotPrepared(f"{made} is missing: run `luukku prepare`")
        (folder / name).symlink_to(made)
    shutil.copyfile(kept.data_dir / "vectors.db", folder / "vectors.db")


def _prepare(place: Place) -> None:
    prepare(Settings(data_dir=place.folder, database_url=place.database_url), lambda line: None)


def _environment(kept: Settings, place: Place, shared: list[int]) -> dict[str, str]:
    told = {
        "DATA_DIR": str(place.folder),
        "DATABASE_URL": place.database_url,
        "BOT_PYTHON": str(kept.bot_python),
        "HOST": LOOPBACK,
        "BOT_PORTS": ",".join(map(str, shared)),
        "DEMO": "true",  # somebody must be able to own what is not answered
        **UNBOUNDED,
    }
    return told | ({"REDIS_URL": place.redis_url} if place.redis_url else {})


def _luukku(*arguments: str) -> tuple[str, ...]:
    return str(PROJECT / ".venv" / "bin" / "python"), "-m", "api.cli", *arguments


def surroundings() -> dict[str, str]:
    """This shell's environment without the desk's settings."""
    own = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in own}
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):
        # Each start would compile every library anew, longer than all else it does.
        kept["PYTHONPYCACHEPREFIX"] = str(PROJECT / "var" / "pycache")
    return {**kept, "PYTHONUNBUFFERED": "1"}
