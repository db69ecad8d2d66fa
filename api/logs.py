"""Log lines that cannot quote a customer, as text or as JSON, each with its request's id.

Only the desk's own lines keep their words, with personal data masked; they never hold a text. A
library's words may hold anything (a statement's values, a whole message), so of its lines the
place in the source is told instead. An exception is told by its kind and place, never by its words.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
import uuid
from contextvars import ContextVar
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

from catalog.personal_data import mask

OWN = ("luukku", "api", "actions", "catalog", "desk")
ACCESS = "luukku.access"
SERVER = "uvicorn.error"  # its few sentences are its own: a port taken, a request that is no HTTP
# What these say at INFO is nothing that an operator acts on.
NOISY = ("httpx", "httpcore", "sse_starlette", "alembic", "rasa_sdk", "sqlalchemy", SERVER)
FRAMES_SHOWN = 4
# What proxies make: a UUID, or 32 hexadecimal digits. Anything freer could carry a person's data.
HARMLESS = re.compile(r"[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s%(tail)s"

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def id_of_request(given: str | None) -> str:
    """The proxy's id of the request where it is harmless, else a new one."""
    return given if given and HARMLESS.fullmatch(given) else uuid.uuid4().hex


def configure(level: str, form: Literal["text", "json"] = "text") -> None:
    """Sends every log line of the process to stderr in this form, without anybody's words."""
    logging.basicConfig(level=level, handlers=[handler(form)], force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def handler(form: Literal["text", "json"]) -> logging.Handler:
    """To stderr; whatever other handlers a test or a host adds see the records as they came."""
    made = logging.StreamHandler(sys.stderr)
    made.addFilter(without_texts)
    made.setFormatter(_json() if form == "json" else logging.Formatter(TEXT))
    return made


def structured() -> bool:
    """Whether the process's lines are JSON, so that no other line should be printed."""
    return any(isinstance(one.formatter, _Json) for one in logging.getLogger().handlers)


def without_texts(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of the record that holds no words but the desk's own, on one line."""
    told = logging.LogRecord(
        record.name, record.levelno, record.pathname, record.lineno, _words(record), None, None
    )
    told.created, told.msecs = record.created, record.msecs
    failure, request = _failure(record), request_id.get()
    fields = dict(getattr(record, "fields", {})) if _own(record) else {}
    if failure:
        fields["failure"] = failure
    if request:
        fields["request_id"] = request
    told.fields = fields
    told.tail = "".join(f" {name}={value}" for name, value in fields.items())
    return told


class _Json(JsonFormatter):
    """One object a line: time, level, logger, message, and the line's own fields beside them."""

    def format(self, record: logging.LogRecord) -> str:
        for name, value in record.fields.items():  # type: ignore[attr-defined]
            setattr(record, name, value)
        return str(super().format(record))


def _json() -> logging.Formatter:
    hidden = (*logging.makeLogRecord({}).__dict__, "message", "fields", "tail")
    return _Json(
        ["levelname", "name", "message"],
        rename_fields={"levelname": "level", "name": "logger"},
        reserved_attrs=hidden,
        timestamp="time",
    )


def _own(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] in OWN


def _words(record: logging.LogRecord) -> str:
    if record.name == ACCESS:
        return record.getMessage()  # made of the declared route alone
    if _own(record) or record.name == SERVER:
        return " ".join(mask(record.getMessage()).text.split())
    return f"{record.module}.{record.funcName}:{record.lineno}"


def _failure(record: logging.LogRecord) -> str | None:
    if not record.exc_info or record.exc_info[0] is None:
        return None
    frames = traceback.extract_tb(record.exc_info[2])[-FRAMES_SHOWN:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f"{record.exc_info[0].__name__} at {places}"
