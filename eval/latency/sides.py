"""The two ways to serve the bot, as commands; each on a folder and a database of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from api.bot_client import bot_key
from api.database import sqlite_url
from api.prepare import NotPrepared, prepare
from api.run import LOOPBACK, free_port
from api.settings import PROJECT, Settings
from eval.latency.doors import Door, chat_door, rest_door, turn_door

# Minutes of work, the same for both sides.
MADE_BEFORE = ("models", "encoder", "vectors.db", "terms")
# Of the whole path alone: a loaded machine must not turn measured turns into tickets.
TIME_LIMIT = 20.0

STOCK_ENDPOINTS = "action_endpoint:\n  url: http://{address}:{port}/webhook\n"
STOCK_CREDENTIALS = "rest:\n"


@dataclass(frozen=True)
class Command:
    """One process to start, and what is special in its environment."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True)
class Side:
    """One way to serve the bot: its database, its processes, the doors to measure."""

    name: str
    folder: Path
    settings: Settings
    commands: tuple[Command, ...]
    doors: tuple[Door, ...]  # the first one is what the sides are compared by


def stock(kept: Settings, folder: Path, model: Path) -> Side:
    """`rasa run` with its REST channel, and rasa_sdk's server beside it, all else by default."""
    settings = _scratch(kept, folder)
    bot, actions = free_port(), free_port()
    endpoints, credentials = folder / "endpoints.yml", folder / "credentials.yml"
    endpoints.write_text(STOCK_ENDPOINTS.format(address=LOOPBACK, port=actions))
    credentials.write_text(STOCK_CREDENTIALS)
    rasa = (
        *(str(settings.bot_python), "-m", "rasa", "run", "--model", str(model)),
        *("-i", LOOPBACK, "--port", str(bot)),
        *("--endpoints", str(endpoints), "--credentials", str(credentials)),
    )
    home = {"HOME": str(folder / "home"), "RASA_TELEMETRY_ENABLED": "false"}
    served = {**_named(settings), "SANIC_HOST": LOOPBACK}
    return Side(
        "stock",
        folder,
        settings,
        (
            Command("bot", rasa, home),
            Command("actions", (*_luukku(), "actions", "--port", str(actions)), served),
        ),
        (rest_door(f"http://{LOOPBACK}:{bot}"),),
    )


def ours(kept: Settings, folder: Path) -> Side:
    """`luukku run`: the app with the action door in it, which starts the bot."""
    settings = _scratch(kept, folder)
    key = bot_key(settings.key)
    app = Command("app", (*_luukku(), "run"), _named(settings))
    return Side(
        "ours",
        folder,
        settings,
        (app,),
        (
            turn_door(f"http://{LOOPBACK}:{settings.bot_port}", key),
            chat_door(f"http://{LOOPBACK}:{settings.port}"),
        ),
    )


def surroundings(bytecode: Path | None = None) -> dict[str, str]:
    """This shell's environment without the desk's settings; compiled code goes to `bytecode`."""
    own = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in own}
    unwritten = kept.pop("PYTHONDONTWRITEBYTECODE", None)
    if bytecode is None and unwritten:
        # Each start would compile every library anew, longer than all else it does.
        bytecode = PROJECT / "var" / "pycache"
    told = {"PYTHONPYCACHEPREFIX": str(bytecode)} if bytecode else {}
    return {**kept, **told, "PYTHONUNBUFFERED": "1"}


def _scratch(kept: Settings, folder: Path) -> Settings:
    """A desk of its own on this folder, its catalogue loaded; model, encoder, vectors are kept."""
    folder.mkdir(parents=True)
    (folder / "home").mkdir()
    for name in MADE_BEFORE:
        made = kept.data_dir / name
        if not made.exists():
            raise NotPrepared(f"{made} is missing: run `luukku prepare`")
        (folder / name).symlink_to(made)
    settings = Settings(
        data_dir=folder,
        database_url=sqlite_url(folder / "luukku.db"),
        bot_python=kept.bot_python,
        host=LOOPBACK,
        port=free_port(),
        bot_port=free_port(),
        actions_port=free_port(),
        bot_time_limit=TIME_LIMIT,
        demo=True,  # somebody must be able to own what is not answered
    )
    prepare(settings, lambda line: None)
    return settings


def _luukku() -> tuple[str, ...]:
    return str(PROJECT / ".venv" / "bin" / "python"), "-m", "api.cli"


def _named(settings: Settings) -> dict[str, str]:
    """The settings as the environment variables that a process reads them from."""
    return {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database,
        "BOT_PYTHON": str(settings.bot_python),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "BOT_PORT": str(settings.bot_port),
        "ACTIONS_PORT": str(settings.actions_port),
        "BOT_TIME_LIMIT": str(settings.bot_time_limit),
        "DEMO": "true",
    }
