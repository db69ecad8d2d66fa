"""What each role may do, walked through every one of the staff's addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api import staff
from api.app import create_app
from api.doors import Doors
from desk.models import ROLES
from desk.roles import MAY, TASKS, Task, may, tasks_of
from tests.foundation import PASSWORD, Talk, person

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
TICKET = "/staff/tickets/{code}"
# Written out by hand, so that a route cannot quietly ask for less than it did.
ASKS: dict[tuple[str, str], Task | None] = {
    ("GET", "/staff/login"): None,
    ("POST", "/staff/login"): None,
    ("POST", "/staff/logout"): None,
    ("GET", "/staff/oidc"): None,
    ("GET", "/staff/oidc/callback"): None,
    ("GET", "/staff"): None,  # leads whoever reads no matters to the absences
    ("POST", "/staff/seen"): "read",
    ("GET", TICKET): "read",
    ("GET", f"{TICKET}/why"): "read",
    ("GET", TICKET + "/{what}"): None,  # leads to the ticket, which asks
    ("POST", f"{TICKET}/answer"): "answer",
    ("POST", f"{TICKET}/close"): "answer",
    ("POST", f"{TICKET}/take"): "answer",
    ("POST", f"{TICKET}/hand-back"): "answer",
    ("POST", f"{TICKET}/take-over"): "take_over",
    ("POST", f"{TICKET}/accept"): "take_over",
    ("POST", f"{TICKET}/transfer"): "transfer",
    ("POST", f"{TICKET}/find-service"): "transfer",
    ("POST", f"{TICKET}/note"): "note",
    ("POST", f"{TICKET}/ask"): "subtask",
    ("POST", f"{TICKET}/help-done"): "subtask",
    ("POST", f"{TICKET}/due"): "answer",
    ("POST", f"{TICKET}/canned"): "answer",
    ("GET", TICKET + "/files/{file_id}"): "read",
    ("GET", "/staff/canned"): "canned",
    ("POST", "/staff/canned"): "canned",
    ("POST", "/staff/canned/find"): "canned",
    ("POST", "/staff/canned/remove"): "canned",
    ("GET", "/staff/absences"): "own_absence",
    ("POST", "/staff/absences"): "own_absence",
    ("POST", "/staff/absences/cancel"): "own_absence",
    ("GET", "/staff/counter"): "counter",
    ("POST", "/staff/counter"): "counter",
    ("POST", "/staff/counter/continue"): "counter",
    ("POST", "/staff/counter/code"): "counter",
    ("GET", "/staff/counter/receipts"): "counter",
    ("POST", "/staff/counter/receipts"): "counter",
    ("POST", "/staff/counter/receipts/find"): "counter",
    ("GET", "/staff/counter/receipts/{receipt}"): "counter",
    ("GET", "/staff/rota"): "rota",
    ("POST", "/staff/rota"): "rota",
    ("POST", "/staff/rota/remove"): "rota",
    ("GET", "/staff/catalogue"): "catalogue",
    ("GET", "/staff/catalogue/{service_id}"): "catalogue",
    ("POST", "/staff/catalogue/{service_id}/{what}"): "catalogue",
    ("GET", "/staff/people"): "people",
    ("POST", "/staff/people/roles"): "roles",
    ("POST", "/staff/people/left"): "roles",
    ("GET", "/staff/callbacks"): "read",
    ("GET", "/staff/callbacks/{call}/{what}"): None,
    ("POST", "/staff/callbacks/{call}/made"): "answer",
    ("POST", "/staff/callbacks/{call}/missed"): "answer",
    ("GET", "/staff/live"): "read",
    ("GET", "/staff/live/now"): "read",
    ("GET", "/staff/live/counts"): "read",
    ("POST", "/staff/live/take"): "answer",
    ("GET", "/staff/live/thread/{code}"): "read",
    ("GET", "/staff/ledger"): "ledger",
    ("POST", "/staff/ledger"): "ledger",
    ("GET", "/staff/access"): "access_log",
    ("POST", "/staff/access"): "access_log",
    ("GET", "/staff/webhooks"): "webhooks",
    ("POST", "/staff/webhooks"): "webhooks",
    ("POST", "/staff/webhooks/test"): "webhooks",
    ("POST", "/staff/webhooks/pause"): "webhooks",
    ("POST", "/staff/webhooks/resume"): "webhooks",
    ("POST", "/staff/webhooks/again"): "webhooks",
    ("POST", "/staff/webhooks/remove"): "webhooks",
}
# The table once more, as people say it.
EXPECTED = {
    "clerk": "read answer take_over transfer note subtask own_absence counter",
    "lead": "read answer take_over transfer note subtask own_absence counter others_absences rota"
    " canned",
    "keeper": "catalogue canned own_absence",
    "auditor": "read ledger access_log own_absence",
    "admin": "people roles others_absences rota webhooks own_absence",
}


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(botless_doors), follow_redirects=False) as client:
        yield client


def test_the_table_says_what_each_role_may_do() -> None:
    assert {role: set(tasks) for role, tasks in MAY.items()} == {
        role: set(tasks.split()) for role, tasks in EXPECTED.items()
    }
    assert set(MAY) == set(ROLES)
    assert set().union(*MAY.values()) == set(TASKS)


def test_who_has_two_roles_may_do_what_either_may() -> None:
    assert tasks_of(["keeper", "auditor"]) == MAY["keeper"] | MAY["auditor"]
    assert tasks_of(["no such role"]) == frozenset()


def test_nobody_may_do_anything_after_leaving(client: TestClient, botless_doors: Doors) -> None:
    with botless_doors.desk.writing() as session:
        eero = person(session, "eero")
        assert may(eero, "answer")
        eero.active = False
        assert not any(may(eero, task) for task in TASKS)


def test_every_address_of_the_staff_is_in_the_matrix() -> None:
    routes = {
        (method, one.path)
        for one in staff.router.routes
        if isinstance(one, APIRoute)
        for method in one.methods
    }
    assert routes == set(ASKS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_the_table_says_and_nothing_else(
    client: TestClient, botless_doors: Doors, role: str
) -> None:
    told = Talk(botless_doors.desk).write("Missä lähin neuvola on?", "ask_person")
    assert told.ticket is not None
    with botless_doors.desk.writing() as session:
        person(session, "eero").roles = [role]
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    token = TOKEN.search(client.get("/staff/absences").text)
    assert token is not None
    refused = set()
    for (method, path), task in ASKS.items():
        if path in ("/staff/login", "/staff/logout") or task is None:
            continue
        address = path.format(
            code=told.ticket.code, file_id=1, receipt=1, call=1, service_id="x", what="add-phrase"
        )
        form = {"form_token": token[1], "person": "999999"}
        answer = client.request(method, address, data=form if method == "POST" else None)
        assert answer.status_code < 500, (method, path)
        if answer.status_code == 403 and path != "/staff/people/left":
            refused.add((method, path))
    may_not = {
        key
        for key, task in ASKS.items()
        if task is not None and task not in MAY[role] and key[1] != "/staff/people/left"
    }
    # Nobody of id 999999 is there to be changed, which is refused in the same way.
    unknown = {("POST", "/staff/people/roles"), ("POST", "/staff/absences")}
    assert refused - unknown == may_not - unknown


@pytest.mark.parametrize("role", ["keeper", "admin"])
def test_who_reads_no_matters_is_led_to_what_they_may_do(
    client: TestClient, botless_doors: Doors, role: str
) -> None:
    with botless_doors.desk.writing() as session:
        person(session, "eero").roles = [role]
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    assert client.get("/staff").headers["location"].startswith("/staff/absences")
