"""The five ways a customer's turn can end; nothing else can be constructed."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CHOICES = 3
MOST_STEPS = 8  # of a life event: read in order, not chosen among


@dataclass(frozen=True)
class Choice:
    """One button: what it says, and the text it sends back."""

    title: str
    value: str
    service_id: str | None = None


@dataclass(frozen=True)
class Answer:
    """One service and how to get on with it."""

    service_id: str


@dataclass(frozen=True)
class Clarify:
    """One short question with at most three choices; "none of these" is added when it is shown.

    With `steps` the choices are a life event's services in their order: which to tell of first.
    """

    choices: tuple[Choice, ...]
    steps: bool = False

    def __post_init__(self) -> None:
        most = MOST_STEPS if self.steps else MOST_CHOICES
        if not 1 <= len(self.choices) <= most:
            raise ValueError(f"a question offers 1 to {most} choices: {len(self.choices)}")


@dataclass(frozen=True)
class Handover:
    """A ticket that this same transaction commits: its id proves that it is in the database."""

    ticket_id: int


@dataclass(frozen=True)
class WithPerson:
    """A member of staff has the floor and has been given the message."""


@dataclass(frozen=True)
class SmallTalk:
    """Greeting, thanks, who are you, or talk that is no business of any authority."""


Outcome = Answer | Clarify | Handover | WithPerson | SmallTalk

KINDS: dict[type[Outcome], str] = {
    Answer: "answer",
    Clarify: "clarify",
    Handover: "handover",
    WithPerson: "person",
    SmallTalk: "smalltalk",
}
