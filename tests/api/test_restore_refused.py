"""A backup that is not what it was, or a desk that still runs: refused, and nothing is replaced."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text, update

from api import backup_manifest, cli, desk_lock, restore_postgresql, restore_sqlite
from api.backup_manifest import BackupRefused, Manifest
from api.desk_lock import DeskRuns, RestoreUnfinished
from api.settings import Settings
from desk.records import LedgerEntry
from tests.api.keeping_house import (
    KeptHouse,
    Mine,
    a_file,
    a_matter,
    kept,
    postgresql_kept,
    sqlite_kept,
)

__all__ = ["kept", "postgresql_kept", "sqlite_kept"]  # fixtures


@pytest.fixture
def mine(kept: KeptHouse) -> Mine:
    with kept.doors() as client:
        matter = a_matter(client)
        a_file(client, matter)
    return matter


@pytest.fixture
def backup(kept: KeptHouse, mine: Mine, tmp_path: Path) -> Path:
    return kept.back_up(tmp_path / "backups")


@contextmanager
def untouched(house: KeptHouse, mine: Mine) -> Iterator[None]:
    """After the block the desk still has its matter, and nothing is left beside its data."""
    names = _names(house)
    yield
    assert _names(house) == names
    with house.doors() as client:
        assert client.get(f"/api/tickets/{mine.code}", headers=mine.headers).status_code == 200


def _names(house: KeptHouse) -> set[str]:
    beside = (desk_lock.LOCK, "luukku.db-wal", "luukku.db-shm")  # SQLite's own come and go
    return {one.name for one in house.folder.iterdir()} - set(beside)


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_one_flipped_bit_in_any_file_of_a_backup_is_refused(
    kept: KeptHouse, mine: Mine, backup: Path
) -> None:
    parts = backup_manifest.read(backup).parts
    assert len(parts) == 3  # database, key, one file
    with untouched(kept, mine):
        for name, part in parts.items():
            for at in (0, part.size // 2, part.size - 1):
                flip(backup / name, at)
                with pytest.raises(BackupRefused, match=name):
                    kept.restore(backup, over=True)
                flip(backup / name, at)
    kept.restore(backup, over=True)  # and whole again it is taken


def test_a_file_too_few_or_too_many_is_refused(kept: KeptHouse, mine: Mine, backup: Path) -> None:
    with untouched(kept, mine):
        (backup / "lisää").write_text("x")
        with pytest.raises(BackupRefused, match="lisää"):
            kept.restore(backup, over=True)
        (backup / "lisää").unlink()
        (backup / "secret.key").rename(backup.parent / "secret.key")
        with pytest.raises(BackupRefused, match=r"secret\.key is missing"):
            kept.restore(backup, over=True)


def rewritten(backup: Path, **changes: Any) -> None:
    path = backup / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("name", ["../secret.key", "/etc/passwd", "attachments/../../x", "x"])
def test_a_manifest_that_names_other_files_is_refused(
    kept: KeptHouse, mine: Mine, backup: Path, name: str
) -> None:
    digest = hashlib.sha256(b"").hexdigest()
    with untouched(kept, mine):
        rewritten(backup, parts={name: {"size": 0, "sha256": digest}})
        with pytest.raises(BackupRefused, match="no backup has"):
            kept.restore(backup, over=True)


def test_a_backup_of_a_newer_release_and_one_with_another_key_are_refused(
    kept: KeptHouse, mine: Mine, backup: Path
) -> None:
    with untouched(kept, mine):
        other = kept.anew(secret_key="x" * 32)
        with pytest.raises(BackupRefused, match="SECRET_KEY"):
            other.restore(backup, over=True)
        rewritten(backup, migration="9999")
        with pytest.raises(BackupRefused, match="newer"):
            kept.restore(backup, over=True)


def test_rows_and_promises_changed_with_their_hashes_are_refused_all_the_same(
    kept: KeptHouse, mine: Mine, tmp_path: Path
) -> None:
    """Whoever can write the manifest anew can hide a flipped byte, but not a changed promise."""
    with kept.database() as database, database.writing() as session:
        session.execute(update(LedgerEntry).values(ticket_code="LK-000-0000"))
    backup = kept.back_up(tmp_path / "backups")
    assert "broken at entry 1" in " ".join(kept.said)
    with kept.database() as database, database.writing() as session:
        session.execute(update(LedgerEntry).values(ticket_code=mine.code))
    with untouched(kept, mine):
        rewritten(backup, ledger_problem=None)
        with pytest.raises(BackupRefused, match="ledger is broken at entry 1"):
            kept.restore(backup, over=True)
        counts = backup_manifest.read(backup).counts
        rewritten(backup, counts=counts | {"ticket": 2})
        with pytest.raises(BackupRefused, match="counts"):
            kept.restore(backup, over=True)


def test_data_that_are_there_are_replaced_only_when_that_is_asked_for(
    kept: KeptHouse, mine: Mine, backup: Path
) -> None:
    with untouched(kept, mine), pytest.raises(BackupRefused, match="--over"):
        kept.restore(backup)


def test_nothing_is_restored_while_a_desk_runs(kept: KeptHouse, mine: Mine, backup: Path) -> None:
    desks = [desk_lock.running(kept.folder) for _ in range(2)]  # several may run beside each other
    refused = pytest.raises(DeskRuns, match="stop it first")
    with untouched(kept, mine), desks[0], desks[1], refused:
        kept.restore(backup, over=True)


def test_nothing_is_restored_while_a_desk_on_another_machine_is_connected(
    kept: KeptHouse, mine: Mine, backup: Path
) -> None:
    if kept.settings.database_url is None:
        pytest.skip("a SQLite file is on one machine")
    with untouched(kept, mine), kept.database() as database, database.reading() as session:
        session.execute(text("select 1"))
        with pytest.raises(DeskRuns, match="connected"):
            kept.restore(backup, over=True)


def test_no_desk_opens_while_a_restore_goes_on(
    kept: KeptHouse,
    backup: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATA_DIR", str(kept.folder))
    with desk_lock.alone(kept.folder):
        assert cli.main(["run"]) == 1
        assert "goes on" in capsys.readouterr().err
        with pytest.raises(DeskRuns):
            kept.restore(backup, over=True)  # nor does another restore


FORKED = multiprocessing.get_context("fork")


def _restore_and_die(house: KeptHouse, backup: Path) -> None:
    """The process ends as if killed at the worst moment: the old data aside, the new not there."""

    def dies(*_: object) -> None:
        os._exit(9)

    restore_postgresql.PostgresPlace._refuse_unproven = dies  # type: ignore[method-assign]
    rename = Path.rename

    def until_it_matters(self: Path, target: Path) -> Path:
        if self.name.endswith(".restoring"):
            os._exit(9)
        return rename(self, target)

    restore_sqlite.Path.rename = until_it_matters  # type: ignore[method-assign]
    house.restore(backup, over=True)


def test_a_restore_that_was_cut_off_opens_no_empty_desk_and_is_done_by_doing_it_again(
    kept: KeptHouse, mine: Mine, backup: Path
) -> None:
    child = FORKED.Process(target=_restore_and_die, args=(kept, backup))
    child.start()
    child.join(60)
    assert child.exitcode == 9
    with pytest.raises(RestoreUnfinished, match="again"), desk_lock.running(kept.folder):
        pass
    kept.restore(backup, over=True)
    with desk_lock.running(kept.folder), kept.doors() as client:
        assert client.get(f"/api/tickets/{mine.code}", headers=mine.headers).status_code == 200


def test_a_backup_of_one_kind_of_database_does_not_go_into_another(
    kept: KeptHouse, backup: Path
) -> None:
    other = "postgresql" if kept.settings.database_url is None else "sqlite"
    rewritten(backup, database=other)
    with pytest.raises(BackupRefused, match="does not go into"):
        kept.restore(backup, over=True)


def test_there_is_no_backup_without_a_database_a_key_or_a_place(tmp_path: Path) -> None:
    nothing = KeptHouse(Settings(data_dir=tmp_path / "data", database_url=None))
    with pytest.raises(BackupRefused, match="no database"):
        nothing.back_up(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
    assert not (tmp_path / "data").exists()  # looking made no key
    with pytest.raises(BackupRefused, match=r"no manifest\.json"):
        nothing.restore(tmp_path)


def test_a_manifest_tells_the_key_again_without_telling_it(backup: Path, kept: KeptHouse) -> None:
    manifest = backup_manifest.read(backup)
    assert isinstance(manifest, Manifest)
    assert kept.settings.key.decode() not in (backup / "manifest.json").read_text()
    assert manifest.key_mark == backup_manifest.key_mark(kept.settings.key)


def test_the_old_database_is_kept_whole_when_another_takes_its_place(
    kept: KeptHouse, mine: Mine, backup: Path
) -> None:
    if kept.settings.database_url:
        pytest.skip("its old tables are looked at where the commands are tried")
    kept.restore(backup, over=True)
    (old,) = kept.folder.glob("luukku.db.replaced-*")
    engine = create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        assert connection.scalar(text("select code from ticket")) == mine.code
    engine.dispose()
