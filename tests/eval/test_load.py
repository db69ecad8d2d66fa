"""What the load test counts is what customers would have waited for."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api.database import Database
from desk.models import Turn
from eval import load_report
from eval.load_clients import Asked, Customers, not_decided
from eval.load_report import Held, Load
from eval.questions_data import development
from tests.foundation import Talk


class App:
    """A real HTTP server in the desk's place, which takes `pause` seconds for each answer."""

    def __init__(self) -> None:
        self.pause, self.status = 0.0, 200
        self.asked: list[dict[str, Any]] = []
        app = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                app.asked.append(json.loads(body))
                time.sleep(app.pause)
                self.send_response(app.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def app() -> Iterator[App]:
    started = App()
    yield started
    started.server.shutdown()
    started.server.server_close()


def test_a_steady_pace_is_kept_though_answers_are_slow(app: App) -> None:
    app.pause = 0.5
    began = time.perf_counter()
    asked = asyncio.run(Customers([app.url], development()).at_pace(20, 1))
    assert len(asked.seconds) == 20
    assert time.perf_counter() - began < 5  # one after another they would take ten
    assert asked.within(0.5) >= 0.5
    assert len({one["message_id"] for one in app.asked}) == 20


def test_who_asks_as_answered_waits_for_the_answer(app: App) -> None:
    app.pause = 0.1
    asked = asyncio.run(Customers([app.url], development()).as_answered(2, 1))
    assert 2 <= len(asked.seconds) <= 22


def test_a_refusal_and_a_dead_door_are_failures_by_name(app: App) -> None:
    app.status = 503
    refused = asyncio.run(Customers([app.url], development()).at_pace(10, 0.5))
    assert refused.failures == Counter({"HTTP 503": 5})
    dead = asyncio.run(Customers(["http://127.0.0.1:1"], development()).at_pace(10, 0.5))
    assert dead.failures == Counter({"ClientConnectorError": 5})
    assert not dead.seconds


def test_an_answer_that_no_action_decided_is_a_failure(talk: Talk, house: Database) -> None:
    found = talk.write("mistä saan passin").turn
    left = talk.open("ja entä henkilökortti")
    with house.reading() as session:
        keys = [found.message_id, session.get_one(Turn, left).message_id, "lost"]
    asked = Asked(message_ids=keys)
    assert not_decided(house, asked) == Counter({"never closed": 2})


def test_the_report_says_no_where_the_goal_is_missed() -> None:
    def held(seconds: float, **failed: int) -> Held:
        asked = Asked([seconds] * 100, Counter(failed), began=0, ended=10)
        return Held(asked, ["app", "bot"], [100, 50], [100, 60], [1.0, 0.5], 0.1, 0.2)

    given = Namespace(minutes=1, rate=40, top=30, calm=60, clients=8)
    good = Load("as it comes", held(0.2), held(0.15), held(0.3))
    late = Load("grown", held(0.1), held(0.05), held(0.7))
    told = load_report.table([good], given)
    assert "and no failure: yes" in told
    assert "| half of that, 60 s | 100 | 10.0 | 150 ms |" in told
    assert "and no failure: no" in load_report.table([late], given)
    broken = Load("as it comes", held(0.2), held(0.15), held(0.3, bot_slow=1))
    told = load_report.table([broken, late], given)
    assert "1 bot_slow" in told
    assert "1.00 times" in told
    assert "60 MB (grown)" in told
