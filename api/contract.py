"""The public contract: what goes in and out of the doors, in the words of the OpenAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from api.callback_contract import CallbackOut
from api.file_contract import FileOut

LONGEST_PAGE = 500
LONGEST_MESSAGE = 20_000  # characters; what is longer is refused with a sentence that says so
LAST_LINE = 2**31 - 1  # the greatest id that PostgreSQL gives a line

Language = Literal["fi", "sv"]
Customer = Literal["public", "internal"]
Door = Literal["web", "widget", "api"]
OutcomeKind = Literal["answer", "clarify", "handover", "person", "smalltalk"]


def storable(given: Any) -> Any:
    """A text without what no database keeps: null characters and halves of surrogate pairs.

    Nobody writes a null; a half is left where a browser cut an emoji in two.
    """
    if not isinstance(given, str):
        return given
    return given.replace("\0", " ").encode("utf-8", "replace").decode()


Storable = BeforeValidator(storable)
Key = Annotated[str, StringConstraints(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]


def line_number(given: str) -> int | None:
    """A line's id as a form sends it back; none where it is no number.

    >>> line_number("12"), line_number("twelve")
    (12, None)
    """
    known = given.isascii() and given.isdecimal() and len(given) <= len(str(LAST_LINE))
    return min(int(given), LAST_LINE) if known else None


class ChatIn(BaseModel):
    """One message of a customer. The same `message_id` again gives the same answer again."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: Key | None = Field(None, description="From an earlier answer; none begins.")
    message_id: Key = Field(description="The customer's own key of this message, e.g. a UUID.")
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_MESSAGE), Storable]
    language: Language | None = Field(None, description="What the page is in; the text decides.")
    municipality: Annotated[str, Storable] | None = Field(
        None, max_length=80, description="Code (091) or name."
    )
    page: Annotated[str, Storable] | None = Field(
        None, max_length=LONGEST_PAGE, description="Where the customer writes from."
    )
    customer: Customer | None = Field(
        None,
        description="Of the conversation's first message; internal: the agencies' own staff, who "
        "find internal services too.",
    )
    channel: Door | None = Field(
        None,
        description="Of the conversation's first message: the door that it begins at. web: the "
        "desk's own page (the default); widget: another site; api: a program.",
    )
    proof: str | None = Field(
        None,
        max_length=2_000,
        description="Of a conversation's first message, after a 429 `many`: the answer to a sum "
        "of /proof/challenge.",
    )


class ChoiceOut(BaseModel):
    title: str
    value: str = Field(description="Send this as the next message's text.")


class ReplyOut(BaseModel):
    text: str
    choices: list[ChoiceOut] | None = None
    language: str | None = Field(None, description="Of the text, where it is not the answer's.")


class ServiceHit(BaseModel):
    id: str
    name: str
    score: float = Field(description="Probability that this is the service meant, 0 to 1.")


class TicketOut(BaseModel):
    code: str
    secret: str | None = Field(None, description="Told once, when the ticket is opened.")
    owner: str
    due_at: datetime


class OutcomeOut(BaseModel):
    kind: OutcomeKind
    services: list[ServiceHit]
    ticket: TicketOut | None = None


class ChatOut(BaseModel):
    conversation_id: str
    language: Language
    replies: list[ReplyOut]
    outcome: OutcomeOut


class LineOut(BaseModel):
    """One line of a conversation, as its customer may see it."""

    id: int
    author: Literal["customer", "bot", "staff", "desk"]
    kind: str = Field(description="text, or what happened: taken, handed_back")
    name: str | None = Field(None, description="Who of the staff wrote it.")
    text: str
    language: str = Field(description="Of the text: fi, sv, or the one that the customer writes.")
    at: datetime
    file: FileOut | None = Field(None, description="Of a line of kind file; its text is the name.")


class ChannelOut(BaseModel):
    kind: str
    name: str
    url: str | None
    phone: str | None
    email: str | None
    address: str | None
    verified_at: datetime | None


class StageOut(BaseModel):
    """One stage that a matter of the service goes through."""

    name: str
    text: str = Field(description="What happens in it, and why it takes its time.")
    language: str = Field(description="Of the text.")
    amount: int | None = Field(description="How long it takes, in `unit`; null: nobody has told.")
    unit: Literal["hours", "days", "working_days", "weeks", "months"] | None
    duration: str | None = Field(description="The same in words.")
    statutory: bool = Field(description="A wait that the law sets and nobody can shorten.")
    source: str | None = Field(description="The law or the page that says so.")
    demo: bool = Field(description="The demo's own: to be checked by whoever runs the desk.")


class ServiceOut(BaseModel):
    id: str
    name: str
    language: str = Field(description="Of the text; another than asked for where it is missing.")
    summary: str
    description: str
    instruction: str
    requirements: str
    status: Literal["current", "ended", "replaced"]
    replaced_by: str | None
    place_bound: bool
    charge: str | None
    dated: str | None = Field(description="Date of the text, ISO 8601.")
    responsible: str | None = Field(
        description="By name; in general words while the municipality is not given. "
        "None: the desk answers for it."
    )
    channels: list[ChannelOut]
    promises: list[str]
    stages: list[StageOut]


class RatingOut(BaseModel):
    stars: int = Field(description="1 (did not help at all) to 5 (helped very well).")
    text: str
    changeable_until: datetime


class TicketState(BaseModel):
    """A matter as its customer sees it: where it stands, who has it, what happens next."""

    code: str
    stage: Literal["open", "answered", "closed"]
    late: bool = Field(description="The promised answer has not come in time.")
    turn: Literal["desk", "customer", "nobody"] = Field(description="Who acts next.")
    next: list[str] = Field(description="What happens next, in plain sentences in `language`.")
    warning: str | None = Field(
        None, description="To be shown before anything else: what was written tells of danger."
    )
    language: Language
    owner: str = Field(description="By name; the team's name where the person is protected.")
    team: str
    service: str | None = Field(None, description="What the matter is about, by name.")
    opened_at: datetime
    due_at: datetime = Field(description="By when an answer is promised, or was.")
    legal_due_at: datetime | None = Field(None, description="By when the law wants it decided.")
    answered_at: datetime | None = Field(None, description="When it was last answered.")
    closed_at: datetime | None = None
    reopen_until: datetime | None = Field(None, description="Of a closed one that can be reopened.")
    subject: str
    subject_language: str = Field(description="fi, sv, or the one that the customer writes.")
    rating: RatingOut | None = Field(None, description="The customer's own, of the last answering.")
    may: list[Literal["message", "rating", "reopen"]] = Field(
        description="What the customer can do now."
    )
    promises: list[str] = Field(description="What the service promises: usual times.")
    stages: list[StageOut] = Field(
        description="What a matter of the service goes through; where this one is in them, only "
        "its owner knows."
    )
    callback: CallbackOut | None = Field(
        None, description="The call that is booked and the times to choose; null when closed."
    )
    lines: list[LineOut]


class AddIn(BaseModel):
    """What the customer writes about a matter of theirs."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_MESSAGE),
        Storable,
    ]
    seen: int | None = Field(
        None,
        ge=0,
        le=LAST_LINE,
        description="The last line that the customer had seen: the same text sent again with it "
        "is kept once.",
    )


class RatingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    stars: int = Field(ge=1, le=5)
    text: Annotated[
        str, StringConstraints(max_length=LONGEST_MESSAGE), AfterValidator(str.strip), Storable
    ] = ""


class Problem(BaseModel):
    """An error, with a sentence for people in both languages."""

    model_config = ConfigDict(extra="forbid")

    error: str
    fi: str
    sv: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses for a door's description, and those that every door may meet."""
    return {status: {"model": Problem} for status in (*statuses, 429, 500, 503)}
