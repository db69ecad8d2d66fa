"""What a load tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

type Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not be loaded: where it stands, its id as given, and why."""

    file: Path
    id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.id}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Counts:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
        )

    @property
    def touched(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        return (
            f"{self.added} added, {self.changed} changed, "
            f"{self.unchanged} unchanged, {self.removed} removed"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one load; `revision` is the catalogue's number after it."""

    read: int
    counts: Counts
    revision: int
    bad: tuple[BadRecord, ...] = field(default=())

    @property
    def added(self) -> int:
        return self.counts.added

    @property
    def changed(self) -> int:
        return self.counts.changed

    @property
    def unchanged(self) -> int:
        return self.counts.unchanged

    @property
    def removed(self) -> int:
        return self.counts.removed

    @property
    def complete(self) -> bool:
        """Every record that was read is in the catalogue."""
        return not self.bad

    def __str__(self) -> str:
        return f"{self.read} read, {self.counts}, {len(self.bad)} bad, revision {self.revision}"
