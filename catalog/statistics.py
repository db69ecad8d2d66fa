"""The likeliest languages of a text by its character statistics, as `eldc` has them."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import eldc

EVERY_LANGUAGE = 60  # what eldc knows
_LOCK = threading.Lock()  # an eldc instance promises nothing about threads


def scores(text: str, languages: str = "") -> dict[str, float]:
    """0 to 1 for each language (ISO 639-1) that fits at all; only of `languages` ("fi,sv")."""
    with _LOCK:
        found: dict[str, float] = _detector(languages).detect_details(text).scores
    return found


@lru_cache
def _detector(languages: str) -> Any:
    """A detector of its own: `eldc`'s module-wide settings belong to nobody."""
    eldc.init()
    detector = eldc.instance()
    detector.set_scores(EVERY_LANGUAGE)
    if languages:
        detector.set_languages(languages)
    return detector
