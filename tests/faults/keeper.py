"""Keeps `luukku run` alive as a service manager would: started again whenever it has ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from api.settings import PROJECT
from tests.e2e import processes
from tests.e2e.running_desk import environment, until

PAUSE = 1.0  # seconds between an end and the next start, as in deploy's unit
STOP_WITHIN = 20.0


@dataclass
class Keeper:
    """One desk that is always started again; `output` stands outside its disk, as a journal."""

    folder: Path
    port: int
    output: Path
    settings: dict[str, str]
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _held: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=5, trust_env=False))

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
        if self._thread is not None:
            self._thread.join(STOP_WITHIN)

    @property
    def app(self) -> int:
        """The process id of the app that lives."""

        def alive() -> int | None:
            process = self._process
            return process.pid if process is not None and process.poll() is None else None

        return until(alive, 30, "an app")

    @property
    def bot(self) -> int:
        """The process id of its bot."""
        return until(lambda: processes.child_named(self.app, "bot.server"), 120, "a bot")

    def kill(self) -> None:
        """`kill -9` of the app. Its bot sees that and goes too."""
        killed = self.app
        os.kill(killed, signal.SIGKILL)
        until(lambda: not processes.alive(killed), 10, "the app's end")

    @contextlib.contextmanager
    def held_down(self) -> Iterator[None]:
        """The app is dead, its bot too, and nothing is started while the block runs."""
        below = processes.children(self.app)
        self._held.set()
        try:
            self.kill()
            until(lambda: not any(map(processes.alive, below)), 10, "the bot's end")
            yield
        finally:
            self._held.clear()

    def status(self, path: str) -> int:
        """The HTTP status of a page; 0 while nobody listens or answers."""
        try:
            return self._http.get(f"http://127.0.0.1:{self.port}{path}").status_code
        except httpx.TransportError:
            return 0

    def ready_within(self, seconds: float) -> float:
        """Seconds until the desk and its bot answered, by themselves."""
        began = time.monotonic()
        try:
            until(lambda: self.status("/ready") == 200, seconds, "/ready")
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self._last_lines()}") from None
        return time.monotonic() - began

    def _last_lines(self) -> str:
        return "\n".join(self.output.read_text("utf-8", "replace").splitlines()[-20:])

    def _keep(self) -> None:
        while not self._ended.is_set():
            if not self._held.is_set():
                self._run_once()
            self._ended.wait(PAUSE)

    def _run_once(self) -> None:
        self.starts += 1
        with self.output.open("ab") as lines:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "run"],
                cwd=PROJECT,
                env=environment(self.folder, PORT=str(self.port), **self.settings),
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self._process.wait()
