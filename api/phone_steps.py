"""What comes in from a telephone line and what goes out to it, in no provider's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.contract import Language

# --- in ---


@dataclass(frozen=True)
class Began:
    """The call was answered."""


@dataclass(frozen=True)
class Keys:
    """Keys that the caller pressed: 0 to 9, * and #."""

    digits: str


@dataclass(frozen=True)
class Speech:
    """What the caller said, as the provider heard it; confidence 0 to 1 where it tells one."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class Silence:
    """Nothing was heard in time."""


@dataclass(frozen=True)
class Again:
    """The line asks for the last question once more: nothing was asked of the caller between."""


@dataclass(frozen=True)
class Dialled:
    """The connection to a person has ended; `answered` tells whether anybody was there."""

    answered: bool


type Event = Began | Keys | Speech | Silence | Again | Dialled


def heard(event: Event, *, step: int, waited: int) -> Event:
    """What came in, told apart from a line that has only waited: that one asks for the question
    again, or for the first where nothing has been said yet."""
    if not waited:
        return event
    return Again() if step else Began()


# --- out ---


@dataclass(frozen=True)
class Say:
    text: str
    language: Language


@dataclass(frozen=True)
class Gather:
    """Says, and listens meanwhile: to so many keys, and to speech where `speech` is true.

    `keys` 1 is over at the first key; more are over at that many or at #. Keys and speech both
    break in on what is being said.
    """

    says: tuple[Say, ...]
    language: Language
    keys: int = 1
    speech: bool = False
    timeout: int = 8  # seconds of silence after the last word


@dataclass(frozen=True)
class Dial:
    """Connects the caller to a person; the line tells afterwards whether anybody answered."""

    number: str
    says: tuple[Say, ...]
    timeout: int = 25  # seconds


@dataclass(frozen=True)
class Hangup:
    says: tuple[Say, ...]


@dataclass(frozen=True)
class Redirect:
    """Says, waits a moment and asks the desk again, as `Again`."""

    says: tuple[Say, ...]
    wait: int = 2  # seconds


type Step = Gather | Dial | Hangup | Redirect


def stored(step: Step) -> dict[str, Any]:
    """The step as a call's state keeps it."""
    kept: dict[str, Any] = {"kind": type(step).__name__, "says": []}
    kept["says"] = [[one.language, one.text] for one in step.says]
    others = {name: value for name, value in vars(step).items() if name != "says"}
    return kept | others


def restored(kept: dict[str, Any]) -> Step:
    """The step that `stored` kept."""
    values = {name: value for name, value in kept.items() if name not in ("kind", "says")}
    says = tuple(Say(text, language) for language, text in kept["says"])
    made: Step = STEPS[kept["kind"]](says=says, **values)
    return made


STEPS: dict[str, Any] = {one.__name__: one for one in (Gather, Dial, Hangup, Redirect)}
