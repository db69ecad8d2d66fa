"""Logs that cannot quote a customer.

Rasa and its libraries put message texts, action answers and whole trackers into log lines,
warnings and exceptions. Their words are therefore never printed: a line tells the level, the place
in the source and the kind of failure. Only this folder's own lines, which never hold a text, keep
their words.
"""

import logging
import sys
import traceback
from typing import Any

import structlog

OWN = "bot"
FRAMES_SHOWN = 4


class WithoutTexts(logging.Formatter):
    """Prints where and what kind; another library's words never."""

    def format(self, record: logging.LogRecord) -> str:
        own = record.name.split(".")[0] == OWN
        words = record.getMessage() if own else f"{record.module}.{record.funcName}:{record.lineno}"
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {words}"
        return line + _failure(record)


def _failure(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    frames = traceback.extract_tb(record.exc_info[2])[-FRAMES_SHOWN:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f" [{record.exc_info[0].__name__} at {places}]"


def configure() -> None:
    """Send every log line of the process to stderr without customers' texts."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutTexts())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OWN).setLevel(logging.INFO)
    # Python prints a warning's words, and Rasa's warnings quote the message.
    logging.captureWarnings(True)
    _route_structlog()


def _route_structlog() -> None:
    # Left alone, structlog prints Rasa's DEBUG lines, message texts included, to stdout.
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, _only_the_event],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )


def _only_the_event(logger: Any, method: str, event: structlog.types.EventDict) -> str:
    return str(event.get("event", ""))
