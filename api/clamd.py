"""The search for viruses: a file's bytes go to ClamAV's daemon, and its verdict comes back."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import IO, Literal

CHUNK = 1 << 16
SECONDS = 30.0  # the daemon's own limit for a large file is of this order
LONGEST_REPLY = 4096  # bytes

Verdict = Literal["passed", "infected"]


class ScannerAway(Exception):
    """The scanner gave no verdict: it is not there, is busy, or could not read the file."""


@dataclass(frozen=True)
class Scanner:
    """ClamAV at this address, by its protocol's INSTREAM (`man clamd`)."""

    address: str  # host:port, or the path of a socket
    seconds: float = SECONDS

    def scan(self, source: IO[bytes]) -> Verdict:
        """Raises ScannerAway."""
        try:
            with self._connected() as connection:
                _send(connection, source)
                reply = _reply(connection)
        except OSError as error:
            raise ScannerAway(type(error).__name__) from error
        # "stream: OK", "stream: Eicar-Signature FOUND", "INSTREAM size limit exceeded. ERROR"
        if reply.endswith(" OK"):
            return "passed"
        if reply.endswith(" FOUND"):
            return "infected"
        raise ScannerAway(reply[:80])

    def _connected(self) -> socket.socket:
        if self.address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self.seconds)
            try:
                connection.connect(self.address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=self.seconds)


def _send(connection: socket.socket, source: IO[bytes]) -> None:
    connection.sendall(b"zINSTREAM\0")
    while chunk := source.read(CHUNK):
        connection.sendall(struct.pack(">I", len(chunk)) + chunk)
    connection.sendall(struct.pack(">I", 0))


def _reply(connection: socket.socket) -> str:
    """What stands before the null that ends a reply; all of it where the daemon closes first."""
    said = b""
    while b"\0" not in said and len(said) < LONGEST_REPLY:
        more = connection.recv(1024)
        if not more:
            break
        said += more
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()
