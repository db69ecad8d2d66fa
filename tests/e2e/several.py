"""Two apps and two bots over one PostgreSQL and one Redis, as their operator starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from api.settings import PROJECT
from eval.load_sides import UNBOUNDED
from tests.e2e import processes
from tests.e2e.running_desk import bot_key, environment, free_port, scratch_folder

READY_WITHIN = 400.0  # seconds
STOP_WITHIN = 20.0
READY = "/webhooks/luukku/ready"


@dataclass
class Several:
    """What runs, and where it is asked."""

    folder: Path
    database: str
    redis: str
    apps: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)  # by address
    bots: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """All at the same moment, as after the machine's own start."""
        ports = [free_port(), free_port()]
        told = {
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis,
            "BOT_PORTS": ",".join(map(str, ports)),
            "BOT_TIME_LIMIT": "20",  # a busy machine must not make tickets of what is tried here
            **UNBOUNDED,
        }
        for port in ports:
            address = f"http://127.0.0.1:{port}"
            self.bots[address] = self._run(f"bot-{port}", told, "bot", "--port", str(port))
        for _ in range(2):
            port = free_port()
            address = f"http://127.0.0.1:{port}"
            self.apps[address] = self._run(f"app-{port}", {**told, "PORT": str(port)}, "run")

    def _run(self, name: str, told: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.out").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "api.cli", *command],
                cwd=PROJECT,
                env=environment(self.folder, **told),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    def wait(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while not self._ready():
            for process in (*self.apps.values(), *self.bots.values()):
                assert process.poll() is None, self.outputs()
            assert time.monotonic() < until, self.outputs()
            time.sleep(0.5)

    def _ready(self) -> bool:
        apps = all(_status(f"{one}/ready") == 200 for one in self.apps)
        if not apps:
            return False
        key = bot_key(self.folder)
        return all(_status(one + READY, {"X-Luukku-Key": key}) == 200 for one in self.bots)

    def outputs(self) -> str:
        return "\n".join(
            f"{one.name}:\n{one.read_text()[-3000:]}" for one in self.folder.glob("*.out")
        )

    def kill_app(self, address: str) -> None:
        process = self.apps.pop(address)
        process.kill()
        process.wait()

    def kill_bot(self, address: str) -> None:
        """The bot and what keeps it alive: it does not come back."""
        keeper = self.bots.pop(address)
        bot = processes.child_named(keeper.pid, "bot.server")
        assert bot is not None
        keeper.kill()
        os.kill(bot, signal.SIGKILL)
        keeper.wait()

    def stop(self) -> None:
        for process in (*self.apps.values(), *self.bots.values()):
            process.terminate()
        for process in (*self.apps.values(), *self.bots.values()):
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()


def _status(url: str, headers: dict[str, str] | None = None) -> int:
    try:
        return httpx.get(url, headers=headers, timeout=10, trust_env=False).status_code
    except httpx.TransportError:
        return 0


@contextmanager
def running(folder: Path, database: str, redis: str) -> Iterator[Several]:
    several = Several(scratch_folder(folder), database, redis)
    with ExitStack() as stack:
        stack.callback(several.stop)
        several.start()
        several.wait()
        yield several
