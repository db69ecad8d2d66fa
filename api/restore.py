"""`luukku restore`: a backup in the place of the data, verified before anything is replaced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import make_url

from api import backup_manifest, desk_lock
from api.backup import MIGRATIONS
from api.backup_manifest import (
    DEMO_FILE,
    FILES,
    KEY_FILE,
    BackupRefused,
    Manifest,
    key_mark,
)
from api.desk_lock import RestoreUnfinished
from api.restore_postgresql import PostgresPlace
from api.restore_sqlite import SqlitePlace
from api.settings import Settings
from desk.file_store import to_disk

KEPT_FILES = (KEY_FILE, DEMO_FILE, FILES)
STAGED = ".restoring"

Say = Callable[[str], None]


class Place(Protocol):
    """Where a database goes, of either kind."""

    def occupied(self) -> str | None:
        """What stands there already, in words, or none."""

    def stage(self, folder: Path, manifest: Manifest) -> None:
        """The backup's database is verified and lies ready beside the old one.

        Where it raises, the old one is as it was, except for RestoreUnfinished.
        """

    def put_in_place(self, aside: str) -> str | None:
        """The new one takes the old one's place; the old one's new name, where there was one."""

    def forget(self) -> None:
        """What was staged and not put in place is gone."""


def restore(settings: Settings, folder: Path, say: Say, *, over: bool, now: datetime) -> None:
    """The desk's data are the backup's. Raises NotPrepared, and then nothing was replaced.

    With `over` what was there is moved aside; without it a place that holds data is refused.
    """
    manifest = backup_manifest.read(folder)
    say(f"checking {manifest.told()}")
    backup_manifest.check(folder, manifest)
    _refuse_unfit(settings, manifest)
    with desk_lock.alone(settings.data_dir):
        place = _place(settings)
        try:
            if not over:
                _refuse_occupied(settings, place)
            aside = f"replaced-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
            with _files_staged(settings.data_dir, folder, manifest):
                moved = _replaced(settings.data_dir, place, folder, manifest, aside)
        finally:
            place.forget()
    _tell(manifest, moved, say)


def _refuse_unfit(settings: Settings, manifest: Manifest) -> None:
    kind = make_url(settings.database).get_backend_name()
    if kind != manifest.database:
        raise BackupRefused(f"a backup of {manifest.database} does not go into {kind}")
    if manifest.migration not in {one.revision for one in MIGRATIONS.walk_revisions()}:
        raise BackupRefused(
            f"the backup is of a newer Luukku ({manifest.luukku}, migration {manifest.migration})"
        )
    if settings.secret_key is not None:
        if key_mark(settings.key) != manifest.key_mark:
            raise BackupRefused(
                "SECRET_KEY is another than the backup's: no secret of a ticket would fit"
            )
    elif KEY_FILE not in manifest.parts:
        raise BackupRefused("the key is not in the backup: set SECRET_KEY as it was then")


def _place(settings: Settings) -> Place:
    where = make_url(settings.database)
    if where.get_backend_name() == "sqlite":
        return SqlitePlace(Path(str(where.database)))
    return PostgresPlace(where)


def _refuse_occupied(settings: Settings, place: Place) -> None:
    files = settings.data_dir / FILES
    held = place.occupied()
    if held is None and files.is_dir() and any(files.iterdir()):
        held = str(files)
    if held is not None:
        raise BackupRefused(f"there are data already: {held}; --over moves them aside")


@contextmanager
def _files_staged(data_dir: Path, folder: Path, manifest: Manifest) -> Iterator[None]:
    """Key and attachments lie ready in the data folder during the block, on its own disk."""
    staged = [data_dir / f"{name}{STAGED}" for name in KEPT_FILES]
    _clear(staged)
    try:
        for name in manifest.parts:
            top = name.partition("/")[0]
            if top in KEPT_FILES:
                to = data_dir / name.replace(top, f"{top}{STAGED}", 1)
                to.parent.mkdir(mode=0o700, exist_ok=True)
                _copy_private(folder / name, to)
                if backup_manifest.part(to) != manifest.parts[name]:
                    raise BackupRefused(f"{name} could not be copied whole")
        yield
    finally:
        _clear(staged)


def _copy_private(source: Path, to: Path) -> None:
    to.touch(mode=0o600)
    shutil.copyfile(source, to)
    with to.open("rb") as file:
        os.fsync(file.fileno())


def _replaced(
    data_dir: Path, place: Place, folder: Path, manifest: Manifest, aside: str
) -> list[str]:
    """Everything changes place while a mark stands that keeps desks from opening half of it."""
    mark = data_dir / desk_lock.CUT_OFF
    mark.touch(mode=0o600)
    to_disk(data_dir)
    try:
        place.stage(folder, manifest)
    except RestoreUnfinished:
        raise
    except BaseException:
        mark.unlink()
        raise
    moved = [place.put_in_place(aside)]
    moved += [_swap_file(data_dir / name, aside) for name in KEPT_FILES]
    to_disk(data_dir)
    mark.unlink()
    return [one for one in moved if one is not None]


def _swap_file(path: Path, aside: str) -> str | None:
    staged, old = path.with_name(path.name + STAGED), path.with_name(f"{path.name}.{aside}")
    # Without SECRET_KEY in a file, the key stands in the settings, and an old file is not read.
    if path.name == KEY_FILE and not staged.exists():
        return None
    moved = path.exists()
    if moved:
        path.rename(old)
    if staged.exists():
        staged.rename(path)
    return str(old) if moved else None


def _clear(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _tell(manifest: Manifest, moved: list[str], say: Say) -> None:
    say(f"restored and verified: {manifest.told()}")
    if manifest.ledger_head:
        say(f"last hash of the ledger: {manifest.ledger_head}")
    if manifest.ledger_problem:
        say(f"as in the backup, {manifest.ledger_problem}")
    if manifest.files_gone:
        say(f"{len(manifest.files_gone)} files were not on the disk when the backup was made")
    for one in moved:
        say(f"what was here before is {one}; remove it when the desk works")
    say(
        "what was erased after the backup is back: run `luukku retain`, and `luukku erase` again "
        f"for each erasure since {manifest.made_at:%Y-%m-%d %H:%M} UTC (docs/privacy.md)"
    )
