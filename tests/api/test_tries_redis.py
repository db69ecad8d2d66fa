"""Several processes count together in a real Redis, and none is stopped by its going away."""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from redis import Redis, RedisError

from api import tries
from api.app import create_app
from api.doors import Doors
from api.settings import PROJECT, Settings
from api.tries import Counts, Tries
from desk.secrets import Keys
from tests.api.conftest import free_port

SERVER = shutil.which("redis-server")
PASSWORD = "salainen-Redis-1"
WHO = "198.51.100.7"


@dataclass
class Server:
    """A redis-server of this test's own, with a password."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert SERVER is not None
        settings = f"--port {self.port} --bind 127.0.0.1 --save --appendonly no"
        command = [SERVER, *settings.split(), "--requirepass", PASSWORD, "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                Redis.from_url(self.url).ping()
            except RedisError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if SERVER is None:
        warnings.warn("NO REDIS HERE: counting together was not tested", stacklevel=1)
        pytest.skip("no redis-server")
    server = Server(tmp_path, free_port())
    server.start()
    yield server
    server.kill()


def counts_over(url: str) -> Counts:
    return Counts(Keys(b"k" * 32), lambda: datetime.now(UTC), url)


def test_two_processes_share_one_count_and_redis_holds_no_address(server: Server) -> None:
    command = [sys.executable, "-m", "tests.api.counting_process", server.url, "5"]
    pair = [
        subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    waits = []
    for number in range(8):
        one = pair[number % 2]
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdin.write(f"{WHO}\n")
        one.stdin.flush()
        waits.append(int(one.stdout.readline()))
    for one in pair:
        one.communicate(timeout=20)
    assert waits[:5] == [0] * 5
    assert all(0 < wait <= 60 for wait in waits[5:])
    redis = Redis.from_url(server.url)
    (key,) = redis.keys("*")
    assert WHO.encode() not in key
    assert 0 < redis.ttl(key) <= 60


def test_a_try_is_taken_back_and_forgotten_there_too(server: Server) -> None:
    one = Tries(counts_over(server.url), "code", 2)
    for _ in range(5):
        assert one.take(WHO) == 0
        one.take_back(WHO)
    assert one.take(WHO) == one.take(WHO) == 0
    assert 58 <= one.take(WHO) <= 60
    assert one.wait(WHO) > 0
    one.forget(WHO)
    assert one.wait(WHO) == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_while_redis_is_away_each_process_counts_its_own_and_says_so_once(
    server: Server,
    how: signal.Signals,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tries, "REDIS_AGAIN", 0.5)
    ours = Tries(counts_over(server.url), "request", 3)
    assert ours.take(WHO) == 0
    assert server.process is not None
    server.process.send_signal(how)
    if how is signal.SIGKILL:
        server.process.wait(10)
    with caplog.at_level(logging.WARNING, "luukku.tries"):
        began = time.monotonic()
        assert [ours.take(WHO) for _ in range(3)] == [0, 0, 0], "nobody is shut out"
        assert ours.take(WHO) > 0, "and a flood is stopped all the same"
        assert time.monotonic() - began < 3
        assert [one.levelname for one in caplog.records] == ["ERROR"]
        assert PASSWORD not in caplog.text
        time.sleep(0.6)
        if how is signal.SIGKILL:
            server.start()
        else:
            server.process.send_signal(signal.SIGCONT)
        assert ours.take(WHO) == 0, "it counts together again"
        assert [one.levelname for one in caplog.records] == ["ERROR", "WARNING"]


def test_two_desks_on_one_redis_count_together_and_go_on_when_it_is_killed(
    server: Server, open_doors: Doors
) -> None:
    settings = {"redis_url": SecretStr(server.url), "limit_address_per_minute": 4}
    shared = open_doors.settings.model_copy(update=settings)
    pair = [
        TestClient(create_app(replace(open_doors, settings=shared)), client=(WHO, 5000))
        for _ in range(2)
    ]
    path = "/api/services?q=passi"
    assert [pair[number % 2].get(path).status_code for number in range(5)] == [200] * 4 + [429]
    server.kill()
    got = [pair[number % 2].get(path).status_code for number in range(10)]
    assert got == [200] * 8 + [429] * 2


def test_a_redis_that_refuses_the_log_in_shuts_nobody_out(server: Server) -> None:
    wrong = Tries(counts_over(server.url.replace(PASSWORD, "vaara")), "request", 1)
    assert wrong.take(WHO) == 0
    assert wrong.take(WHO) > 0


@pytest.mark.parametrize("url", [f"http://:{PASSWORD}@h", f"redis://:{PASSWORD}@h:port/x"])
def test_a_wrong_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings(redis_url=SecretStr(url))
    assert all(PASSWORD not in one["msg"] for one in wrong.value.errors())
    assert PASSWORD not in repr(Settings(redis_url=SecretStr(f"redis://:{PASSWORD}@h")))
