"""The audit says what is known of the libraries, or that it cannot say: never that all is well."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api import audit, cli, held_old, keeping_command
from api.audit import AdvisoriesUnreachable, Fault, Finding
from api.held_old import HELD_OLD, Held, ListUnreadable
from tests.api.conftest import free_port

TODAY = date(2026, 12, 1)
CANARY_FAULT = {"id": "GHSA-canary-0000-0000", "aliases": ["CVE-2014-1402"]}
ROW = "| bot | keras | 2.12.0 | CVE-2024-3660 | TensorFlow | our own model | 2027-02-28 |"
HEAD = f"| {' | '.join(held_old.COLUMNS)} |\n|---|---|---|---|---|---|---|\n"


class Advisories:
    """A service that speaks OSV's query API and knows what a test tells it."""

    def __init__(self, known: dict[str, dict[str, Any]]) -> None:
        self.known = known
        self.asked: list[str] = []
        service = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name = query["package"]["name"].lower()
                service.asked.append(f"{name}=={query['version']}")
                body = json.dumps(service.answer(name, query["version"])).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/query"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, name: str, version: str) -> dict[str, Any]:
        if name not in self.known:
            return {}
        package = {"name": name, "ecosystem": "PyPI"}
        fault = {
            "summary": "a fault",
            "details": "a fault",
            "published": "2024-01-01T00:00:00Z",
            "affected": [{"package": package, "versions": [version], "ranges": []}],
        }
        return {"vulns": [fault | self.known[name]]}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def advisories() -> Iterator[Advisories]:
    service = Advisories({"jinja2": CANARY_FAULT})
    yield service
    service.close()


@pytest.fixture(autouse=True)
def small_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two libraries for each environment; the whole files would be hundreds of questions."""
    digest = "0" * 64
    for environment, pinned in {"app": "alembic==1.18.0", "bot": "keras==2.12.0"}.items():
        lock = tmp_path / f"{environment}.txt"
        lock.write_text(
            f"{pinned} \\\n    --hash=sha256:{digest}\n"
            f"tzdata==2025.1 ; sys_platform == 'win32' \\\n    --hash=sha256:{digest}\n"
        )
        monkeypatch.setitem(audit.LOCKS, environment, lock)


@pytest.fixture
def held(tmp_path: Path) -> Path:
    page = tmp_path / "held-old.md"
    page.write_text(f"# What is held old\n\n{HEAD}{ROW}\n")
    return page


def needs_pip_audit() -> None:
    if not audit.UV.exists():
        pytest.skip("NO uv HERE (make setup): pip-audit was not run")


def run(held: Path, url: str, today: date = TODAY) -> tuple[int, str]:
    said: list[str] = []
    needs_pip_audit()
    pythons = dict.fromkeys(audit.LOCKS, Path(sys.executable))
    code = audit.audit(held, url, said.append, today=today, pythons=pythons)
    return code, "\n".join(said)


def test_a_service_that_nobody_reaches_fails_the_audit(
    held: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/v1/query"
    with pytest.raises(AdvisoriesUnreachable, match=f"out of reach.*port={port}"):
        run(held, url)
    monkeypatch.setattr(keeping_command, "HELD_OLD", held)
    assert cli.main(["audit", "--osv-url", url]) == 1
    assert f"port={port}" in capsys.readouterr().err


def test_a_service_that_knows_of_no_fault_at_all_is_not_believed(
    held: Path, advisories: Advisories
) -> None:
    advisories.known.clear()
    with pytest.raises(AdvisoriesUnreachable, match="jinja2"):
        run(held, advisories.url)


def test_what_is_held_passes_and_what_is_not_fails(held: Path, advisories: Advisories) -> None:
    advisories.known["keras"] = {"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2024-3660"]}
    assert run(held, advisories.url)[0] == 0
    assert {"alembic==1.18.0", "keras==2.12.0"} < set(advisories.asked)
    advisories.known["alembic"] = {"id": "GHSA-dddd-eeee-ffff"}
    code, said = run(held, advisories.url)
    assert code == 1
    assert "not held: app: alembic 1.18.0: GHSA-dddd-eeee-ffff" in said
    assert "held until 2027-02-28: bot: keras" in said


def test_a_new_fault_of_a_library_that_is_held_for_another_fails() -> None:
    row = Held("bot", "keras", "2.12.0", frozenset({"CVE-2024-3660"}), TODAY)
    one = Finding("bot", "keras", "2.12.0", Fault(id="PYSEC-1-1", aliases=["CVE-2024-3660"]))
    other = Finding("bot", "keras", "2.12.0", Fault(id="CVE-2099-1"))
    elsewhere = Finding("app", "keras", "2.12.0", Fault(id="CVE-2024-3660"))
    found = [audit.row_of(finding, [row]) for finding in (one, other, elsewhere)]
    assert found == [row, None, None]


def test_a_row_that_is_past_its_day_or_tells_of_another_version_fails(held: Path) -> None:
    rows = held_old.read(held)
    assert audit.stale(rows, today=date(2027, 2, 28)) == []
    assert "keras" in audit.stale(rows, today=date(2027, 2, 28) + timedelta(days=1))[0]
    audit.LOCKS["bot"].write_text("keras==2.13.1 \\\n    --hash=sha256:0\n")
    assert audit.stale(rows, today=TODAY) == ["not so any more: keras 2.12.0 in docs/held-old.md"]


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Traceback (most recent call last):",
        json.dumps({"dependencies": "none"}),
    ],
)
def test_an_answer_that_is_none_is_no_good_news(output: str) -> None:
    with pytest.raises(AdvisoriesUnreachable):
        audit.read_report(output, "")


def test_a_library_that_was_passed_over_or_left_out_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pip-audit says it of every library where PyPI is out of reach, ending with 0."""
    skipped = {"name": "alembic", "skip_reason": "Dependency not found on PyPI and could not be…"}
    for dependencies in ([skipped], []):
        report = audit.read_report(json.dumps({"dependencies": dependencies}), "")
        monkeypatch.setattr(audit, "_asked", lambda *_, report=report, **__: report)
        with pytest.raises(AdvisoriesUnreachable, match="alembic was not looked up"):
            audit.looked_up(audit.LOCKS["app"], audit.OSV, Path(sys.executable))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (ROW.replace("2027-02-28", "soon"), "no date"),
        (ROW.replace("CVE-2024-3660", "something"), "no advisory's name"),
        (ROW.replace("our own model", ""), "every column"),
    ],
)
def test_a_row_of_the_list_that_says_too_little_is_refused(
    tmp_path: Path, row: str, fault: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(HEAD + row)
    with pytest.raises(ListUnreadable, match=fault):
        held_old.read(page)


def test_the_shipped_list_tells_of_the_versions_that_are_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    rows = held_old.read(HELD_OLD)
    assert {"tensorflow-cpu", "keras", "sanic"} <= {row.package for row in rows}
    assert audit.stale(rows, today=date(2026, 11, 22)) == []
