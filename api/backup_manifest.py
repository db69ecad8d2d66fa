"""What a backup says of itself, and whether its files are still as they were written."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from api.prepare import NotPrepared
from desk.file_store import KEY

MANIFEST = "manifest.json"
SQLITE_FILE, POSTGRES_FILE = "luukku.db", "luukku.dump"
KEY_FILE, DEMO_FILE = "secret.key", "demo-password"
FILES = "attachments"
OWN = frozenset({MANIFEST, SQLITE_FILE, POSTGRES_FILE, KEY_FILE, DEMO_FILE})
NAME = re.compile(r"luukku-\d{8}T\d{6}Z")
KEPT = ("conversation", "turn", "message", "ticket", "ledger_entry", "attachment", "service")


class BackupRefused(NotPrepared):
    """The backup cannot be made or trusted; the message says why, and nothing was replaced."""


class Part(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int  # bytes
    sha256: str


class Manifest(BaseModel):
    """Everything that a restore compares before it replaces anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made_by: Literal["luukku backup"] = "luukku backup"
    form: Literal[1] = 1
    made_at: datetime
    luukku: str = version("luukku")
    database: Literal["sqlite", "postgresql"]
    database_version: str
    migration: str
    counts: dict[str, int]  # rows of each table
    ledger_head: str | None  # none where the tables are older than this release
    ledger_problem: str | None
    key_mark: str  # tells the key again without telling it
    files_gone: list[str]  # attachments that a row names and that were not on the disk
    parts: dict[str, Part]

    def told(self) -> str:
        kept = ", ".join(f"{self.counts.get(table, 0)} {table}" for table in KEPT)
        return f"{self.made_at:%Y-%m-%d %H:%M:%S} UTC, {self.database}, {kept}"


def key_mark(key: bytes) -> str:
    """The same for the same key; the key, 32 characters or more of chance, cannot be told back."""
    return hashlib.sha256(b"luukku backup\0" + key).hexdigest()[:32]


def part(path: Path) -> Part:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Part(size=path.stat().st_size, sha256=digest)


def is_own(name: str) -> bool:
    """Whether a backup holds files of this name; no other path is ever read, copied or removed."""
    folder, _, file = name.rpartition("/")
    return name in OWN or (folder == FILES and KEY.fullmatch(file) is not None)


def files_in(folder: Path) -> list[str]:
    """Every name below the folder, relative to it; a link is a name like another."""
    found = []
    for above, folders, files in os.walk(folder):
        links = [one for one in folders if (Path(above) / one).is_symlink()]
        found += [(Path(above) / one).relative_to(folder).as_posix() for one in files + links]
    return sorted(found)


def read(folder: Path) -> Manifest:
    """What the backup says of itself. Raises BackupRefused."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BackupRefused(_not_one(folder))
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        faults = error.error_count()
        raise BackupRefused(f"{path} is no backup's manifest: {faults} faults") from None
    if strange := [name for name in manifest.parts if not is_own(name)]:
        raise BackupRefused(f"{path} names files that no backup has: {strange[0]!r}")
    return manifest


def check(folder: Path, manifest: Manifest) -> None:
    """Every file is there and as it was written, and no other is. Raises BackupRefused."""
    there = {name for name in files_in(folder) if name != MANIFEST}
    if missing := sorted(manifest.parts.keys() - there):
        raise BackupRefused(f"{missing[0]} is missing in {folder}")
    if strange := sorted(there - manifest.parts.keys()):
        raise BackupRefused(f"{strange[0]} is in {folder} and not in its manifest")
    for name, told in manifest.parts.items():
        if (folder / name).is_symlink() or part(folder / name) != told:
            raise BackupRefused(f"{name} is not as it was written: the backup is damaged")


def _not_one(folder: Path) -> str:
    inside = sorted(one.name for one in folder.glob("luukku-*") if NAME.fullmatch(one.name))
    if inside:
        return f"{folder} holds backups and is none: name one, the newest is {folder / inside[-1]}"
    return f"no backup in {folder}: there is no {MANIFEST}"
