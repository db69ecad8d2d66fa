"""Searching where a broken search must cost the customer neither the ticket nor 112."""

from __future__ import annotations

import logging

from actions.hand import Desk
from catalog.danger import in_danger
from catalog.find import NOTHING_FOUND, Findings
from catalog.language import Language
from catalog.reach import Asker
from desk.models import Conversation

log = logging.getLogger("luukku.search")


def asker(conversation: Conversation) -> Asker:
    """What the conversation tells of who asks."""
    return Asker(conversation.municipality_id, conversation.customer == "internal")


def searched(desk: Desk, text: str, language: str, who: Asker) -> Findings:
    """What the search makes of the text; nothing, when the search itself is broken."""
    try:
        return desk.finder().find(text, language, who)
    except Exception as error:  # noqa: BLE001  (whatever it is; the ticket goes without candidates)
        # The type alone: an error's text may hold what the customer wrote.
        log.error("search failed: %s", type(error).__name__)
        return NOTHING_FOUND


def endangered(desk: Desk, text: str, language: Language) -> bool:
    """Whether the text tells of danger to life, by the patterns or by its meaning; by the patterns
    alone, when the search is broken."""
    if in_danger(text, language) is not None:
        return True
    try:
        return desk.finder().in_danger(text)
    except Exception as error:  # noqa: BLE001  (whatever it is; the patterns have decided)
        log.error("danger by meaning failed: %s", type(error).__name__)
        return False
