"""A side's processes: started, waited for, weighed, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import httpx

from api.settings import PROJECT
from eval.latency.doors import Message, NoReply
from eval.latency.sides import Command, Side

START_WITHIN = 300.0  # seconds until the first message is answered
STOP_WITHIN = 15.0
BETWEEN_TRIES = 0.1  # seconds
OPEN_FOR = 30.0  # seconds
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
MEGABYTE = 1_000_000
PROC = Path("/proc")
IDLE = slice(3, 5)  # of the first line of /proc/stat: idle, and waiting for a disk


class NeverAnswered(Exception):
    """A side ended or stayed silent; the message holds the end of its log."""


@dataclass(frozen=True)
class Started:
    """A side whose processes run."""

    side: Side
    began: float
    processes: tuple[subprocess.Popen[bytes], ...]

    def first_answer(self, opened: Callable[[], Message]) -> float:
        """Seconds from the start to the first answer, which closes the turn of its message.

        The app takes over a turn that waits for long: then another one is tried.
        """
        door, message, renewed = self.side.doors[0], opened(), time.perf_counter()
        with door.client() as http:
            while time.perf_counter() - self.began < START_WITHIN:
                self._fail_if_ended()
                if time.perf_counter() - renewed > OPEN_FOR:
                    message, renewed = opened(), time.perf_counter()
                with contextlib.suppress(NoReply, httpx.TransportError):
                    door.ask(http, replace(message, sender=token_hex(12)))
                    return time.perf_counter() - self.began
                time.sleep(BETWEEN_TRIES)
        raise NeverAnswered(f"{self.side.name}: silent for {START_WITHIN:.0f} s\n{self._logs()}")

    def members(self) -> list[int]:
        """Every process of the side, the bot before what carries out its actions."""
        found = []
        for process in self.processes:
            found += [*reversed(_descendants(process.pid)), process.pid]
        return found

    def resident(self) -> list[int]:
        """Megabytes in memory, of each of its members."""
        return [_resident(pid) // MEGABYTE for pid in self.members()]

    def processor(self) -> list[float]:
        """Seconds of processor time spent so far, by each of its members."""
        return [_processor(pid) for pid in self.members()]

    def _fail_if_ended(self) -> None:
        if any(process.poll() is not None for process in self.processes):
            raise NeverAnswered(f"{self.side.name}: a process ended\n{self._logs()}")

    def _logs(self) -> str:
        logs = [_log(self.side, command) for command in self.side.commands]
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in logs)


@contextlib.contextmanager
def started(side: Side, surroundings: dict[str, str]) -> Iterator[Started]:
    """The side's processes, all started at once; none is left when the block ends."""
    began = time.perf_counter()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in side.commands:
            processes.append(_start(side, command, surroundings))
        yield Started(side, began, tuple(processes))
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            _await_end(process)


def _start(side: Side, command: Command, surroundings: dict[str, str]) -> subprocess.Popen[bytes]:
    with _log(side, command).open("ab") as output:
        return subprocess.Popen(
            command.arguments,
            cwd=PROJECT,
            env={**surroundings, **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )


def _await_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _log(side: Side, command: Command) -> Path:
    return side.folder / f"{command.name}.log"


def _descendants(pid: int) -> list[int]:
    below = []
    for task in (PROC / str(pid) / "task").iterdir():
        below += [int(one) for one in (task / "children").read_text().split()]
    return below + [deeper for one in below for deeper in _descendants(one)]


def _resident(pid: int) -> int:
    """Bytes; the second field of `statm` counts pages."""
    return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE


def _processor(pid: int) -> float:
    """Seconds in user and in kernel mode; the fields behind the name, which may hold spaces."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def machine() -> tuple[float, float]:
    """Seconds of processor time since the machine's start: spent, and in all."""
    fields = (PROC / "stat").read_text().splitlines()[0].split()[1:9]
    ticks = [int(field) for field in fields]
    return (sum(ticks) - sum(ticks[IDLE])) * TICK, sum(ticks) * TICK
