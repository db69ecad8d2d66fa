"""What the process would write into its log, by the product's own handler."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from api import logs


@contextmanager
def logging_to(lines: io.StringIO, form: Literal["text", "json"]) -> Iterator[None]:
    """The product's own handler, writing where the test reads; everything down to DEBUG."""
    root, made = logging.getLogger(), logs.handler(form)
    assert isinstance(made, logging.StreamHandler)
    made.setStream(lines)
    before = root.level
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # as no server has set them up
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    root.setLevel(logging.DEBUG)
    root.addHandler(made)
    try:
        yield
    finally:
        root.removeHandler(made)
        root.setLevel(before)
