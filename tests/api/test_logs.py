"""Log lines: one a request, with its id; nothing that anybody wrote, whatever goes wrong."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from sqlalchemy import text

from actions.hand import Desk
from api import logs
from api.app import create_app
from api.doors import Doors
from api.shield import MOST_BYTES
from api.watching import HEADER, UNKNOWN
from tests.e2e.running_desk import free_port, until
from tests.foundation import PASSWORD, person
from tests.logged import logging_to

IDENTITY_CODE = "131052-308T"
EMAIL = "salainen.asiakas@esimerkki.fi"
WORDS = "eriskummallinenhuolenaihe"
SECRETS = (IDENTITY_CODE, EMAIL, WORDS, PASSWORD)
PLANTED = f"{WORDS} {IDENTITY_CODE} {EMAIL}"


@dataclass
class Served:
    """A desk on a real port, and every line that its process logged."""

    http: httpx.Client
    lines: io.StringIO

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]

    def access(self) -> list[dict[str, Any]]:
        return [one for one in self.told() if one["logger"] == logs.ACCESS]


@contextmanager
def served(doors: Doors, form: Literal["text", "json"] = "json") -> Iterator[Served]:
    """The application by uvicorn, as `luukku run` starts it: the server's own lines come too."""
    port, lines = free_port(), io.StringIO()
    config = uvicorn.Config(create_app(doors), port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with logging_to(lines, form):
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            until(lambda: server.started, 90, "the server")
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
                yield Served(http, lines)
        finally:
            server.should_exit = True
            thread.join(20)


def plant(at: Served) -> None:
    """The same secrets through every kind of door: bodies, paths, queries, headers, forms."""
    headers = {HEADER: IDENTITY_CODE, "User-Agent": PLANTED, "Referer": f"http://x/{WORDS}"}
    at.http.headers.update(headers)
    sent = at.http.post("/api/chat", json={"message_id": uuid.uuid4().hex, "text": PLANTED})
    talk, ticket = sent.json()["conversation_id"], sent.json()["outcome"]["ticket"]
    at.http.post("/api/chat", json={"message_id": WORDS, "text": 7, "page": EMAIL})
    at.http.get(f"/api/chat/{talk}/events", params={"after": 0, "q": IDENTITY_CODE})
    at.http.get(f"/api/tickets/{ticket['code']}", headers={"X-Ticket-Secret": ticket["secret"]})
    at.http.get(f"/api/tickets/{IDENTITY_CODE}", headers={"X-Ticket-Secret": WORDS})
    at.http.get("/api/services", params={"q": PLANTED})
    at.http.get(f"/{WORDS}/{EMAIL}")
    at.http.get(f"/static/{WORDS}")
    at.http.get(f"/open311/v2/{IDENTITY_CODE}.json")
    at.http.request("PROPFIND", f"/chat/{WORDS}")
    at.http.request(WORDS.upper(), "/")  # no HTTP: the server itself refuses it
    at.http.post("/staff/login", data={"login": EMAIL, "password": PASSWORD})
    at.http.post("/api/chat", content=PLANTED.encode(), headers={"Content-Type": "text/plain"})


def test_no_line_holds_what_anybody_wrote(botless_doors: Doors) -> None:
    with served(botless_doors) as at:
        plant(at)
        sent = at.http.post("/api/chat", json={"message_id": uuid.uuid4().hex, "text": WORDS})
        answer = sent.json()
        at.http.get(f"/api/chat/{answer['conversation_id']}")
    lines = at.lines.getvalue()
    ticket = answer["outcome"]["ticket"]
    for secret in (*SECRETS, answer["conversation_id"], ticket["code"], ticket["secret"]):
        assert secret.lower() not in lines.lower()
    assert len(at.access()) == 14


def test_an_error_is_logged_by_its_kind_and_place_and_never_by_its_words(
    botless_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot take {PLANTED}")

    monkeypatch.setattr(botless_doors.front, "take", broken)
    with served(botless_doors) as at:
        answer = at.http.post("/api/chat", json={"message_id": "m" * 8, "text": PLANTED})
    assert answer.status_code == 500
    told = [one for one in at.told() if one.get("request_id") == answer.headers[HEADER]]
    by_server = [one for one in told if one["logger"] == "uvicorn.error"]
    assert [one["failure"].split(" at ")[0] for one in by_server] == ["RuntimeError"]
    assert "broken:" in by_server[0]["failure"]
    assert {one["logger"] for one in told} >= {logs.ACCESS, "luukku.problems"}
    assert not [secret for secret in SECRETS if secret in at.lines.getvalue()]


# What each database calls a statement of a table that is not there.
NO_TABLE = {"sqlite": "OperationalError", "postgresql": "ProgrammingError"}


def test_a_database_error_names_neither_statement_nor_values(
    botless_doors: Doors, desk: Desk
) -> None:
    with desk.writing() as session:
        session.execute(text("alter table turn rename to gone"))
    with served(botless_doors) as at:
        answer = at.http.post("/api/chat", json={"message_id": "m" * 8, "text": PLANTED})
    assert answer.status_code == 503
    lines = at.lines.getvalue()
    assert f"{NO_TABLE[botless_doors.database.engine.dialect.name]} at /api/chat" in lines
    assert not [one for one in (*SECRETS, "insert into", "INSERT INTO") if one in lines]


def test_each_request_leaves_one_line_with_route_status_and_time(botless_doors: Doors) -> None:
    with served(botless_doors) as at:
        at.http.get("/api/services/not-there", params={"language": "sv"})
        at.http.get("/nowhere/at/all")
        at.http.get("/staff/tickets/ABC-123")
        at.http.get("/open311/v2/requests/1.json")
        at.http.get("/static/luukku.css")
    told = [(one["method"], one["route"], one["status"]) for one in at.access()]
    assert told[0] == ("GET", "/api/services/{service_id}", 404)
    assert told[1] == ("GET", UNKNOWN, 404)
    assert told[2][1] == "/staff/tickets/{code}"
    assert told[3][1].startswith("/open311/v2/requests/{")
    assert told[4] == ("GET", "/static/unknown", 200)
    assert all(0 <= one["ms"] < 60_000 and one["level"] in ("INFO", "DEBUG") for one in at.access())


def test_every_line_of_a_request_has_its_id_also_from_the_pool(
    botless_doors: Doors, desk: Desk
) -> None:
    def in_the_pool() -> None:
        logging.getLogger("luukku.test").warning("seen")

    async def two() -> None:
        async def one(given: str) -> None:
            logs.request_id.set(given)
            await botless_doors.work(in_the_pool)

        await asyncio.gather(one("a" * 32), one("b" * 32))

    lines = io.StringIO()
    with logging_to(lines, "json"):
        asyncio.run(two())
        in_the_pool()
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    ids = [one.get("request_id") for one in told if one["logger"] == "luukku.test"]
    assert sorted(map(str, ids)) == ["None", "a" * 32, "b" * 32]


@pytest.mark.parametrize("given", ["0123456789abcdef0123456789ABCDEF", str(uuid.UUID(int=7))])
def test_a_proxys_id_of_the_request_is_kept(given: str) -> None:
    assert logs.id_of_request(given) == given


@pytest.mark.parametrize(
    "given",
    [None, "", IDENTITY_CODE, EMAIL, "0401234567", "a\nb", f"{'0' * 32} {WORDS}", f"{'0' * 32}\n"],
)
def test_what_could_be_anybodys_data_is_no_id(given: str | None) -> None:
    made = logs.id_of_request(given)
    assert made != given
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_the_answer_names_the_request_also_when_it_is_refused(botless_doors: Doors) -> None:
    mine = uuid.uuid4().hex
    with served(botless_doors) as at:
        assert at.http.get("/health", headers={HEADER: mine}).headers[HEADER] == mine
        over = b"x" * (MOST_BYTES + 1)
        refused = at.http.post("/api/chat", content=over, headers={HEADER: WORDS})
    assert refused.status_code == 413
    assert refused.headers[HEADER] != WORDS
    assert refused.headers[HEADER] in {one["request_id"] for one in at.access()}


def lines_of(form: Literal["text", "json"], *, logger: str, words: str, **more: Any) -> str:
    lines = io.StringIO()
    with logging_to(lines, form):
        logging.getLogger(logger).error(words, **more)
    return lines.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_library_is_told_by_its_place_alone(form: Literal["text", "json"]) -> None:
    try:
        raise ValueError(PLANTED)
    except ValueError:
        said = lines_of(form, logger="somelibrary.deep", words=PLANTED, exc_info=True)
    assert "test_logs.lines_of:" in said
    assert "ValueError at test_a_library_is_told_by_its_place_alone:" in said
    assert not [secret for secret in SECRETS if secret in said]


@pytest.mark.parametrize("form", ["text", "json"])
def test_even_the_desks_own_words_are_masked_and_stay_on_one_line(
    form: Literal["text", "json"],
) -> None:
    said = lines_of(form, logger="luukku.test", words=f"one {IDENTITY_CODE}\ntwo {EMAIL}")
    assert said.count("\n") == 1
    assert "one [ID] two [EMAIL]" in said


def test_a_line_of_text_tells_time_level_logger_and_fields(botless_doors: Doors) -> None:
    with served(botless_doors, "text") as at:
        at.http.get("/api/services/not-there", headers={HEADER: "f" * 32})
    line = next(one for one in at.lines.getvalue().splitlines() if logs.ACCESS in one)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO luukku\.access: request method=GET "
        r"route=/api/services/\{service_id\} status=404 ms=\d+ request_id=f{32}",
        line,
    )


def test_staff_who_sign_in_are_named_in_no_line(botless_doors: Doors, desk: Desk) -> None:
    with desk.reading() as session:
        name = person(session, "aino").name
    with served(botless_doors) as at:
        page = at.http.get("/staff/login")
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        data = {"login": "aino", "password": PASSWORD, "form_token": token[1] if token else ""}
        at.http.post("/staff/login", data=data)
        at.http.get("/staff")
    lines = at.lines.getvalue()
    assert PASSWORD not in lines
    assert name not in lines
    for cookie in at.http.cookies.jar:
        assert not cookie.value or cookie.value not in lines
