"""A call back in the words of the API: what is booked, and what there is to choose from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class SlotOut(BaseModel):
    starts_at: datetime
    ends_at: datetime


class CallbackOut(BaseModel):
    """The call that the customer waits for, if any, and the times at which one can be had."""

    booked: SlotOut | None = None
    number: str | None = Field(
        None, description="The end of the number that is rung; null while none is known."
    )
    asked: bool = Field(description="The customer has asked for a call and has no time for it.")
    missed_at: datetime | None = Field(
        None, description="When the customer was last rung and not reached, with no new time yet."
    )
    offered: list[SlotOut] = Field(description="Three to choose from, spread over half-days.")
    free: list[SlotOut] = Field(description="All that have room, the soonest first.")


class CallbackIn(BaseModel):
    """The time chosen, as it was offered; a number where none is known or it has changed."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime
    number: Annotated[str, StringConstraints(max_length=40), AfterValidator(str.strip)] = ""
