"""`luukku backup`: database, files and key in one folder that can prove that it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic.script import ScriptDirectory

from api import backup_database
from api.backup_manifest import (
    DEMO_FILE,
    FILES,
    KEY_FILE,
    MANIFEST,
    NAME,
    BackupRefused,
    Manifest,
    files_in,
    is_own,
    key_mark,
    part,
)
from api.settings import PROJECT, Settings
from desk.file_store import to_disk

UNFINISHED = ".unfinished-"
LEFT_BEHIND = timedelta(days=1)  # an unfinished backup this old is of a process that died
MIGRATIONS = ScriptDirectory(str(PROJECT / "migrations"))

Say = Callable[[str], None]


def back_up(settings: Settings, folder: Path, say: Say, *, now: datetime) -> Path:
    """A whole new backup stands in the folder under the time of its making; a desk may run.

    It gets its name when all of it is on the disk. Raises BackupRefused.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder / f"luukku-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if made.exists():
        raise BackupRefused(f"{made} is there already")
    unfinished = folder / f"{UNFINISHED}{made.name}"
    unfinished.mkdir(mode=0o700)
    try:
        manifest = _filled(settings, unfinished, now)
        _all_to_disk(unfinished)
        unfinished.rename(made)
        to_disk(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    say(f"{made}: {manifest.told()}")
    _tell_of_faults(manifest, say)
    return made


def head() -> str:
    """The newest migration that this release knows."""
    return str(MIGRATIONS.get_current_head())


def prune(folder: Path, *, older_than: timedelta, now: datetime, say: Say) -> list[Path]:
    """The backups removed for their age: of the desk's own making in this folder, nothing else."""
    removed = []
    for one in sorted(folder.iterdir()):
        made_at = _made_at(one)
        if made_at is None:
            continue
        limit = LEFT_BEHIND if one.name.startswith(UNFINISHED) else older_than
        if now - made_at > limit and _remove(one, say):
            removed.append(one)
    return removed


def _filled(settings: Settings, folder: Path, now: datetime) -> Manifest:
    # The database first: each file that it names was on the disk before its row.
    seen = backup_database.copied(settings.database, folder, head=head())
    gone = _copy_files(settings.data_dir / FILES, folder / FILES, seen.attachments)
    _copy_keys(settings, folder)
    manifest = Manifest.model_validate(
        {
            "made_at": now,
            "database": seen.kind,
            "database_version": seen.version,
            "migration": seen.migration,
            "counts": seen.counts,
            "ledger_head": seen.ledger_head,
            "ledger_problem": seen.ledger_problem,
            "key_mark": key_mark(settings.key),
            "files_gone": gone,
            "parts": {name: part(folder / name) for name in files_in(folder)},
        }
    )
    _write(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())
    return manifest


def _copy_files(source: Path, to: Path, keys: frozenset[str]) -> list[str]:
    """The keys whose file is not there: it was erased since, or is lost."""
    gone = []
    if keys:
        to.mkdir(mode=0o700)
    for key in sorted(keys):
        try:
            _copy(source / key, to / key)
        except FileNotFoundError:
            (to / key).unlink(missing_ok=True)
            gone.append(key)
    return gone


def _copy_keys(settings: Settings, folder: Path) -> None:
    if settings.secret_key is None:
        if not (settings.data_dir / KEY_FILE).is_file():  # reading it would make another
            raise BackupRefused(f"there is no {KEY_FILE} in {settings.data_dir}, and no SECRET_KEY")
        _write(folder / KEY_FILE, settings.key)
    if (settings.data_dir / DEMO_FILE).is_file():
        _copy(settings.data_dir / DEMO_FILE, folder / DEMO_FILE)


def _copy(source: Path, to: Path) -> None:
    with source.open("rb") as read:
        to.touch(mode=0o600)
        with to.open("wb") as written:
            shutil.copyfileobj(read, written, 1 << 20)


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _all_to_disk(folder: Path) -> None:
    for name in files_in(folder):
        to_disk(folder / name)
    to_disk(folder)


def _tell_of_faults(manifest: Manifest, say: Say) -> None:
    if manifest.files_gone:
        say(f"{len(manifest.files_gone)} files that rows name are not on the disk")
    if manifest.ledger_problem:
        say(f"the backup is whole, but {manifest.ledger_problem}")
    if KEY_FILE not in manifest.parts:
        say("SECRET_KEY is not in the backup: keep it with the settings, a restore needs it")


def _made_at(path: Path) -> datetime | None:
    """When this backup was made, by its name; none where the path is no backup of ours."""
    name = path.name.removeprefix(UNFINISHED)
    if not NAME.fullmatch(name) or path.is_symlink() or not path.is_dir():
        return None
    finished = path.name == name
    if finished and not (path / MANIFEST).is_file():
        return None
    try:
        return datetime.strptime(name, "luukku-%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _remove(folder: Path, say: Say) -> bool:
    strange = [name for name in files_in(folder) if not is_own(name)]
    if strange:
        say(f"{folder} stays: {strange[0]} in it is not of a backup")
        return False
    shutil.rmtree(folder)
    return True
