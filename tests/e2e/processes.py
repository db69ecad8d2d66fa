"""Processes and their sockets, read from /proc."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"  # state of a listening socket in /proc/net/tcp


def children(pid: int) -> list[int]:
    """Every living process that this one started, directly or not."""
    parents = {one: _parent(one) for one in _living()}
    found, left = [], [pid]
    while left:
        above = left.pop()
        below = [one for one, parent in parents.items() if parent == above]
        found += below
        left += below
    return found


def child_named(pid: int, word: str) -> int | None:
    """The child whose command line holds the word."""
    return next((one for one in children(pid) if word in command_line(one)), None)


def command_line(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be collected does not."""
    return pid in _living()


def listens_on(pid: int) -> set[tuple[str, int]]:
    """Every (address, port) that the process takes connections on."""
    inodes = _socket_inodes(pid)
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == LISTEN and rest[5] in inodes:
                found.add(_address(local))
    return found


def _living() -> list[int]:
    return [int(one.name) for one in PROC.iterdir() if one.name.isdecimal() and _runs(one)]


def _runs(folder: Path) -> bool:
    try:
        return _after_name(folder)[0] not in "ZX"
    except OSError:
        return False


def _parent(pid: int) -> int:
    try:
        return int(_after_name(PROC / str(pid))[1])
    except OSError:
        return 0


def _after_name(folder: Path) -> list[str]:
    """The fields of `stat` behind the name, which may itself hold spaces: state, parent, …"""
    return (folder / "stat").read_text().rpartition(")")[2].split()


def _socket_inodes(pid: int) -> set[str]:
    targets = []
    for handle in (PROC / str(pid) / "fd").iterdir():
        try:
            targets.append(str(handle.readlink()))
        except FileNotFoundError:  # closed since it was listed
            continue
    return {one[8:-1] for one in targets if one.startswith("socket:[")}


def _address(written: str) -> tuple[str, int]:
    """ "0100007F:1F90" -> ("127.0.0.1", 8080): 32-bit words in the machine's byte order."""
    address, port = written.split(":")
    words = [address[at : at + 8] for at in range(0, len(address), 8)]
    packed = b"".join(struct.pack("=I", int(word, 16)) for word in words)
    return str(ipaddress.ip_address(packed)), int(port, 16)
