"""One trained model and one running bot for all tests; they run in the bot's own environment."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the bot's environment installs no project

from running_bot import REPLY, ActionServer, Bot, Call, start_bot  # noqa: E402

# The app's environment has no Rasa.
collect_ignore_glob = [] if importlib.util.find_spec("rasa") else ["test_*.py"]

# Seconds. The first test of a run waits for the training and for Rasa's imports.
LIMIT = 1200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(LIMIT))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of trained models: BOT_MODEL where it is set, so that runs can share one."""
    return Path(os.environ.get("BOT_MODEL") or tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def model(models: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "bot.train", "--out", str(models)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def actions() -> Iterator[ActionServer]:
    recorded = ActionServer(url="")

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            recorded.calls.append(Call(body["next_action"], self.headers["X-Luukku-Key"], body))
            answer = json.dumps({"events": [], "responses": [{"text": REPLY}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    recorded.url = f"http://127.0.0.1:{server.server_port}/webhook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield recorded
    server.shutdown()


@pytest.fixture(scope="session")
def bot(
    model: Path, actions: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("bot")
    started = start_bot(model, actions.url, folder)
    yield started
    started.process.send_signal(signal.SIGTERM)
    started.process.wait(timeout=10)
