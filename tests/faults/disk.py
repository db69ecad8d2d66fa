"""A disk of the test's own, to be filled and to be made read-only."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = b"\0" * 1_048_576


@dataclass(frozen=True)
class Disk:
    """A file system in memory at `folder`; only root may have one."""

    folder: Path

    @classmethod
    def mounted(cls, folder: Path, megabytes: int) -> Disk | None:
        """None where this user or this machine may not mount."""
        folder.mkdir(parents=True, exist_ok=True)
        size = f"size={megabytes}m"
        asked = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "luukku-faults", str(folder)],
            capture_output=True,
            check=False,
        )
        return cls(folder) if asked.returncode == 0 else None

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is left while the block runs."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(BLOCK)
            yield
        finally:
            ballast.unlink()

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing can be written while the block runs. Nobody may have a file open for writing."""
        self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")

    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def _remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True)
