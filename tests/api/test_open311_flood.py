"""A flood of Open311 reports from one address is refused; others' are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.doors import Doors
from tests.api.test_open311 import REPORT
from tests.foundation import Clock

MOST = 3
OFFICE, OTHER = ("198.51.100.7", 5000), ("198.51.100.8", 5000)
DOOR = "/open311/v2/requests"


@pytest.fixture
def app(botless_doors: Doors) -> FastAPI:
    settings = botless_doors.settings.model_copy(update={"open311_per_hour": MOST})
    return create_app(replace(botless_doors, settings=settings))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, client=OFFICE) as client:
        yield client


def flood(client: TestClient) -> None:
    for _ in range(MOST):
        assert client.post(f"{DOOR}.json", data=REPORT).status_code == 200


def test_one_report_too_many_gets_the_standards_error_and_when_to_come_again(
    client: TestClient, clock: Clock
) -> None:
    flood(client)
    clock.forward(minutes=10)
    refused = client.post(f"{DOOR}.json", data=REPORT)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "3000"
    (error,) = refused.json()
    assert error["code"] == 429
    assert error["description"].startswith("Tästä verkosta")
    xml = client.post(f"{DOOR}.xml?lang=sv", data=REPORT)
    assert xml.status_code == 429
    assert "<code>429</code>" in xml.text
    assert "Från det här nätet" in xml.text


def test_after_the_hour_reports_are_taken_again(client: TestClient, clock: Clock) -> None:
    flood(client)
    clock.forward(minutes=60)
    assert client.post(f"{DOOR}.json", data=REPORT).status_code == 200


def test_another_address_and_every_reader_go_on(client: TestClient, app: FastAPI) -> None:
    flood(client)
    assert client.post(f"{DOOR}.json", data=REPORT).status_code == 429
    assert client.get(f"{DOOR}.json").status_code == 200
    beside = TestClient(app, client=OTHER)
    assert beside.post(f"{DOOR}.json", data=REPORT).status_code == 200


def test_one_network_of_ipv6_is_one_address(client: TestClient, app: FastAPI) -> None:
    for host in range(MOST):
        one = TestClient(app, client=(f"2001:db8::{host + 1}", 5000))
        assert one.post(f"{DOOR}.json", data=REPORT).status_code == 200
    last = TestClient(app, client=("2001:db8::ffff", 5000))
    assert last.post(f"{DOOR}.json", data=REPORT).status_code == 429


def test_this_machine_itself_is_not_counted(app: FastAPI) -> None:
    here = TestClient(app, client=("127.0.0.1", 5000))
    for _ in range(MOST + 2):
        assert here.post(f"{DOOR}.json", data=REPORT).status_code == 200
