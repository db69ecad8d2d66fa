"""A turn's action is carried out by the app that sent the turn, and by no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from running_bot import KEY, ActionServer, Bot

TURN = {"sender": "way", "text": "mistä saan passin", "metadata": {"turn_id": 3, "language": "fi"}}


class App:
    """The action door of another app."""

    def __init__(self, protocol: str = "HTTP/1.1") -> None:
        """`HTTP/1.0`: it keeps no connection, as nothing of a process that is gone is kept."""
        self.calls: list[tuple[str | None, int]] = []
        calls = self.calls

        class Webhook(BaseHTTPRequestHandler):
            protocol_version = protocol

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                turn = body["tracker"]["latest_message"]["metadata"]["turn_id"]
                calls.append((self.headers["X-Luukku-Key"], turn))
                said = json.dumps({"events": [], "responses": [{"text": "toiselta"}]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_port)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def app() -> Iterator[App]:
    started = App()
    yield started
    started.stop()


def asked(bot: Bot, **more: Any) -> tuple[int, Any]:
    return bot.ask("/webhooks/luukku/turn", {**TURN, **more})


def test_the_app_that_a_turn_names_carries_out_its_action_with_the_key(
    bot: Bot, actions: ActionServer, app: App
) -> None:
    actions.taken()
    for _ in range(3):
        status, answer = asked(bot, actions_port=app.port)
        assert (status, answer["replies"]) == (200, ["toiselta"])
    assert app.calls == [(KEY, 3)] * 3
    assert actions.taken() == []


def test_turns_of_two_apps_at_once_go_each_to_its_own(
    bot: Bot, actions: ActionServer, app: App
) -> None:
    actions.taken()
    threads = [
        threading.Thread(
            target=asked,
            args=(bot,),
            kwargs={"sender": f"way-{n}"} | ({"actions_port": app.port} if n % 2 else {}),
        )
        for n in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(app.calls), len(actions.taken())) == (4, 4)


def test_an_app_that_is_gone_takes_no_other_apps_turn_with_it(
    bot: Bot, actions: ActionServer
) -> None:
    gone = App("HTTP/1.0")
    asked(bot, actions_port=gone.port)
    gone.stop()
    actions.taken()
    assert asked(bot, actions_port=gone.port)[1].get("replies", []) == []
    assert actions.taken() == []
    assert asked(bot)[0] == 200
    assert len(actions.taken()) == 1


@pytest.mark.parametrize("port", [0, 65536, -1, "80", True, 1.5])
def test_what_is_no_port_is_refused(bot: Bot, port: object) -> None:
    assert asked(bot, actions_port=port)[0] == 400
