"""A desk with files to test on: its doors, a matter, and how files are sent and saved."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.database import Database
from api.doors import Doors
from desk import tickets
from desk.models import Ticket
from tests.api.scanners import SmallScanner
from tests.api.test_roles import TOKEN
from tests.desk.sample_files import PDF
from tests.foundation import PASSWORD, Clock

MEGABYTE = 1_000_000
type Mine = dict[str, str]


@pytest.fixture
def scanner() -> SmallScanner:
    return SmallScanner()


@pytest.fixture
def unscanned(botless_doors: Doors) -> Doors:
    settings = botless_doors.settings.model_copy(update={"attachment_max_mb": 1})
    return replace(botless_doors, settings=settings)


@pytest.fixture
def scanning(unscanned: Doors, scanner: SmallScanner) -> Doors:
    settings = unscanned.settings.model_copy(update={"clamd": scanner.address})
    return replace(unscanned, settings=settings)


@pytest.fixture
def client(unscanned: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(unscanned)) as client:
        yield client


@pytest.fixture
def scanned_client(scanning: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(scanning)) as client:
        yield client


@pytest.fixture
def mine(client: TestClient) -> Mine:
    return matter(client)


def matter(client: TestClient) -> Mine:
    message = {"message_id": uuid.uuid4().hex, "text": "hukkasin passin", "language": "fi"}
    ticket = client.post("/api/chat", json=message).json()["outcome"]["ticket"]
    return {"code": ticket["code"], "secret": ticket["secret"]}


def send(
    client: TestClient, mine: Mine, content: bytes = PDF, name: str = "todistus.pdf", **more: str
) -> Any:
    headers = {"X-Ticket-Secret": mine["secret"]}
    address = f"/api/tickets/{mine['code']}/files"
    return client.post(address, headers=headers, files={"file": (name, content)}, data=more)


def fetch(client: TestClient, mine: Mine, number: int) -> Any:
    headers = {"X-Ticket-Secret": mine["secret"]}
    return client.get(f"/api/tickets/{mine['code']}/files/{number}", headers=headers)


def last_file(told: Any) -> dict[str, Any]:
    file: dict[str, Any] = told.json()["lines"][-1]["file"]
    return file


def form(
    client: TestClient, mine: Mine, content: bytes | None = PDF, name: str = "a.pdf", **more: str
) -> Any:
    language = more.pop("lang", "fi")
    files = {"file": (name, content)} if content is not None else {"file": ("", b"")}
    return client.post("/ticket/file", params={"lang": language}, data=mine | more, files=files)


def at_work(client: TestClient, login: str = "eero") -> str:
    client.post("/staff/login", data={"login": login, "password": PASSWORD})
    token = TOKEN.search(client.get("/staff/absences").text)
    assert token is not None
    return token[1]


def answer(house: Database, clock: Clock, mine: Mine) -> None:
    with house.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == mine["code"])).one()
        tickets.answer(session, ticket, ticket.owner, "Lähetä todistus.", now=clock())


def lying(at: Doors) -> list[Path]:
    folder = at.settings.data_dir / "attachments"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def app_of(unscanned: Doors) -> FastAPI:
    return create_app(unscanned)
