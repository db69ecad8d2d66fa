"""A PostgreSQL and a Redis of the measurement's own, on this machine, as Debian installs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.run import LOOPBACK, free_port

POSTGRESQL = Path("/usr/lib/postgresql")
REDIS = "redis-server"
START_WITHIN = 20.0  # seconds


class NotInstalled(Exception):
    """A server is missing on this machine; the message names its package."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database on a new cluster, settings as they come."""
    found = sorted(POSTGRESQL.glob("*/bin/initdb"), key=lambda one: float(one.parent.parent.name))
    if not found:
        raise NotInstalled("PostgreSQL is missing: apt-get install postgresql")
    binaries = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="luukku-pg-"))  # short: a socket's path has 107 bytes
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    as_postgres(binaries / "initdb", "-D", data, "-U", "desk", "-A", "trust", "-E", "UTF8")
    options = f"-k {folder} -c listen_addresses= -c max_connections=300"
    as_postgres(binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    try:
        as_postgres(binaries / "createdb", "-h", folder, "-U", "desk", "luukku")
        yield f"postgresql+psycopg://desk@/luukku?host={folder}"
    finally:
        as_postgres(binaries / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def as_postgres(*command: str | Path) -> None:
    """PostgreSQL refuses to run as root; elsewhere one's own user will do."""
    given = [str(part) for part in command]
    if os.geteuid() == 0:
        given = ["runuser", "-u", "postgres", "--", *given]
    subprocess.run(given, check=True, capture_output=True, timeout=120, cwd="/")


@contextmanager
def redis() -> Iterator[str]:
    """The URL of an empty Redis that keeps nothing on disk."""
    program = shutil.which(REDIS)
    if program is None:
        raise NotInstalled("Redis is missing: apt-get install redis-server")
    port = free_port()
    options = ("--port", str(port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no")
    with subprocess.Popen(
        [program, *options], stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir()
    ) as process:
        try:
            _await_answer(port)
            yield f"redis://{LOOPBACK}:{port}/0"
        finally:
            process.terminate()


def _await_answer(port: int) -> None:
    from redis import Redis
    from redis.exceptions import ConnectionError as NotThere

    until = time.monotonic() + START_WITHIN
    with Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except NotThere:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return
