"""The widget for other sites: one script with its style and its texts, and who may embed it."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response
from pydantic import BaseModel, Field
from rcssmin import cssmin
from rjsmin import jsmin

from api.contract import problems
from api.doors import Doors, doors
from api.page_texts import LANGUAGES, texts
from api.settings import PROJECT

SOURCES = PROJECT / "widget"
# In the order that they are run in; each sees what stands before it.
PARTS = ("nodes", "kept", "wire", "proof", "talking", "log", "keeping", "panel", "chat", "start")
KEPT = 600  # seconds that a browser keeps the script before it asks whether it is still the same

router = APIRouter()
At = Annotated[Doors, Depends(doors)]


@dataclass(frozen=True)
class Script:
    """The script as it is sent, plain and compressed, and the tag that tells one from another."""

    plain: bytes
    packed: bytes
    etag: str


class DoorOut(BaseModel):
    allowed: bool = Field(description="Whether pages of the asking origin may use the chat.")


@router.get("/widget.js", include_in_schema=False)
async def widget(
    at: At,
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """The whole widget: the same for every site, so that each may keep it."""
    made = await at.work(_of_the_desk, at)
    headers = {
        "ETag": made.etag,
        "Cache-Control": f"public, max-age={KEPT}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }
    # A proxy that packs a body marks the tag as weak.
    if made.etag in if_none_match.replace("W/", ""):
        return Response(status_code=304, headers=headers)
    body = made.plain
    if "gzip" in accept_encoding:
        body, headers["Content-Encoding"] = made.packed, "gzip"
    return Response(body, headers=headers, media_type="text/javascript; charset=utf-8")


@router.get("/widget/door", tags=["chat"], responses=problems(422))
async def door(
    at: At,
    response: Response,
    origin: Annotated[str | None, Header(max_length=300)] = None,
) -> DoorOut:
    """Whether the asking page's site is one that the desk serves; every site may ask.

    Without this, a site that has been left out could not be told from a desk that is away.
    """
    # The other answers carry this for the sites that are allowed alone (see create_app).
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return DoorOut(allowed=_served(at, origin))


def _served(at: Doors, origin: str | None) -> bool:
    """A request of the desk's own pages names no origin, or the desk's."""
    origins = at.settings.origins
    return origin is None or "*" in origins or origin in origins


def _of_the_desk(at: Doors) -> Script:
    # The very words by which the desk knows that a person is wanted.
    return script(tuple(at.desk.replies.say("utter_to_a_person", one) for one in LANGUAGES))


@cache
def script(person: tuple[str, ...]) -> Script:
    """The script in one piece; `person`: what its button for a person sends, by LANGUAGES."""
    told = {
        language: texts("widget", language) | {"person": words}
        for language, words in zip(LANGUAGES, person, strict=True)
    }
    style = cssmin((SOURCES / "widget.css").read_text("utf-8"))
    parts = [jsmin((SOURCES / f"{part}.js").read_text("utf-8")) for part in PARTS]
    given = f"const DESK_TEXTS={_literal(told)},DESK_STYLE={_literal(style)};"
    # A function of its own: nothing of it is seen by the page.
    plain = "\n".join(['(()=>{"use strict";', given, *parts, "})();"]).encode()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return Script(plain, gzip.compress(plain, 9, mtime=0), etag)


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
