"""Where the bytes of files lie: a folder that nothing serves, under names that tell nothing."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from desk import file_kinds
from desk.errors import FileRefused, FileUnknown

KEY = re.compile(r"[0-9a-f]{64}")
CHUNK = 1 << 16
LEFT_FREE = 500_000_000  # bytes of the disk that strangers' files never take
# A file that no row names is one whose transaction is still open, or whose process died.
ORPHAN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Kept:
    """A file at rest, which no row names yet."""

    key: str
    media_type: str
    suffix: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class FileStore:
    """Files under random keys, readable by the desk alone. The folder is made when needed."""

    folder: Path
    left_free: int = LEFT_FREE

    def take(self, source: IO[bytes], *, most_bytes: int) -> Kept:
        """The file, by its content one of those that can be opened safely, is at rest.

        It is whole on the disk before it has its name. Raises FileRefused.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < self.left_free:
            raise FileRefused("full")
        with self._unfinished() as path:
            _copy(source, path, most_bytes)
            kind = file_kinds.settle(path)
            path.chmod(0o600)
            key = secrets.token_hex(32)
            kept = Kept(key, kind.media_type, kind.suffix, path.stat().st_size, _sha256(path))
            to_disk(path)
            os.rename(path, self.path(key))
            to_disk(self.folder)
            return kept

    def path(self, key: str) -> Path:
        """Where the file of this key lies, or would."""
        if not KEY.fullmatch(key):
            raise FileUnknown(key)
        return self.folder / key

    def remove(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def sweep(self, named: Set[str], *, now: datetime) -> int:
        """How many files were removed that no row names: left by a process that died. `named` are
        the keys of all rows, read before."""
        if not self.folder.exists():
            return 0
        before = (now - ORPHAN_AFTER).timestamp()
        swept = 0
        for entry in list(os.scandir(self.folder)):
            with suppress(FileNotFoundError):
                if entry.name not in named and entry.stat().st_mtime < before:
                    os.unlink(entry.path)
                    swept += 1
        return swept

    @contextmanager
    def _unfinished(self) -> Iterator[Path]:
        """A file of mode 0600 under a name of its own, gone after the block if still there."""
        handle, name = tempfile.mkstemp(prefix="unfinished-", dir=self.folder)
        os.close(handle)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def _copy(source: IO[bytes], path: Path, most_bytes: int) -> None:
    taken = 0
    with path.open("wb") as file:
        while chunk := source.read(CHUNK):
            taken += len(chunk)
            if taken > most_bytes:
                raise FileRefused("size", most_bytes)
            file.write(chunk)
    if not taken:
        raise FileRefused("empty")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_disk(path: Path) -> None:
    """The file, or the folder's list of names, is on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
