"""A real bot process, and a real HTTP server in the place of the actions."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

KEY = 'a key: for #tests, with "marks" that YAML would read'
START_LIMIT = 180  # seconds; Rasa's imports take most of it
REPLY = "Sain viestisi."


@dataclass
class Call:
    """One call of an action, as it came."""

    action: str
    key: str | None
    body: dict[str, Any]


@dataclass
class ActionServer:
    """A real HTTP server in the actions' place."""

    url: str
    calls: list[Call] = field(default_factory=list)

    def taken(self) -> list[Call]:
        calls, self.calls = self.calls, []
        return calls


@dataclass
class Bot:
    """A running bot.server."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    home: Path
    seconds_to_ready: float

    def ask(
        self, path: str, body: Any = None, key: str | None = KEY, raw: bytes | None = None
    ) -> tuple[int, Any]:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({"X-Luukku-Key": key} if key else {})
        request = urllib.request.Request(self.url + path, data, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, _read(refused.read())

    def turn(self, text: str, sender: str = "one", language: str = "fi") -> dict[str, Any]:
        metadata = {"turn_id": 7, "language": language}
        status, answer = self.ask(
            "/webhooks/luukku/turn", {"sender": sender, "text": text, "metadata": metadata}
        )
        assert status == 200
        return dict(answer)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def start_bot(model: Path, actions_url: str, folder: Path) -> Bot:
    port, log, began = free_port(), folder / "log", time.monotonic()
    home = folder / "users-home"
    home.mkdir()
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "bot.server", "--model", str(model)),
                *("--port", str(port), "--actions-url", actions_url),
                *("--home", str(folder / "scratch")),
            ],
            cwd=ROOT,
            env={**os.environ, "LUUKKU_BOT_KEY": KEY, "HOME": str(home)},
            stdout=lines,
            stderr=subprocess.STDOUT,
        )
    started = Bot(process, f"http://127.0.0.1:{port}", log, home, 0.0)
    _wait_until_ready(started)
    started.seconds_to_ready = time.monotonic() - began
    return started


def _wait_until_ready(bot: Bot) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        assert bot.process.poll() is None, bot.log.read_text()
        try:
            if bot.ask("/webhooks/luukku/ready")[0] == 200:
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    pytest.fail(f"The bot was not ready in {START_LIMIT} s: {bot.log.read_text()}")
