"""A customer and staff at real doors, for the tests of what is kept and for how long."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from api.database import Database, sqlite_url
from catalog.codes import put_codes, shipped_codes
from desk.demo_staff import ensure_demo
from tests.databases import Databases, a_copy
from tests.foundation import PASSWORD, WEDNESDAY_NOON

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
# A word that stands in no text of the catalogue, the demo or the pages.
MARKER = "qvzxmerkkisana"
IDENTITY = "131052-308T"  # of the Digital and Population Data Services Agency's own examples
EMAIL = "planted.person@example.org"
PHONE = "0401234567"


@dataclass(frozen=True)
class Own:
    """A ticket with what its customer was given for it."""

    code: str
    secret: str
    conversation_id: str

    @property
    def pair(self) -> dict[str, str]:
        return {"code": self.code, "secret": self.secret}


@pytest.fixture
def house(staffed: str, databases: Databases, tmp_path: Path) -> Iterator[Database]:
    """Code lists and demo staff, and no service: finding has no part in these tests."""
    with a_copy(databases, staffed, tmp_path) as database:
        yield database


@pytest.fixture(scope="session")
def staffed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("without-services") / "luukku.db"
    database = Database(sqlite_url(path))
    database.migrate()
    with database.writing() as session:
        put_codes(session, shipped_codes())
        ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    # The last connection that closes carries the log of changes into the file, which is copied.
    database.dispose()
    return path


@pytest.fixture(name="house")
def house_on_disk(staffed_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The same as a SQLite file in the folder of data, for tests of what is left on the disk."""
    path = tmp_path / "luukku.db"
    shutil.copyfile(staffed_file, path)
    database = Database(sqlite_url(path))
    yield database
    database.dispose()


def write(client: TestClient, text: str, conversation_id: str | None = None) -> dict[str, Any]:
    body = {"message_id": str(uuid.uuid4()), "text": text, "conversation_id": conversation_id}
    answer = client.post("/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def matter(client: TestClient, text: str) -> Own:
    """At doors whose bot is dead, every first message opens a ticket."""
    told = write(client, text)
    ticket = told["outcome"]["ticket"]
    return Own(ticket["code"], ticket["secret"], told["conversation_id"])


def log_in(client: TestClient, login: str) -> TestClient:
    """Another browser at the same application, in which this person is signed in."""
    staff = TestClient(client.app, follow_redirects=False)
    answer = staff.post("/staff/login", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return staff


def form(staff: TestClient, path: str, **fields: str) -> Response:
    token = TOKEN.search(staff.get("/staff/absences").text)
    assert token is not None
    return staff.post(path, data={"form_token": token[1], **fields})


def holding(folder: Path, *wanted: str) -> list[str]:
    """The files under the folder that hold any of these, in any letter case, as UTF-8 or UTF-16."""
    needles = [one.lower().encode(code) for one in wanted for code in ("utf-8", "utf-16-le")]
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes().lower() for one in needles)
    )
