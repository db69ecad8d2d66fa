"""Starts Rasa on the loopback address with our one channel.

    LUUKKU_BOT_KEY=… python -m bot.server --model FILE --port 5005 \\
        --actions-url http://127.0.0.1:8001/webhook
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.surroundings import settle

if TYPE_CHECKING:
    from rasa.core.utils import AvailableEndpoints
    from sanic import Sanic

LOOPBACK = "127.0.0.1"
KEY_VARIABLE = "LUUKKU_BOT_KEY"
ACTIONS_VARIABLE = "LUUKKU_ACTIONS_URL"
REDIS_VARIABLE = "REDIS_URL"
HOME_VARIABLE = "LUUKKU_BOT_HOME"
NOWHERE = "http://127.0.0.1:1/webhook"  # nobody listens there
ENDPOINTS = Path(__file__).resolve().parent.parent / "endpoints.yml"
# Bytes: the longest text, every character escaped as two \uXXXX, and its envelope.
LARGEST_REQUEST = 128 * 1024
PARENT_CHECKED_EVERY = 0.5  # seconds

log = logging.getLogger("bot.server")


class CannotStart(SystemExit):
    """The server refuses to start; the message says what is missing."""


def main() -> None:
    """Serve until told to stop, or until the process that started this one is gone."""
    _end_at_once_when_told()
    asked = _asked()
    _end_with(asked.desk)
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise CannotStart(f"{KEY_VARIABLE} is not set.")
    if not asked.model.is_file():
        raise CannotStart(f"There is no model at {asked.model}: run python -m bot.train first.")
    os.environ[ACTIONS_VARIABLE] = asked.actions_url
    os.environ.setdefault(REDIS_VARIABLE, "")  # endpoints.yml names it
    settle(asked.home or asked.model.parent / ".home")
    _application(asked.model, key).run(
        host=LOOPBACK,
        port=asked.port,
        access_log=False,
        motd=False,
        # Sanic would wait for open requests; the app has a time limit and tickets for those.
        register_sys_signals=False,
    )
    raise CannotStart(f"The server could not stay on {LOOPBACK}:{asked.port}.")


def _asked() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m bot.server", description=__doc__)
    reader.add_argument("--model", type=Path, required=True)
    reader.add_argument("--port", type=int, required=True)
    reader.add_argument(
        "--actions-url",
        default=NOWHERE,
        help="where actions are carried out; by default where each turn says",
    )
    reader.add_argument(
        "--home",
        type=Path,
        default=os.environ.get(HOME_VARIABLE),
        help="where Rasa's libraries may write; by default .home beside the model",
    )
    # Told, not looked up: a desk killed in our first moments is no longer anybody's parent.
    reader.add_argument(
        "--desk", type=int, default=os.getppid(), help="the process to end with; by default ours"
    )
    asked = reader.parse_args()
    asked.home = Path(asked.home) if asked.home else None
    return asked


def _end_at_once_when_told() -> None:
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_DFL)


def _end_with(parent: int) -> None:
    # Not PR_SET_PDEATHSIG: that also fires when only the thread that started us ends.
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECKED_EVERY)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _application(model: Path, key: str) -> Sanic:
    # Imported here: Rasa reads its surroundings while it is imported, and that takes half a minute.
    from rasa.core.run import configure_app
    from rasa.core.utils import AvailableEndpoints

    from bot import logs, patches
    from bot.channel import LuukkuInput
    from bot.way_back import WayBack

    logs.configure()
    patches.apply()
    endpoints = AvailableEndpoints.read_endpoints(str(ENDPOINTS))
    endpoints.action = WayBack.of(endpoints.action)
    application = configure_app([LuukkuInput(key)], enable_api=False, endpoints=endpoints)
    application.config.REQUEST_MAX_SIZE = LARGEST_REQUEST
    application.register_listener(_load(model, endpoints), "before_server_start")
    return application


def _load(
    model: Path, endpoints: AvailableEndpoints
) -> Callable[[Sanic, Any], Coroutine[Any, Any, None]]:
    async def load(application: Sanic, loop: Any) -> None:
        from rasa.core.agent import load_agent

        agent = await load_agent(model_path=str(model), endpoints=endpoints, loop=loop)
        _refuse_unless_whole(agent, model)
        application.ctx.agent = agent
        log.info("The bot answers with %s.", model.name)

    return load


def _refuse_unless_whole(agent: Any, model: Path) -> None:
    from rasa.core.tracker_store import InMemoryTrackerStore

    # Rasa only warns in both cases, and then runs without a model or without bounds.
    if not agent.is_ready():
        _stop(f"The model {model} cannot be loaded.")
    if isinstance(agent.tracker_store, InMemoryTrackerStore):
        _stop(f"The tracker store named in {ENDPOINTS.name} cannot be loaded.")


def _stop(why: str) -> None:
    # Sanic swallows an exception of a start-up listener and ends with status 0.
    print(why, file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
