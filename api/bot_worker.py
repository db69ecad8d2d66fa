"""`luukku bot`: one bot on a port of its own, for every app of the desk on this machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

from api.bot_change import good_models
from api.bot_client import BotClient, bot_key
from api.bot_process import BotCommand, BotProcess
from api.prepare import NotPrepared, train
from api.settings import Settings

NOWHERE = "http://127.0.0.1:1/webhook"  # each turn says where its action is carried out
ANSWER = 5.0  # seconds for a bot to say that it is there
LOOK = 0.5  # seconds

Say = Callable[[str], None]


def command(given: argparse.Namespace, settings: Settings, say: Say) -> int:
    """Trains what is not trained yet, and keeps the bot alive until Ctrl-C or SIGTERM.

    Raises NotPrepared where no model may answer.
    """
    model = _model(settings, say)
    key = bot_key(settings.key)
    started = BotCommand(
        python=settings.bot_python,
        model=model,
        port=given.port,
        actions_url=NOWHERE,
        key=key,
        home=settings.data_dir / f"bot-home-{given.port}",
        log=settings.data_dir / "logs" / f"bot-{given.port}.log",
    )
    asyncio.run(_keep(started, BotClient(f"http://127.0.0.1:{given.port}", key, ANSWER), say))
    return 0


def _model(settings: Settings, say: Say) -> Path:
    """The best model that passed its gate; a training that fails leaves the last good one."""
    try:
        train(settings, say)
    except NotPrepared as problem:
        say(str(problem))
    good = good_models(settings)
    if not good:
        raise NotPrepared("there is no model that may answer")
    return good[0]


async def _keep(started: BotCommand, bot: BotClient, say: Say) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    process = BotProcess(started, say)
    tasks = [
        asyncio.create_task(process.keep()),
        asyncio.create_task(process.watch(bot.ready)),
        asyncio.create_task(_tell_when_ready(started, bot, say)),
    ]
    await stop.wait()
    say("stopping")
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
    await bot.close()


async def _tell_when_ready(started: BotCommand, bot: BotClient, say: Say) -> None:
    while not await bot.ready():
        await asyncio.sleep(LOOK)
    say(f"ready: the bot answers on port {started.port}")
