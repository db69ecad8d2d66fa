"""The Open311 doors under a fuzzer: no fault of ours, and nothing that they do not describe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python.asgi import shutdown_lifespans

from api.app import create_app
from catalog.faults import fault_services
from tests.api.test_fuzz import BODIES, DATABASES, FORM, TYPES, Findings
from tests.api.test_postgresql import cluster, loaded, pg, pg_desk  # noqa: F401  (fixtures)
from tests.foundation import DirectBot, PlantedFinder, doors_over

REPORT = {"address_string": "Kauppakatu 5", "description": "Kuoppa"}


@pytest.fixture(params=DATABASES)
def app(
    request: pytest.FixtureRequest,
    planted: PlantedFinder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FastAPI]:
    monkeypatch.setenv("OPEN311_PER_HOUR", "100000")  # a fuzzer is a flood
    database, desk = (request.getfixturevalue(name) for name in DATABASES[request.param])
    yield create_app(doors_over(database, desk, DirectBot(desk), tmp_path))
    shutdown_lifespans()


def a_request(app: FastAPI) -> str:
    report = REPORT | {"service_code": next(iter(fault_services()))}
    (told,) = TestClient(app).post("/open311/v2/requests.json", data=report).json()
    return str(told["service_request_id"])


def fuzz(app: FastAPI) -> Findings:
    config = SchemathesisConfig.from_dict(_config(a_request(app)))
    schema = schemathesis.openapi.from_asgi("/open311/v2/openapi.json", app, config=config)
    found = Findings([], Counter())
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.faults.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            _look_at(event.recorder, found)
    return found


def _config(code: str) -> dict[str, Any]:
    """Every run alike; half of the requests ask for something that exists."""
    known = {
        "path.service_code": list(fault_services()),
        "body.service_code": list(fault_services()),
        "path.service_request_id": [code],
        "path.token": [code],
        "query.jurisdiction_id": ["091", "Tampere", "esbo.fi"],
        "body.jurisdiction_id": ["091", "Tampere", "esbo.fi"],
        "query.service_request_id": [code, f"{code},x"],
    }
    return {
        "seed": 20260311,
        "continue-on-failure": True,
        "workers": 1,
        "max-stream-events": 1,
        "warnings": False,
        "generation": {"deterministic": True, "database": "none", "max-examples": 25},
        "dictionaries": {name.replace(".", "-"): {"values": one} for name, one in known.items()},
        "parameters": {
            name: {"dictionary": name.replace(".", "-"), "probability": 0.8} for name in known
        },
    }


def _look_at(recorder: Any, found: Findings) -> None:
    for case_id, interaction in recorder.interactions.items():
        label, response = recorder.cases[case_id].value.operation.label, interaction.response
        found.statuses[label, response.status_code] += 1
        if response.status_code >= 400 and not is_list_of_errors(response):
            found.faults.append(f"{label} {response.status_code} says {response.text[:300]}")
    for node in (one for nodes in recorder.checks.values() for one in nodes if one.failure_info):
        failure = node.failure_info.failure
        found.faults.append(f"{failure.operation} {node.name}: {failure.title}. {failure.message}")


def is_list_of_errors(response: Any) -> bool:
    if response.text.startswith("<?xml"):
        return "<errors><error><code>" in response.text
    return all(set(one) == {"code", "description"} for one in response.json())


def test_every_open311_door_keeps_to_its_description_whatever_it_is_asked(app: FastAPI) -> None:
    found = fuzz(app)
    assert found.faults == []
    described = TestClient(app).get("/open311/v2/openapi.json").json()["paths"]
    assert {label for label, status in found.statuses if status == 200} == {
        f"{method.upper()} {path}" for path, methods in described.items() for method in methods
    }


def test_a_body_that_is_no_report_is_refused_by_a_list_of_errors(app: FastAPI) -> None:
    client = TestClient(app)
    bodies = [(name, body, FORM) for name, body in BODIES.items()]
    bodies += [(kind, b"service_code=1&address_string=%00%ff", kind) for kind in TYPES]
    for name, body, kind in bodies:
        answer = client.post(
            "/open311/v2/requests.xml",
            content=body,
            headers={b"Content-Type": kind.encode("latin-1")},
        )
        assert answer.status_code in (400, 404, 413), name
        assert is_list_of_errors(answer), name


@pytest.mark.parametrize(
    "path",
    [
        "services/%00.json", "requests/%00.xml", "tokens/%C2%B2.json", "%00.json",
        "requests.json?service_request_id=%00&status=", "requests.json?service_code=%00,%ff",
        "requests.json?start_date=0001-01-01T00:00:00%2B23:59&end_date=",
        "requests.json?end_date=9999-12-31T23:59:59-23:59", "services.json?jurisdiction_id=%00",
        "requests.json?page=1000&page_size=1000",
    ],
)  # fmt: skip
def test_what_no_database_keeps_is_no_fault_of_ours(app: FastAPI, path: str) -> None:
    assert TestClient(app).get(f"/open311/v2/{path}").status_code < 500
