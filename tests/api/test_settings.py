"""Settings: each documented, each bounded, the desk's own key made once."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import PROJECT, Settings

DOCUMENT = PROJECT / "docs" / "settings.md"
NAMES = {name.upper() for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_every_setting_is_documented_and_no_other() -> None:
    assert DOCUMENT.exists(), "docs/settings.md lists the settings; it is missing"
    of_the_desk = DOCUMENT.read_text("utf-8").partition("\n## ")[0]  # below: the bot's own
    rows = re.findall(r"^\|\s*`?([A-Z][A-Z0-9_]+)`?\s*\|", of_the_desk, re.M)
    assert set(rows) == NAMES
    assert len(rows) == len(set(rows))


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_without_any_setting_the_desk_starts_for_this_machine_alone() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database == f"sqlite:///{PROJECT / 'var' / 'luukku.db'}"


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://desk@db/luukku")
    monkeypatch.setenv("DEMO", "false")
    settings = Settings()
    assert (settings.port, settings.demo) == (9000, False)
    assert settings.database == "postgresql+psycopg://desk@db/luukku"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "eighty"),
        ("BOT_TIME_LIMIT", "0"),
        ("BOT_TIME_LIMIT", "31"),
        ("WORKERS", "0"),
        ("SECRET_KEY", "short"),
        ("LOG_LEVEL", "LOUD"),
        ("DEMO", "perhaps"),
    ],
)
def test_a_value_out_of_its_bounds_stops_the_start_and_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_the_key_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    key = Settings(data_dir=tmp_path / "new").key
    assert len(key) >= 32
    assert Settings(data_dir=tmp_path / "new").key == key
    kept = tmp_path / "new" / "secret.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secret.key"]


def test_many_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: Settings(data_dir=tmp_path).key, range(16)))
    assert len(keys) == 1


def test_a_key_given_is_the_key_and_nothing_is_written(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path, secret_key="k" * 32).key == b"k" * 32
    assert not list(tmp_path.iterdir())
