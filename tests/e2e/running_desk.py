"""A whole desk as its operator starts it: `luukku run`, with its real bot, on a scratch folder."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.settings import PROJECT, Settings
from tests.e2e import processes

# What takes minutes to make, and no test changes.
SHARED = ("models", "encoder", "vectors.db", "terms")
DOORS_WITHIN = 150.0  # seconds until messages are taken
BOT_WITHIN = 300.0  # seconds until the bot answers
STOP_WITHIN = 15.0

Answer = dict[str, Any]


def scratch_folder(folder: Path) -> Path:
    """A DATA_DIR of its own, with the project's model, encoder and vectors in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SHARED:
        (folder / name).symlink_to(PROJECT / "var" / name)
    return folder


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The surroundings of a desk on this folder; no setting of the developer's own shell."""
    own = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in own}
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):
        # Each start would compile every library anew, which takes longer than all else it does.
        kept["PYTHONPYCACHEPREFIX"] = str(PROJECT / "var" / "pycache")
    return {**kept, "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", **settings}


def bot_key(folder: Path) -> str:
    """The key that desk and bot share."""
    secret = (folder / "secret.key").read_bytes().strip()
    return hashlib.sha256(b"bot\0" + secret).hexdigest()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def until[T](found: Callable[[], T | None], within: float, what: str) -> T:
    """The first true value of `found`; fails after `within` seconds and says what was awaited."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {within:.0f} s")


@dataclass
class RunningDesk:
    """One `luukku run`."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    output: Path
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False
        )

    def send(
        self,
        text: str,
        conversation: str | None = None,
        message_id: str | None = None,
        **given: str,
    ) -> Answer:
        """The answer to one message; `given` are further fields of the public contract."""
        answer = self.post(text, conversation, message_id or uuid.uuid4().hex, **given)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        told: Answer = answer.json()
        return told

    def post(
        self, text: str, conversation: str | None, message_id: str, **given: str
    ) -> httpx.Response:
        """What the door says to one message, a refusal too."""
        body = {"conversation_id": conversation, "message_id": message_id, "text": text, **given}
        return self.http.post("/api/chat", json=body)

    def status(self, path: str) -> int:
        """The HTTP status of a page; 0 while nobody listens."""
        try:
            return self.http.get(path).status_code
        except httpx.TransportError:
            return 0

    def wait_for_doors(self) -> None:
        until(lambda: self._alive() and self.status("/health") == 200, DOORS_WITHIN, "/health")

    def wait_for_bot(self) -> None:
        until(lambda: self._alive() and self.status("/ready") == 200, BOT_WITHIN, "/ready")

    def _alive(self) -> bool:
        assert self.process.poll() is None, f"the desk ended:\n{self.output.read_text()}"
        return True

    def bot(self) -> int:
        """The process id of its bot."""
        return until(lambda: processes.child_named(self.process.pid, "bot.server"), 30, "a bot")

    def actions_url(self) -> str:
        """Where its bot sends the actions: the desk's second port."""
        own = {port for _, port in processes.listens_on(self.process.pid)}
        (port,) = own - {self.port}
        return f"http://127.0.0.1:{port}/webhook"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database holds, read as another process sees it: committed rows only."""
        with sqlite3.connect(f"file:{self.folder / 'luukku.db'}?mode=ro", uri=True) as database:
            return database.execute(query, values).fetchall()

    def stop(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(STOP_WITHIN)


def start(folder: Path, **settings: str) -> RunningDesk:
    """Starts a desk in its own process group and does not wait for anything."""
    port, output = free_port(), folder / "output"
    with output.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "run"],
            cwd=PROJECT,
            env=environment(folder, PORT=str(port), **settings),
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return RunningDesk(folder, port, process, output)
