"""What is in `deploy/` is accepted by the programs that it is written for, and says what is so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import PROJECT, Settings

DEPLOY = PROJECT / "deploy"
UNITS = ("luukku.service", "luukku-backup.service", "luukku-backup.timer")
MOST_EXPOSED = 20  # tenths: systemd calls 5 in 10 and more "medium"
SCHEMA = "check-jsonschema==0.39.0"
UV = PROJECT / ".tools" / "bin" / "uv"


def missing(program: str) -> None:
    told = f"NO {program} HERE: a part of deploy/ was not checked"
    warnings.warn(told, stacklevel=2)
    pytest.skip(told)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    given = [str(part) for part in command]
    return subprocess.run(given, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def systemd() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        missing("systemd-analyze")
    assert found is not None
    return found


def test_systemd_finds_no_fault_in_the_units(systemd: str, tmp_path: Path) -> None:
    program = PROJECT / ".venv" / "bin" / "luukku"
    assert os.access(program, os.X_OK)
    for unit in UNITS:  # systemd looks whether the program is there
        text = (DEPLOY / unit).read_text()
        (tmp_path / unit).write_text(text.replace("/opt/luukku", str(PROJECT)))
    told = run(systemd, "verify", *(tmp_path / unit for unit in UNITS))
    ours = [line for line in told.stderr.splitlines() if "luukku" in line]
    assert (told.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", UNITS[:2])
def test_the_units_leave_little_to_who_breaks_in(systemd: str, unit: str) -> None:
    limit = f"--threshold={MOST_EXPOSED}"
    told = run(systemd, "security", "--offline=true", limit, DEPLOY / unit)
    assert told.returncode == 0, told.stdout[-500:]


def compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    return told


def test_the_compose_file_is_one() -> None:
    if not UV.exists():
        missing("uv")
    checked = ("--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yml")
    told = run(UV, "tool", "run", "--quiet", "--from", SCHEMA, "check-jsonschema", *checked)
    if "ok -- validation done" not in told.stdout and "chema validation" not in told.stdout:
        missing("check-jsonschema")
    assert told.returncode == 0, told.stdout


def test_only_the_proxy_is_reached_from_outside_and_nothing_secret_stands_in_the_files() -> None:
    services = compose()["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert "front" not in services["database"]["networks"]
    assert compose()["networks"]["inside"]["internal"] is True
    for name, value in services["desk"]["environment"].items():
        if re.search("SECRET|PASSWORD|URL", name):
            assert "${" in value, name


def test_every_setting_that_deploy_names_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    named = set(compose()["services"]["desk"]["environment"])
    for unit in UNITS[:2]:
        for line in (DEPLOY / unit).read_text().splitlines():
            if line.startswith("Environment="):
                named |= set(re.findall(r"([A-Z_]+)=", line.removeprefix("Environment=")))
    assert named - {"PYTHONPYCACHEPREFIX"} <= known


def test_what_the_image_copies_is_there_and_what_is_large_or_secret_is_not_copied() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {"var", ".git", ".venv*", ".tools"} <= set(ignored)
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert dockerfile.index("USER luukku") < dockerfile.index("ENTRYPOINT")
