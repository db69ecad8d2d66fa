"""Every door under a fuzzer: no fault of ours, and nothing that the description does not say."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python.asgi import shutdown_lifespans
from sqlalchemy import select

from actions.hand import Desk
from api import pages, staff
from api.app import create_app
from api.contract import LineOut
from api.database import Database
from api.doors import Doors
from api.events import Listeners
from api.guessing import Guesses, guesses
from api.passing_doors import new_code
from api.problems import TEXTS
from api.shield import TAKES_A_FILE
from api.staff_session import COOKIE, sign_in
from catalog.models import Service
from desk import subtasks, tickets
from desk.models import ROLES, StaffSession, Ticket
from desk.subtasks import Goal
from tests.api.file_doors import last_file, send
from tests.api.test_postgresql import cluster, loaded, pg, pg_desk  # noqa: F401  (fixtures)
from tests.foundation import (
    PASSWORD,
    DirectBot,
    PlantedFinder,
    actions_by_intent,
    doors_over,
    person,
)

TOLD = [
    {"error": error, **sentences}
    for error, sentences in yaml.safe_load(TEXTS.read_text("utf-8")).items()
]
FILE_ERRORS = re.compile(r"file_\w+")  # their sentences hold a size; tests/api/test_files.py
# What a file or a phone number must be, and which time is free, no description can say.
SAYS_LESS = ("POST /api/tickets/{code}/files", "POST /api/tickets/{code}/callback")
UNFAIR = {(one, "positive_data_acceptance") for one in SAYS_LESS} | {
    # It takes a body without the words, which may be left out, for one whose words are too long.
    ("POST /api/chat/{conversation_id}/rating", "negative_data_rejection")
}
ALL_DAY = 10**9  # wrong guesses: a fuzzer would soon be let in nowhere any more
DATABASES = {"sqlite": ("house", "desk"), "postgresql": ("pg", "pg_desk")}


class Impatient(Listeners):
    """Waits for news a moment only: a fuzzer would sit out every long poll that it asks for."""

    async def lines(self, conversation_id: str, after: int, *, patience: float) -> list[LineOut]:
        return await super().lines(conversation_id, after, patience=min(patience, 0.01))


@dataclass(frozen=True)
class Fuzzed:
    """An application, services to ask it for, and what else is known there, by its field's name."""

    app: FastAPI
    services: list[str]
    known: dict[str, str]


@pytest.fixture(params=DATABASES)
def fuzzed(
    request: pytest.FixtureRequest, planted: PlantedFinder, tmp_path: Path
) -> Iterator[Fuzzed]:
    database, desk = (request.getfixturevalue(name) for name in DATABASES[request.param])
    with database.reading() as session:
        services = list(session.scalars(select(Service.id).order_by(Service.id)))[::100]
    planted.plant("", (services[0], 0.6), (services[1], 0.3))
    doors = _doors(database, desk, tmp_path)
    app = create_app(doors)
    app.dependency_overrides[guesses] = lambda: Guesses(doors.counts, ALL_DAY, ALL_DAY, ALL_DAY)
    known = _ticket(app, doors) | _pass_code(app, doors) | _signed_in(doors)
    yield Fuzzed(app, services, known | _forms_of_staff(doors, known["code"]))
    shutdown_lifespans()


def _doors(database: Database, desk: Desk, folder: Path) -> Doors:
    """Doors over a bot that reads every intent in turn, and always alike."""
    intents = sorted(actions_by_intent())
    bot = DirectBot(desk, lambda text: intents[len(text) % len(intents)])
    doors = doors_over(database, desk, bot, folder)
    return replace(doors, listeners=Impatient(database.reading, desk.pool))


def _ticket(app: FastAPI, doors: Doors) -> dict[str, str]:
    """With a file, and answered."""
    customer = TestClient(app)
    told = _said(customer, "äiti ei hengitä!!")
    ticket: dict[str, str] = told["outcome"]["ticket"]
    file = last_file(send(customer, ticket))
    with doors.desk.writing() as session:
        kept = session.scalars(select(Ticket).where(Ticket.code == ticket["code"])).one()
        tickets.answer(session, kept, person(session, "eero"), "Hei!", now=doors.desk.now())
    more = {"conversation_id": told["conversation_id"], "file_id": str(file["id"]), "stars": "4"}
    return ticket | more


def _said(customer: TestClient, text: str) -> Any:
    return customer.post("/api/chat", json={"message_id": uuid.uuid4().hex, "text": text}).json()


def _pass_code(app: FastAPI, doors: Doors) -> dict[str, str]:
    """Of a talk of its own: a new code asked for would be the end of this one."""
    made = new_code(doors, _said(TestClient(app), "passi")["conversation_id"])
    assert made is not None
    return {"pass_code": made}


def _signed_in(doors: Doors) -> dict[str, str]:
    right = {"login": "eero", "password": PASSWORD}
    token = sign_in(doors, **right)
    assert token is not None
    with doors.desk.reading() as session:
        kept = session.get_one(StaffSession, hashlib.sha256(token.encode()).hexdigest())
        return right | {"session": token, "form_token": kept.form_token, "seen": "1"}


def _forms_of_staff(doors: Doors, code: str) -> dict[str, str]:
    """What makes each form of the staff's pages right; eero is the ticket's owner, in all roles."""
    now = doors.desk.now()
    with doors.desk.writing() as session:
        eero, maria, otso = (person(session, login) for login in ("eero", "maria", "otso"))
        eero.roles = list(ROLES)
        ticket = session.scalars(select(Ticket).where(Ticket.code == code)).one()
        ticket.owner = eero
        goal = Goal("Goal", "Done", now + timedelta(days=1))
        asked = subtasks.ask(session, ticket, maria, eero, goal, now=now)
        return {
            "seen_owner": str(eero.id),
            "receiver": f"person:{maria.id}",
            "helper": str(maria.id),
            "substitute": str(maria.id),
            "person": str(otso.id),
            "subtask": str(asked.id),
            "alarm": "1",
            "absence": "1",
            "role": "clerk",
            **dict.fromkeys(("reason", "goal", "done_when", "result"), "Hyvä"),
            **dict.fromkeys(("day", "first", "last"), "2026-03-16"),
        }


def _is_eeros(app: FastAPI, code: str) -> None:
    """What the customer's forms did before may have moved the ticket."""
    doors: Doors = app.state.doors
    with doors.desk.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == code)).one()
        ticket.owner, ticket.handed_by = person(session, "eero"), None


def _all_help_is_given(app: FastAPI, code: str) -> None:
    """A ticket does not close before that."""
    doors: Doors = app.state.doors
    with doors.desk.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == code)).one()
        for one in subtasks.on(session, ticket):
            one.result, one.done_at = "Done", doors.desk.now()


# --- the doors that the description tells of ---


@dataclass
class Findings:
    """What a run of the fuzzer came to."""

    faults: list[str]
    statuses: Counter[tuple[str, int]]


def fuzz(fuzzed: Fuzzed) -> Findings:
    """Boundary cases, random ones right and wrong, and talks that go on; all checks on each."""
    config = SchemathesisConfig.from_dict(_config(fuzzed))
    schema = schemathesis.openapi.from_asgi("/openapi.json", fuzzed.app, config=config)
    found = Findings([], Counter())
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.faults.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            _look_at(event.recorder, found)
    return found


def _config(fuzzed: Fuzzed) -> dict[str, Any]:
    """Every run alike; half of the requests ask for something that exists."""
    known = {
        "path.service_id": fuzzed.services,
        "path.conversation_id": [fuzzed.known["conversation_id"]],
        "body.conversation_id": [fuzzed.known["conversation_id"]],
        "path.code": [fuzzed.known["code"]],
        "path.file_id": [int(fuzzed.known["file_id"])],
        "header.x-ticket-secret": [fuzzed.known["secret"]],
        "body.code": [fuzzed.known["pass_code"]],
        "body.message_id": [f"message-{number}" for number in range(500)],
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
            name: {"dictionary": name.replace(".", "-"), "probability": 0.5} for name in known
        },
    }


def _look_at(recorder: Any, found: Findings) -> None:
    for case_id, interaction in recorder.interactions.items():
        label, response = recorder.cases[case_id].value.operation.label, interaction.response
        found.statuses[label, response.status_code] += 1
        if response.status_code >= 400 and not _told(response.json()):
            found.faults.append(f"{label} {response.status_code} says {response.text[:300]}")
    for node in (one for nodes in recorder.checks.values() for one in nodes if one.failure_info):
        failure = node.failure_info.failure
        if (failure.operation, node.name) in UNFAIR:
            continue
        found.faults.append(f"{failure.operation} {node.name}: {failure.title}. {failure.message}")


def _told(problem: dict[str, str]) -> bool:
    return problem in TOLD or bool(FILE_ERRORS.fullmatch(problem["error"]) and problem["sv"])


def test_every_door_keeps_to_its_description_whatever_it_is_asked(fuzzed: Fuzzed) -> None:
    found = fuzz(fuzzed)
    assert found.faults == []
    described = {
        f"{method.upper()} {path}"
        for path, methods in fuzzed.app.openapi()["paths"].items()
        for method in methods
    }
    # Else the fuzzer would have seen nothing but refusals.
    reached = {label for label, status in found.statuses if status == 200}
    assert reached | {SAYS_LESS[1]} == described


# --- bodies that no description makes ---

START = b'{"message_id": "message-of-junk", "text": '
BODIES = {
    "cut short": START,
    "text": b"moi",
    "no UTF-8": START + b'"\xff"}',
    "null bytes": b"\0" * 100,
    "deep lists": START + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "deep objects": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "a number of 150,000 digits": START + b"9" * 150_000 + b"}",
    "a number beyond all": START + b"1e999999}",
    "not a number": START + b"NaN}",
    "unknown half of a pair": START + b'"moi", "\\udfff": 1}',
    "many fields": b"{" + b",".join(b'"%d": 0' % number for number in range(15_000)) + b"}",
    "a megabyte": START + b'"' + b"a" * 1_000_000 + b'"}',
}
TAKEN = {
    "a null character": rb'"a\u0000b"',
    "half of an emoji": rb'"a\ud83d"',
    "half of an emoji in the address": rb'"moi", "page": "/\udfff\u0000"',
    "half of an emoji in the municipality": rb'"moi", "municipality": "\udfff\u0000"',
    "the last character of all": '"\U0010ffff\u202e\ufeff"'.encode(),
    "accents upon accents": ('"a' + "\u0301" * 19_000 + '"').encode(),
}
FORM = "application/x-www-form-urlencoded"
TYPES = (
    "", "*/*", "text/plain", "a/b/c;;;=", "ÿþ", "application/xml", FORM,
    "multipart/form-data", "multipart/form-data; boundary=x",
)  # fmt: skip


def post(client: TestClient, body: bytes, kind: str = "application/json") -> Any:
    return client.post("/api/chat", content=body, headers={b"Content-Type": kind.encode("latin-1")})


def test_a_body_that_is_no_message_is_refused_with_a_sentence(fuzzed: Fuzzed) -> None:
    client = TestClient(fuzzed.app)
    for name, body in BODIES.items():
        answer = post(client, body)
        assert answer.status_code in (400, 413, 422), name
        assert answer.json() in TOLD, name


def test_a_message_of_another_type_is_refused_with_a_sentence(fuzzed: Fuzzed) -> None:
    client = TestClient(fuzzed.app)
    for kind in TYPES:
        answer = post(client, START + b'"moi"}', kind)
        assert answer.status_code == 422, kind
        assert answer.json() in TOLD, kind


def test_what_no_database_keeps_does_not_stop_the_rest_of_a_message(fuzzed: Fuzzed) -> None:
    client = TestClient(fuzzed.app)
    for name, text in TAKEN.items():
        body = START.replace(b"message-of-junk", uuid.uuid4().hex.encode()) + text + b"}"
        answer = post(client, body)
        assert answer.status_code == 200, name


# --- the pages, which no description tells of ---

ENDS = {"close": 1, "log_out": 2}  # asked last: after these there is nothing more to try
PAGES = sorted(
    (one for one in (*pages.router.routes, *staff.router.routes) if isinstance(one, APIRoute)),
    key=lambda one: ENDS.get(one.name, 0),
)
# Asked as all others; to be taken they need rows that their own tests make.
ROWS_OF_THEIR_OWN = {
    "GET /staff/callbacks/{call}/{what}",
    "GET /staff/catalogue/{service_id}",
    "GET /staff/counter/receipts/{receipt}",
    "GET /staff/tickets/{code}/files/{file_id}",
    "POST /staff/callbacks/{call}/made",
    "POST /staff/callbacks/{call}/missed",
    "POST /staff/canned",
    "POST /staff/catalogue/{service_id}/{what}",
    "POST /staff/counter/receipts",
    "POST /staff/counter/receipts/find",
    "POST /staff/rota",
    "POST /staff/tickets/{code}/canned",
    "POST /staff/tickets/{code}/due",
    "POST /staff/webhooks",
    *(f"POST /staff/webhooks/{one}" for one in ("again", "pause", "remove", "resume", "test")),
}
MULTIPARTS = [
    f"multipart/form-data; boundary=x; charset={charset}"
    for charset in ("utf-8", "utf-7", "utf-16", "unicode_escape", "punycode", "undefined", "\xff")
]
JUNK = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["\0", "\ud800", "+2AA-\\ud800", "²" * 7, "9" * 30, "x" * 5000, "<script>"]),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
HEADER = st.binary(max_size=40).map(lambda value: value.translate(None, b"\r\n\0"))


@st.composite
def requests(draw: st.DrawFn, route: APIRoute, fuzzed: Fuzzed) -> dict[str, Any]:
    """A form, an address and headers for a page; half of them right enough to be let in."""
    right = draw(st.booleans())
    fields = [one.alias for one in route.dependant.body_params] + ["form_token", "\0"]
    form = draw(st.dictionaries(st.sampled_from(fields), JUNK))
    if right:
        form = {"text": b"Hei"} | form | {name: one.encode() for name, one in fuzzed.known.items()}
    kind = FORM if right else draw(st.sampled_from([*TYPES, *MULTIPARTS]))
    cookie = fuzzed.known["session"].encode() if right else draw(HEADER)
    code = fuzzed.known["code"] if right else draw(JUNK)
    return {
        "url": address_of(route, {"code": quote(code, safe=""), "what": "answer"}),
        "params": {"lang": draw(st.sampled_from(["sv", "\0"])), "show": "\0", "done": "\ufffd"},
        "content": _multipart(form) if kind.startswith("multipart") else _urlencoded(form),
        "headers": {
            b"Content-Type": kind.encode("latin-1"),
            b"Accept-Language": draw(HEADER),
            b"Cookie": COOKIE.encode() + b"=" + cookie,
        },
    }


def address_of(route: APIRoute, known: Mapping[str, str] = MappingProxyType({})) -> str:
    """The route's path; what is not known in it holds a null character."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda one: known.get(one[1], "%00"), route.path)


def _urlencoded(form: dict[str, bytes]) -> bytes:
    return "&".join(f"{quote(name)}={quote(one)}" for name, one in form.items()).encode()


def _multipart(form: dict[str, bytes]) -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return b"".join(part % (name.encode(), one) for name, one in form.items()) + b"--x--\r\n"


ADDRESSES = (
    "/api/services/%00", "/api/services?q=%00", "/api/tickets/%00", "/api/tickets/%C2%B2", "/%00",
    "/api/chat/message-of-junk/events?after=2147483647", "/static/%00", "/staff/tickets/%00",
)  # fmt: skip


def test_what_no_database_keeps_is_no_fault_of_ours_in_any_address_or_form(fuzzed: Fuzzed) -> None:
    client = TestClient(fuzzed.app, cookies={COOKIE: fuzzed.known["session"]})
    for address in ADDRESSES:
        assert client.get(address).status_code < 500, address
    latest = {"Last-Event-ID": "9" * 20}
    assert client.get("/api/chat/message-of-junk/events", headers=latest).json() == []
    names = ("text", "conversation_id", "login", "password", "code", "secret", "form_token")
    sent = [(FORM, b"&".join(b"%s=%%00" % name.encode() for name in names))]
    sent += [(kind, _multipart(dict.fromkeys(names, rb"\ud800+2AA-"))) for kind in MULTIPARTS]
    for route in (one for one in PAGES if one.methods == {"POST"}):
        for kind, body in sent:
            headers = {b"Content-Type": kind.encode("latin-1")}
            answer = client.post(address_of(route), content=body, headers=headers)
            assert answer.status_code < 500, (route.path, kind)


def test_a_form_over_the_limit_is_too_long_on_every_page(fuzzed: Fuzzed) -> None:
    client = TestClient(fuzzed.app, cookies={COOKIE: fuzzed.known["session"]})
    for route in (one for one in PAGES if one.methods == {"POST"}):
        if TAKES_A_FILE.fullmatch(route.path):
            continue  # tests/api/test_files.py has their own limit
        answer = client.post(route.path, data={"text": "a" * 1_000_000})
        assert answer.status_code == 413, route.path
        a_page = answer.headers["Content-Type"].startswith("text/html")
        assert a_page or answer.json() in TOLD


def test_no_form_and_no_header_is_a_fault_of_ours(fuzzed: Fuzzed) -> None:
    client = TestClient(fuzzed.app, follow_redirects=False)
    statuses: Counter[tuple[str, int]] = Counter()
    for route in PAGES:
        (method,) = route.methods
        if route.name == "take_over":
            _is_eeros(fuzzed.app, fuzzed.known["code"])
        if route.name == "close":
            _all_help_is_given(fuzzed.app, fuzzed.known["code"])

        @settings(max_examples=12, deadline=None, derandomize=True, database=None)
        @given(requests(route, fuzzed))
        def asks(request: dict[str, Any]) -> None:
            answer = client.request(method, **request)  # noqa: B023  (called in its own round)
            assert answer.status_code < 500
            statuses[f"{method} {route.path}", answer.status_code] += 1  # noqa: B023

        asks()
    reached = {name for name, status in statuses if status in (200, 303)}
    every = {f"{min(route.methods)} {route.path}" for route in PAGES}
    assert every - reached <= ROWS_OF_THEIR_OWN
