"""A file as the public contract tells of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class FileOut(BaseModel):
    """A file on a matter; its bytes are had with the matter's secret alone."""

    id: int
    name: str
    media_type: str = Field(description="By the file's content.")
    size: int = Field(description="Bytes.")
    state: Literal["ready", "waiting", "infected"] = Field(
        description="waiting: it can be opened once it has been searched for viruses; infected: "
        "it held one and is gone."
    )
