"""The public contract: what goes in and out of the doors, in the words of the OpenAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

LONGEST_PAGE = 500
LONGEST_MESSAGE = 20_000  # characters; what is longer is refused with a sentence that says so
LAST_LINE = 2**31 - 1  # the greatest id that PostgreSQL gives a line

Language = Literal["fi", "sv"]
Customer = Literal["public", "internal"]
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


class ChannelOut(BaseModel):
    kind: str
    name: str
    url: str | None
    phone: str | None
    email: str | None
    address: str | None
    verified_at: datetime | None


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


class TicketState(BaseModel):
    code: str
    stage: Literal["open", "answered", "closed"]
    owner: str
    opened_at: datetime
    due_at: datetime
    subject: str
    lines: list[LineOut]


class Problem(BaseModel):
    """An error, with a sentence for people in both languages."""

    model_config = ConfigDict(extra="forbid")

    error: str
    fi: str
    sv: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These statuses for a door's description, and the two that every door may meet."""
    return {status: {"model": Problem} for status in (*statuses, 500, 503)}
