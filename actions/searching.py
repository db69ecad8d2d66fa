"""Searching where a broken search must not cost the customer the ticket."""

from __future__ import annotations

import logging

from actions.hand import Desk
from catalog.find import NOTHING_FOUND, Findings

log = logging.getLogger("luukku.search")


def searched(desk: Desk, text: str, language: str) -> Findings:
    """What the search makes of the text; nothing, when the search itself is broken."""
    try:
        return desk.finder().find(text, language)
    except Exception as error:  # noqa: BLE001  (whatever it is; the ticket goes without candidates)
        # The type alone: an error's text may hold what the customer wrote.
        log.error("search failed: %s", type(error).__name__)
        return NOTHING_FOUND
