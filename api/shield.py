"""Headers and bounds that every answer and every request get."""

from __future__ import annotations

import asyncio
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 300_000  # of a request's body: the longest message in any script, however escaped
SLOWEST = 30.0  # seconds for a body; who sends it byte by byte holds no door open
SLOWEST_FILE = 20_000  # bytes in a second: a file over a poor mobile network
HSTS = "max-age=31536000"  # a year; for one who came over HTTPS
# The doors that take a file: their bound is the setting's, told to the shield.
TAKES_A_FILE = re.compile(
    r"/api/tickets/[^/]+/files|/ticket/file|/staff/tickets/[^/]+/(?:answer|close|canned)"
)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# FastAPI's own page of the API loads its script from elsewhere; we serve the schema alone.
NOT_STORED = ("/api/", "/staff", "/chat")


class Shield:
    """Bounds the body before anything parses it, and adds the security headers."""

    def __init__(self, app: ASGIApp, most_with_file: int = MOST_BYTES) -> None:
        self._app = app
        self._most_with_file = most_with_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, most, foreign = 0, self._most(scope), _from_elsewhere(scope)
        whole, until = False, asyncio.get_running_loop().time() + _patience(most)

        async def bounded() -> Message:
            nonlocal taken, whole
            # FastAPI passes these on; any other error in a body becomes its own 400.
            if foreign:
                # Another site's form could put a visitor into a talk that its maker reads.
                raise HTTPException(403)
            if taken > most or _told_size(scope) > most:
                raise HTTPException(413)
            if whole:  # what comes after the body is that the client has gone
                return await receive()
            message = await _in_time(receive, until)
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > most:
                raise HTTPException(413)
            return message

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in protecting(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, bounded, shielded)

    def _most(self, scope: Scope) -> int:
        files = scope["method"] == "POST" and TAKES_A_FILE.fullmatch(scope["path"])
        return self._most_with_file if files else MOST_BYTES


def protecting(scope: Scope) -> dict[str, str]:
    """The headers that every answer to this request gets, where it has none of its own."""
    headers = dict(HEADERS)
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = HSTS
    if scope["path"].startswith(NOT_STORED):
        headers["Cache-Control"] = "no-store"
    return headers


def _patience(most: int) -> float:
    """Seconds that a body may take; a large one as long as a slow network needs."""
    return SLOWEST + (most / SLOWEST_FILE if most > MOST_BYTES else 0)


async def _in_time(receive: Receive, until: float) -> Message:
    """The body's next part. Raises HTTPException 408 when it comes too slowly."""
    try:
        async with asyncio.timeout_at(until):
            return await receive()
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None


def _told_size(scope: Scope) -> int:
    told = Headers(scope=scope).get("content-length", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else 0


def _from_elsewhere(scope: Scope) -> bool:
    """Whether a browser says that a form on another site was sent here; the widget's and other
    programs' calls are no navigation."""
    headers = Headers(scope=scope)
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    return scope["method"] == "POST" and site == "cross-site" and mode == "navigate"
