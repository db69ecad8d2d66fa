"""`luukku run`: the public port, the action port and the bot, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from api.action_door import create_action_app
from api.app import create_app
from api.bot_process import BotCommand, BotProcess
from api.opening_up import Opened, open_doors
from api.settings import Settings

LOOPBACK = "127.0.0.1"
STOP_WITHIN = 3  # seconds for open connections to end; a stream would keep them for ever

Say = Callable[[str], None]
log = logging.getLogger("luukku")


class Server(uvicorn.Server):
    """A uvicorn server that leaves the signals to the desk, which has two of them to stop."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as in uvicorn
        yield


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the action door and the bot."""

    actions: int
    bot: int

    @classmethod
    def of(cls, settings: Settings) -> Ports:
        return cls(settings.actions_port or free_port(), settings.bot_port or free_port())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def bot_command(settings: Settings, ports: Ports, model: Path, key: str) -> BotCommand:
    return BotCommand(
        python=settings.bot_python,
        model=model,
        port=ports.bot,
        actions_url=f"http://{LOOPBACK}:{ports.actions}/webhook",
        key=key,
        home=settings.data_dir / "bot-home",
        log=settings.data_dir / "logs" / "bot.log",
    )


@contextlib.asynccontextmanager
async def running(
    settings: Settings, say: Say, *, model: Callable[[], Path]
) -> AsyncIterator[Opened]:
    """The whole desk while the block runs. Messages are taken at once; the bot joins when ready.

    `model` gives the trained model; it may train, and runs beside the open doors.
    """
    ports = Ports.of(settings)
    opened = open_doors(settings, bot_url=f"http://{LOOPBACK}:{ports.bot}", say=say)
    desk = opened.doors.desk
    servers = [
        _server(create_app(opened.doors), settings.host, settings.port),
        _server(create_action_app(desk, opened.bot_key), LOOPBACK, ports.actions),
    ]

    async def bot() -> None:
        path = await asyncio.to_thread(model)
        opened.doors.bot_model.name = path.name.removesuffix(".tar.gz")
        command = bot_command(settings, ports, path, opened.bot_key)
        process = BotProcess(command, say)
        async with asyncio.TaskGroup() as both:
            both.create_task(process.keep())
            both.create_task(process.watch(opened.doors.bot.ready))

    tasks = [
        *(asyncio.create_task(server.serve()) for server in servers),
        asyncio.create_task(bot()),
        asyncio.create_task(opened.catalogue.watch(desk.pool)),
    ]
    try:
        await _started(servers, tasks)
        yield opened
    finally:
        for server in servers:
            server.should_exit = True
        for task in tasks[len(servers) :]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        desk.pool.shutdown(wait=False, cancel_futures=True)
        opened.doors.database.dispose()


def _server(app: object, host: str, port: int) -> Server:
    return Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            host=host,
            port=port,
            log_config=None,
            access_log=False,  # a path may hold a conversation's id, which is a secret
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
    )


async def _started(servers: list[Server], tasks: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                await task
        await asyncio.sleep(0.05)


async def serve(settings: Settings, say: Say, *, model: Callable[[], Path]) -> None:
    """Runs until Ctrl-C or SIGTERM; leaves no process behind."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with running(settings, say, model=model) as opened:
        waiting = asyncio.create_task(_tell_when_ready(opened, settings, say))
        await stop.wait()
        waiting.cancel()
        say("stopping")


async def _tell_when_ready(opened: Opened, settings: Settings, say: Say) -> None:
    address = f"http://{settings.host}:{settings.port}"
    say(f"chat page:   {address}/   (svenska: {address}/?lang=sv)")
    say(f"staff page:  {address}/staff")
    say("messages are taken; the bot is starting, and until it answers they become tickets")
    while not await opened.doors.bot.ready():
        await asyncio.sleep(0.5)
    say("ready: the bot answers")
