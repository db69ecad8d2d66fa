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
from api.bot_change import Bots, good_models
from api.bot_client import BotClient
from api.bot_process import BotCommand
from api.metrics_port import create_metrics_app
from api.opening_up import Opened, open_doors
from api.prepare import NotPrepared
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


def is_free(port: int) -> bool:
    """Whether a bot could take it: while two models change over, the one before has it."""
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def bot_command(settings: Settings, ports: Ports, model: Path, key: str) -> BotCommand:
    return BotCommand(
        python=settings.bot_python,
        model=model,
        port=ports.bot if is_free(ports.bot) else free_port(),
        actions_url=f"http://{LOOPBACK}:{ports.actions}/webhook",
        key=key,
        home=settings.data_dir / "bot-home",
        log=settings.data_dir / "logs" / "bot.log",
    )


@contextlib.asynccontextmanager
async def running(
    settings: Settings, say: Say, *, train: Callable[[], object]
) -> AsyncIterator[Opened]:
    """The whole desk while the block runs. Messages are taken at once; the bot joins when ready.

    `train` sees to it that there is a model of today's data, and runs beside the open doors; the
    last good model answers meanwhile, and whenever there is no better one.
    """
    ports = Ports.of(settings)
    at = f"http://{LOOPBACK}:{ports.bot}"
    opened = open_doors(settings, bot_url=at, say=say, actions_port=ports.actions)
    desk = opened.doors.desk
    servers = [
        _server(create_app(opened.doors), settings.host, settings.port, settings.trusted_proxies),
        _server(create_action_app(desk, opened.bot_key), LOOPBACK, ports.actions),
    ]
    if settings.metrics_port:
        app = create_metrics_app(opened.doors)
        servers.append(_server(app, settings.metrics_host, settings.metrics_port))

    async def trained() -> None:
        try:
            await asyncio.to_thread(train)
        except NotPrepared as problem:
            say(str(problem))

    def named(model: str) -> None:
        opened.doors.bot_model.name = model

    def keeping(own: BotClient) -> Bots:
        return Bots(
            own,
            lambda model: bot_command(settings, ports, model, opened.bot_key),
            lambda: good_models(settings),
            folder=settings.models,
            named=named,
            said=say,
        )

    bot = opened.doors.bot
    own_bot = [keeping(bot).keep(), trained()] if isinstance(bot, BotClient) else []
    tasks = [
        *(asyncio.create_task(server.serve()) for server in servers),
        *(asyncio.create_task(one) for one in own_bot),
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


def _server(app: object, host: str, port: int, proxies: str = "") -> Server:
    """`proxies`: whose word on the client's address is taken; nobody's, where there are none."""
    return Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            host=host,
            port=port,
            log_config=None,
            access_log=False,  # a path may hold a conversation's id, which is a secret
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies or None,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
    )


async def _started(servers: list[Server], tasks: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                await task
        await asyncio.sleep(0.05)


async def serve(settings: Settings, say: Say, *, train: Callable[[], object]) -> None:
    """Runs until Ctrl-C or SIGTERM; leaves no process behind."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with running(settings, say, train=train) as opened:
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
