"""A backup taken while customers write brings the whole desk back."""

from __future__ import annotations

import multiprocessing
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from api import backup_manifest, cli
from api.backup import prune
from api.backup_database import rows_by_table
from desk import ledger
from desk.models import Message, Ticket
from tests.api import writing_process
from tests.api.keeping_house import (
    KeptHouse,
    a_file,
    a_matter,
    fetched,
    kept,
    postgresql_kept,
    sqlite_kept,
    until,
)
from tests.desk.sample_files import PDF

__all__ = ["kept", "postgresql_kept", "sqlite_kept"]  # fixtures

CHILDREN = multiprocessing.get_context("fork")  # no second import of everything
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)


@contextmanager
def customers_writing(url: str) -> Iterator[Callable[[], int]]:
    """How many messages have come in by now, from another process, while the block runs."""
    written, enough = CHILDREN.Value("i", 0), CHILDREN.Event()
    child = CHILDREN.Process(target=writing_process.write_until_told, args=(url, written, enough))
    child.start()
    try:
        until(lambda: written.value >= 5, within=120)
        yield lambda: int(written.value)
    finally:
        enough.set()
        child.join(30)
        child.kill()
    assert child.exitcode == 0


def destroy(house: KeptHouse) -> None:
    """Everything that the desk kept is gone."""
    if house.settings.database_url:
        engine = create_engine(house.url)
        with engine.begin() as connection:
            connection.execute(text("drop schema public cascade"))
            connection.execute(text("create schema public"))
        engine.dispose()
    shutil.rmtree(house.folder)


def rows(house: KeptHouse) -> dict[str, int]:
    with house.database() as database, database.engine.connect() as connection:
        return rows_by_table(connection)


def test_what_was_backed_up_while_customers_wrote_is_back_after_everything_was_destroyed(
    kept: KeptHouse, tmp_path: Path
) -> None:
    with kept.doors() as client:
        mine = a_matter(client)
        number = a_file(client, mine)
    with customers_writing(kept.url) as written:
        before = written()
        backup = kept.back_up(tmp_path / "backups")
        after = written()
        until(lambda: written() > after)
    manifest = backup_manifest.read(backup)
    assert before + 1 <= manifest.counts["ticket"] <= after + 2 < kept.count(Ticket) + 2
    # A message and its ticket are two transactions: one customer may be between them.
    assert manifest.counts["conversation"] - manifest.counts["ticket"] in (0, 1)
    destroy(kept)
    fresh = kept.anew()
    fresh.restore(backup)
    assert rows(fresh) == manifest.counts
    with fresh.database() as database, database.reading() as session:
        assert ledger.verify(session) is None
        assert ledger.head(session) == manifest.ledger_head
    with fresh.doors() as client:
        state = client.get(f"/api/tickets/{mine.code}", headers=mine.headers)
        assert (state.status_code, state.json()["stage"]) == (200, "open")
        assert fetched(client, mine, number) == PDF
        page = client.post("/ticket", data={"code": mine.code, "secret": mine.secret})
        assert page.status_code == 200
        assert mine.code in page.text
        assert a_matter(client, "uusi asia").code != mine.code
    assert any("luukku retain" in line for line in fresh.said)


def test_nobody_but_the_owner_reads_a_backup(kept: KeptHouse, tmp_path: Path) -> None:
    with kept.doors() as client:
        a_file(client, a_matter(client))
    backup = kept.back_up(tmp_path / "backups")
    for path in [backup, *backup.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    assert [one.name for one in (tmp_path / "backups").iterdir()] == [backup.name]


def test_what_was_erased_before_leaves_no_trace_in_a_backup(
    kept: KeptHouse, tmp_path: Path
) -> None:
    if kept.settings.database_url:
        pytest.skip("a dump is packed and holds nothing but the rows that are there")
    marker = "salaisuudenjälki"
    with kept.doors() as client:
        a_matter(client, f"haluan ihmisen {marker}")
    with kept.database() as database, database.writing() as session:
        for message in session.query(Message).filter(Message.text.contains(marker)):
            message.text = "x"
        session.execute(text("update turn set text = 'x', replies = '[]'"))
        session.execute(text("update ticket set subject = 'x'"))
    assert marker.encode() in (kept.folder / "luukku.db").read_bytes()  # in the desk's own, still
    backup = kept.back_up(tmp_path / "backups")
    for path in backup.rglob("*"):
        assert path.is_dir() or marker.encode() not in path.read_bytes(), path


def test_only_old_backups_of_the_desks_own_making_are_removed_for_their_age(
    kept: KeptHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    assert kept.settings.key  # made when it is asked for first
    old, mixed, young = (kept.back_up(folder, NOW - timedelta(days=days)) for days in (31, 40, 29))
    (mixed / "muistiinpano.txt").write_text("oma")
    dead = folder / f".unfinished-luukku-{NOW - timedelta(days=3):%Y%m%dT%H%M%SZ}"
    dead.mkdir()
    strange = folder / "luukku-20200101T000000Z"  # by its name ours, without a manifest not
    strange.mkdir()
    elsewhere = tmp_path / "muualla"
    shutil.copytree(old, elsewhere)
    link = folder / "luukku-20200102T000000Z"
    link.symlink_to(elsewhere)
    (folder / "muu.txt").write_text("oma")
    removed = prune(folder, older_than=timedelta(days=30), now=NOW, say=kept.said.append)
    assert removed == [dead, old]
    assert {one.name for one in folder.iterdir()} == {
        *(one.name for one in (mixed, young, strange, link)),
        "muu.txt",
    }
    assert (elsewhere / "manifest.json").exists()
    assert any(str(mixed) in line for line in kept.said)


def test_the_commands_back_up_and_restore(
    kept: KeptHouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATA_DIR", str(kept.folder))
    if kept.settings.database_url:
        monkeypatch.setenv("DATABASE_URL", kept.settings.database_url)
    with kept.doors() as client:
        mine = a_matter(client)
    folder = tmp_path / "backups"
    kept.back_up(folder, datetime.now(UTC) - timedelta(days=20))
    assert cli.main(["backup", str(folder), "--keep", "14"]) == 0
    (backup,) = folder.iterdir()
    assert "1 ticket" in capsys.readouterr().out
    assert cli.main(["restore", str(folder)]) == 1
    assert str(backup) in capsys.readouterr().err
    assert cli.main(["restore", str(backup)]) == 1
    assert "--over" in capsys.readouterr().err
    with kept.doors() as client:
        later = a_matter(client)
    assert cli.main(["restore", str(backup), "--over"]) == 0
    told = capsys.readouterr().out
    assert "restored and verified" in told
    with kept.doors() as client:
        assert client.get(f"/api/tickets/{mine.code}", headers=mine.headers).status_code == 200
        assert client.get(f"/api/tickets/{later.code}", headers=later.headers).status_code == 404
    _the_old_is_aside(kept, told)


def _the_old_is_aside(house: KeptHouse, told: str) -> None:
    if house.settings.database_url is None:
        (aside,) = house.folder.glob("luukku.db.replaced-*")
        old = create_engine(f"sqlite:///{aside}")
    else:
        with house.database() as database:
            (name,) = (
                one
                for one in inspect(database.engine).get_schema_names()
                if one.startswith("replaced_")
            )
        assert name in told
        old = create_engine(house.url, connect_args={"options": f"-c search_path={name}"})
    with old.connect() as connection:
        assert connection.scalar(text("select count(*) from ticket")) == 2
    old.dispose()
