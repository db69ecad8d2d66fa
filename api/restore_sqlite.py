"""A SQLite file put in another's place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from api.backup_database import migrated_problem, rows_by_table
from api.backup_manifest import SQLITE_FILE, BackupRefused, Manifest
from api.database import Database, sqlite_url

BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file, and would read with it


class SqlitePlace:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._staged = path.with_name(f"{path.name}.restoring")

    def occupied(self) -> str | None:
        return str(self._path) if self._path.exists() else None

    def stage(self, folder: Path, manifest: Manifest) -> None:
        self.forget()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._staged.touch(mode=0o600)
        shutil.copyfile(folder / SQLITE_FILE, self._staged)
        self._refuse_unsound(manifest)
        self._refuse_unproven(manifest)
        # Without a log beside it, the file alone is the database and can be renamed.
        with closing(sqlite3.connect(self._staged)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
        with self._staged.open("rb") as file:
            os.fsync(file.fileno())

    def put_in_place(self, aside: str) -> str | None:
        old = self._path.with_name(f"{self._path.name}.{aside}")
        moved = self._path.exists()
        if moved:
            self._path.rename(old)
        for ending in BESIDE:
            beside = Path(f"{self._path}{ending}")
            if beside.exists():
                beside.rename(f"{old}{ending}")
        self._staged.rename(self._path)
        return str(old) if moved else None

    def forget(self) -> None:
        for ending in ("", *BESIDE):
            Path(f"{self._staged}{ending}").unlink(missing_ok=True)

    def _refuse_unsound(self, manifest: Manifest) -> None:
        with closing(sqlite3.connect(self._staged)) as copy:
            if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise BackupRefused(f"the backup's database is damaged: {found}")
            if astray := copy.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupRefused(f"the backup's database is not whole: {astray[0]}")
        engine = create_engine(sqlite_url(self._staged))
        with engine.connect() as connection:
            if rows_by_table(connection) != manifest.counts:
                raise BackupRefused("the backup's rows are others than its manifest counts")
        engine.dispose()

    def _refuse_unproven(self, manifest: Manifest) -> None:
        database = Database(sqlite_url(self._staged))
        try:
            problem = migrated_problem(database)
        finally:
            database.dispose()
        if problem != manifest.ledger_problem:
            raise BackupRefused(problem or "the ledger is another than the manifest says")
