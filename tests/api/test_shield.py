"""Every route of the desk: its headers, the size of what it reads, and the patience that it has."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from select import select
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import Message

from api import shield
from api.app import create_app
from api.doors import Doors
from api.run import LOOPBACK, _server
from api.shield import MOST_BYTES
from tests.api.conftest import free_port

CHUNK = b"a" * 50_000
FORM = b"application/x-www-form-urlencoded"
STRICT = {
    b"content-security-policy": (b"default-src 'none'", b"frame-ancestors 'none'"),
    b"x-content-type-options": (b"nosniff",),
    b"referrer-policy": (b"",),
    b"permissions-policy": (b"camera=()", b"geolocation=()", b"microphone=()"),
}


def every_route(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of each route, those of mounted applications too."""
    return sorted(set(_routes(app.routes, "")))


def _routes(routes: Any, below: str) -> Iterator[tuple[str, str]]:
    for one in routes:
        if isinstance(one, Mount):
            yield from _routes(one.routes or (), below + one.path)
    for found in iter_route_contexts(routes):
        path = below + (found.path or "").replace("{form}", "json")
        for method in found.methods or ():
            yield method, path.replace("{", "").replace("}", "")


@pytest.fixture
def app(botless_doors: Doors) -> FastAPI:
    settings = botless_doors.settings.model_copy(update={"rasa_rest": True})
    return create_app(replace(botless_doors, settings=settings))


def asked(
    app: FastAPI, method: str, path: str, *, scheme: str = "https", told: int | None = None
) -> tuple[int, dict[bytes, bytes], int]:
    """Status and headers of the answer to an endless body, and how much of that was read.

    `told`: the size that the client says.
    """
    kind = b"application/json" if path.startswith("/api/") else FORM
    headers = [(b"host", b"desk"), (b"content-type", kind)]
    if told is not None:
        headers.append((b"content-length", str(told).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"q=passi&wait=0",
        "scheme": scheme,
        "headers": headers,
        "client": ("127.0.0.1", 5000),
        "server": ("desk", 443),
    }
    read, starts = 0, list[Message]()

    async def receive() -> Message:
        nonlocal read
        if method in ("GET", "HEAD"):
            return {"type": "http.request", "body": b"", "more_body": False}
        read += len(CHUNK)
        return {"type": "http.request", "body": CHUNK, "more_body": True}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            starts.append(message)

    asyncio.run(asyncio.wait_for(app(scope, receive, send), 60))
    (start,) = starts
    return start["status"], dict(start["headers"]), read


def test_every_route_answers_with_strict_headers_and_reads_no_endless_body(app: FastAPI) -> None:
    most = app.state.doors.settings.attachment_max_mb * 1_048_576 + 2 * MOST_BYTES
    routes = every_route(app)
    assert len(routes) > 100
    for method, path in routes:
        status, headers, read = asked(app, method, path)
        assert status < 500 or path == "/ready", (method, path, status)
        for name, parts in STRICT.items():
            assert all(one in headers[name] for one in parts), (method, path, name)
        assert headers[b"strict-transport-security"].startswith(b"max-age="), (method, path)
        bound = most if shield.TAKES_A_FILE.fullmatch(path) else MOST_BYTES
        assert read <= bound + 2 * len(CHUNK), (method, path, read)


@pytest.mark.parametrize("path", ["/api/chat", "/chat", "/staff/login", "/ticket/message"])
def test_a_body_that_says_it_is_too_large_is_refused_unread(app: FastAPI, path: str) -> None:
    assert asked(app, "POST", path, told=MOST_BYTES + 1)[::2] == (413, 0)
    status, _, read = asked(app, "POST", path)
    assert status == 413
    assert 0 < read <= MOST_BYTES + 2 * len(CHUNK)


def test_only_over_https_a_browser_is_told_to_stay_there(app: FastAPI) -> None:
    assert b"strict-transport-security" not in asked(app, "GET", "/", scheme="http")[1]


# --- on a real port ---


@contextmanager
def served(app: Any, proxies: str = "") -> Iterator[int]:
    port = free_port()
    server = _server(app, LOOPBACK, port, proxies)
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + 20
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join(20)


def spoken(port: int, *lines: str, body: str = "", within: float = 20) -> str:
    with socket.create_connection((LOOPBACK, port), timeout=within) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        got = b""
        while part := line.recv(65536):
            got += part
    return got.decode()


SLOW = ("POST /api/chat HTTP/1.1", "Host: desk", "Content-Type: application/json")


def test_slow_bodies_hold_nobody_up_and_end(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "SLOWEST", 15.0)
    with served(app) as port, ExitStack() as held:
        for _ in range(100):
            line = held.enter_context(socket.create_connection((LOOPBACK, port), timeout=20))
            line.sendall(("\r\n".join((*SLOW, "Content-Length: 100")) + "\r\n\r\n{").encode())
        assert "200 OK" in spoken(port, "GET /health HTTP/1.1", "Host: desk", "Connection: close")
        assert not select([line], [], [], 0)[0], "it was answered while all of them were held"
        line.settimeout(60)
        told = line.recv(65536).decode()
    assert "408" in told
    assert "too_slow" in told


@pytest.mark.parametrize(
    ("proxies", "header", "known"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "10.9.9.9, 198.51.100.7", "198.51.100.7"),  # the first is the client's word
        ("127.0.0.1,192.0.2.0/24", "198.51.100.7, 192.0.2.4", "198.51.100.7"),
        ("192.0.2.4", "198.51.100.7", "127.0.0.1"),
        ("", "198.51.100.7", "127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_tells_a_clients_address(
    proxies: str, header: str, known: str
) -> None:
    app = FastAPI()

    @app.get("/whose")
    async def whose(request: Request) -> PlainTextResponse:
        assert request.client is not None
        return PlainTextResponse(request.client.host)

    with served(app, proxies) as port:
        told = spoken(
            port,
            "GET /whose HTTP/1.1",
            "Host: desk",
            "Connection: close",
            f"X-Forwarded-For: {header}",
        )
    assert told.endswith(f"\r\n{known}")
