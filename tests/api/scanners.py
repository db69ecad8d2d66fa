"""Virus scanners to test with: a small one that speaks clamd's protocol, and ClamAV's own."""

from __future__ import annotations

import io
import shutil
import socketserver
import struct
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.clamd import Scanner, ScannerAway
from tests.api.conftest import free_port

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
# The harmless text that every scanner knows, in two parts, so that none finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class SmallScanner:
    """Answers as clamd does, on a port of its own: what holds `bad` is infected."""

    bad: bytes = EICAR
    port: int = field(default_factory=free_port)
    scanned: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        scanner = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                assert self.rfile.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack(">I", self.rfile.read(4))[0]:
                    content += self.rfile.read(size)
                scanner.scanned.append(content)
                found = b"Test-Signature FOUND" if scanner.bad in content else b"OK"
                self.wfile.write(b"stream: " + found + b"\0")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

        with Server(("127.0.0.1", self.port), Session) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


@contextmanager
def clamav(folder: Path) -> Iterator[str]:
    """The address of ClamAV's real daemon, which knows one signature: the harmless text's."""
    if CLAMD is None:
        warnings.warn("NO CLAMAV HERE: the real scanner was not tried", stacklevel=2)
        pytest.skip("no clamd on this machine: install the package clamav-daemon")
    database, port = folder / "signatures", free_port()
    database.mkdir()
    (database / "test.ndb").write_text(f"Test-Signature:0:*:{EICAR.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(
        f"DatabaseDirectory {database}\nTCPAddr 127.0.0.1\nTCPSocket {port}\n"
        f"Foreground yes\nLogFile {folder / 'clamd.log'}\nOfficialDatabaseOnly no\n"
    )
    daemon = subprocess.Popen([CLAMD, "-c", str(config)], stdout=subprocess.DEVNULL)
    try:
        _wait(f"127.0.0.1:{port}", daemon)
        yield f"127.0.0.1:{port}"
    finally:
        daemon.terminate()
        daemon.wait(20)


def _wait(address: str, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert daemon.poll() is None, "clamd did not start"
        try:
            Scanner(address).scan(io.BytesIO(b"x"))
        except ScannerAway:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("clamd does not answer")
