"""Every request gets an id, is counted, and leaves one line: what it asked for, never with what."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.metrics import METHODS, OTHER, Metrics, RequestEnded

HEADER = "X-Request-ID"
UNKNOWN = "unknown"  # the route of an address that nobody declared
FAILED, GONE = 500, 499  # an error that left no answer; a client that left before it
QUIET = ("/health", "/ready", "/static")  # asked all day long: their lines are for DEBUG

log = logging.getLogger(logs.ACCESS)


@dataclass
class _Answer:
    """What has been sent so far."""

    status: int | None = None
    streamed: bool = False


class Watch:
    """Outermost, so that refusals by the others are counted too."""

    def __init__(self, app: ASGIApp, metrics: Metrics, mounted: Collection[str]) -> None:
        """`mounted`: the addresses of applications within this one, without parameters."""
        self._app = app
        self._metrics = metrics
        self._mounted = mounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = logs.id_of_request(Headers(scope=scope).get(HEADER))
        # Not taken back at the end: each request has its own context, and the server may log later.
        logs.request_id.set(given)
        scope.setdefault("state", {})["request_id"] = given
        answer, began = _Answer(), time.perf_counter()

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[HEADER] = given
                answer.status = message["status"]
                if headers.get("content-type", "").startswith("text/event-stream"):
                    answer.streamed = True
                    self._metrics.streams.inc()
            await send(message)

        otherwise = GONE
        try:
            await self._app(scope, receive, seen)
        except Exception:
            otherwise = FAILED
            raise
        finally:
            if answer.streamed:
                self._metrics.streams.dec()
            self._tell(scope, answer, otherwise, time.perf_counter() - began)

    def _tell(self, scope: Scope, answer: _Answer, otherwise: int, seconds: float) -> None:
        route, status = declared(scope, self._mounted), answer.status or otherwise
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._metrics.request(RequestEnded(method, route, status, seconds, answer.streamed))
        level = logging.DEBUG if route.startswith(QUIET) else logging.INFO
        if log.isEnabledFor(level):
            ms = round(seconds * 1000)
            fields = {"method": method, "route": route, "status": status, "ms": ms}
            log.log(level, "request", extra={"fields": fields})


def declared(scope: Scope, mounted: Collection[str]) -> str:
    """The address as the application declares it, with the names of its parameters."""
    below = scope.get("root_path", "")
    # A router within a router: FastAPI keeps the whole address here, and the route's own end of it
    # in the route.
    whole = (scope.get("fastapi") or {}).get("effective_route_context")
    path = getattr(whole or scope.get("route"), "path", None)
    if below and below in mounted:
        return f"{below}{path}" if path else f"{below}/{UNKNOWN}"
    return str(path) if path else UNKNOWN
