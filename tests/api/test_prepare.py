"""What must stand before the desk opens is made once; what stands already is no work."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.database import Database
from api.opening_up import open_doors, shipped_digest
from api.prepare import BotMissing, demo_password, load_catalogue, prepare, train
from api.settings import Settings
from catalog.encoder import Encoder
from catalog.models import Service
from desk.errors import NobodyToOwn
from desk.models import Person
from desk.ownership import somebody_can_own
from desk.staff import check_password
from tests.databases import file_of


@pytest.fixture
def settings(tmp_path: Path, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder of this test's own; the encoder, which takes a minute to build, is not built."""
    monkeypatch.setattr("catalog.encoder.is_fresh", lambda folder: True)
    return Settings(data_dir=tmp_path, secret_key="k" * 32)


def quiet(line: str) -> None:
    pass


def services(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Service)) or 0


def test_from_an_empty_folder_to_a_desk_that_can_open(settings: Settings) -> None:
    prepare(settings, quiet)
    database = Database(settings.database)
    assert services(database) > 1_000
    with database.writing() as session:
        assert somebody_can_own(session)
        assert check_password(session, "aino", demo_password(settings)) is not None
    database.dispose()


def test_preparing_again_loads_nothing_and_a_removed_database_is_loaded_again(
    settings: Settings,
) -> None:
    told: list[str] = []
    prepare(settings, quiet)
    prepare(settings, told.append)
    assert told == []
    file_of(settings.database).unlink()
    for left in settings.data_dir.glob("luukku.db-*"):
        left.unlink()
    prepare(settings, told.append)
    assert told
    database = Database(settings.database)
    assert services(database) > 1_000
    database.dispose()


def test_loading_a_loaded_database_is_no_work(settings: Settings, house: Database) -> None:
    load_catalogue(house, quiet)
    told: list[str] = []
    load_catalogue(house, told.append)
    assert told == []


def test_a_real_desk_leaves_no_demo_person_active(settings: Settings) -> None:
    prepare(settings, quiet)
    prepare(settings.model_copy(update={"demo": False}), quiet)
    database = Database(settings.database)
    with database.reading() as session:
        assert not session.scalars(select(Person).where(Person.demo, Person.active)).all()
        assert not somebody_can_own(session)
    database.dispose()


def test_a_desk_that_nobody_could_own_for_does_not_open(settings: Settings) -> None:
    prepare(settings.model_copy(update={"demo": False}), quiet)
    with pytest.raises(NobodyToOwn):
        open_doors(settings, bot_url="http://127.0.0.1:1", say=quiet)


def test_the_demo_password_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    password = demo_password(settings)
    assert len(password) >= 12
    assert demo_password(settings) == password
    kept = settings.data_dir / "demo-password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_without_the_bots_environment_the_message_says_what_to_do(settings: Settings) -> None:
    missing = settings.model_copy(update={"bot_python": settings.data_dir / "none"})
    with pytest.raises(BotMissing, match="make setup"):
        train(missing, quiet)


def test_a_changed_table_of_who_answers_is_work_for_the_next_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "responsible" / "services.csv"
    table.parent.mkdir()
    table.write_text("service_id,name,body,rule,note\n")
    monkeypatch.setattr("api.opening_up.SHIPPED", (tmp_path,))
    before = shipped_digest()
    table.write_text("service_id,name,body,rule,note\nx,y,kela,unknown,\n")
    assert shipped_digest() != before
