"""A disk of the test's own, to be filled and to be made read-only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = b"\0" * 1_048_576
LETS_GO_WITHIN = 60.0  # seconds


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
        """Nothing can be written while the block runs. Whoever has a file open for writing, as
        a bot whose app was just killed, has some seconds to let go of it."""
        deadline = time.monotonic() + LETS_GO_WITHIN
        while not self._remount("ro"):
            assert time.monotonic() < deadline, f"files are open still: {self._open_files()}"
            time.sleep(0.2)
        try:
            yield
        finally:
            assert self._remount("rw")

    def _open_files(self) -> list[str]:
        """Process, mode and file of all that is open here, removed files too."""
        found = []
        for fd in Path("/proc").glob("[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                if str(fd.readlink()).startswith(str(self.folder)):
                    command = (fd.parent.parent / "cmdline").read_text().replace("\0", " ")
                    found.append(f"{command[:80]}: {fd.lstat().st_mode & 0o300:o} {fd.readlink()}")
        return found

    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def _remount(self, how: str) -> bool:
        mount = ["mount", "-o", f"remount,{how}", str(self.folder)]
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
