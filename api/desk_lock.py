"""Who may touch the data folder: many running desks at once, or one restore alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.prepare import NotPrepared

LOCK = "desk.lock"
CUT_OFF = "restore-cut-off"  # stands while a restore puts its files in place


class RestoreUnfinished(NotPrepared):
    """A restore was cut off while it replaced the data: nothing opens until it is done again."""

    def __init__(self, into: str) -> None:
        super().__init__(f"a restore into {into} was cut off; run `luukku restore … --over` again")


class DeskRuns(NotPrepared):
    """A desk runs over this data; it must be stopped first."""


@contextmanager
def running(data_dir: Path) -> Iterator[None]:
    """No restore begins while the block runs. Raises NotPrepared while one goes on."""
    with _held(data_dir, fcntl.LOCK_SH, NotPrepared(f"a restore into {data_dir} goes on")):
        if (data_dir / CUT_OFF).exists():
            raise RestoreUnfinished(str(data_dir))
        yield


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """No desk opens on this machine while the block runs. Raises DeskRuns where one is open."""
    refusal = DeskRuns(f"a desk runs over {data_dir}: stop it first")
    with _held(data_dir, fcntl.LOCK_EX, refusal):
        yield


@contextmanager
def _held(data_dir: Path, how: int, refusal: NotPrepared) -> Iterator[None]:
    # The kernel lets the lock go with the process, however it ends: no stale one is left.
    data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield
    finally:
        os.close(handle)
