"""The machine that a figure was measured on, in words."""

from __future__ import annotations

import os
import platform
import resource
from datetime import date
from pathlib import Path

MEGA = 1e6
CPUINFO = Path("/proc/cpuinfo")
STAT = Path("/proc/stat")
IDLE = slice(3, 5)  # of the first line of /proc/stat: idle, and waiting for a disk


def today_here() -> str:
    """The day and the machine, as a report tells them: "2026-11-22, 2 cores, x86_64 (…)"."""
    cores = os.cpu_count()
    return f"{date.today()}, {cores} cores, {platform.machine()} ({_processor()})"


def _processor() -> str:
    lines = CPUINFO.read_text("utf-8").splitlines() if CPUINFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unnamed")


def resident_mb() -> float:
    """Megabytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGA


def peak_mb() -> float:
    """The most that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA


def busy_seconds() -> float:
    """Processor time that everybody on the machine has used, all cores, since it started."""
    ticks = [int(one) for one in STAT.read_text("utf-8").splitlines()[0].split()[1:9]]
    return (sum(ticks) - sum(ticks[IDLE])) / os.sysconf("SC_CLK_TCK")
