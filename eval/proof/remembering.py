"""Answers that no state changes are worked out once: a million states ask for the same few."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from actions import other_language, searching
from desk import ownership, promised
from desk.attendance import Attendance

# Of a wording alone; there are a few dozen wordings.
OF_WORDS = ((other_language, "identify"), (searching, "in_danger"))
# Of the catalogue and the staff, which no turn writes: each house has its own.
OF_PEOPLE: tuple[tuple[Any, str], ...] = (
    (ownership, "teams_for"),
    (ownership, "_on_duty"),
    (ownership, "on_aland"),
    (promised, "on_aland"),
    (Attendance, "read"),
)


def remember() -> None:
    """From now on this process asks the desk's own code for each of these answers once."""
    for place, name in OF_WORDS:
        _instead(place, name, cache)
    for place, name in OF_PEOPLE:
        _instead(place, name, _in_each_house)


def _instead(place: Any, name: str, remembered: Callable[[Any], Any]) -> None:
    reads = getattr(place, name)
    if hasattr(reads, "__wrapped__"):
        return
    once = remembered(reads)
    setattr(place, name, staticmethod(once) if isinstance(place, type) else once)


def _in_each_house(reads: Callable[..., Any]) -> Callable[..., Any]:
    """As `reads`; a house is known by its one session."""
    told: WeakKeyDictionary[Session, dict[object, Any]] = WeakKeyDictionary()

    @wraps(reads)
    def once(session: Session, *of: Any) -> Any:
        answers = told.setdefault(session, {})
        if of not in answers:
            answers[of] = reads(session, *of)
        return answers[of]

    return once
