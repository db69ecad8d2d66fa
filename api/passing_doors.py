"""A conversation goes on at another door: a code is asked for here, and given there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from api.contract import Key, Language, LineOut, Storable, problems
from api.doors import Doors, doors
from api.guessing import Address, Guessed
from api.told import lines
from desk import passing
from desk.models import Conversation

router = APIRouter(prefix="/api/chat", tags=["chat"])
At = Annotated[Doors, Depends(doors)]


class CodeOut(BaseModel):
    code: str = Field(description="Eight digits, good once; the conversation's earlier one is not.")
    expires_at: datetime


class ContinueIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Storable] = Field(max_length=40, description="Spaces do not matter.")


class ContinuedOut(BaseModel):
    """The conversation that goes on here; its id is the customer's secret, as ever."""

    conversation_id: str
    language: Language
    lines: list[LineOut] = Field(description="Everything said so far, oldest first.")


@router.post("/{conversation_id}/code", responses=problems(404, 422))
async def code(conversation_id: Key, at: At) -> CodeOut:
    """A code by which this conversation goes on at another door: web, telephone or counter."""
    made = await at.work(new_code, at, conversation_id)
    if made is None:
        raise HTTPException(404)
    return CodeOut(code=made, expires_at=at.desk.now() + passing.LASTS)


@router.post("/continue", responses=problems(400, 404, 413, 422, 429))
async def go_on(given: ContinueIn, at: At, guesses: Guessed, address: Address) -> ContinuedOut:
    """The conversation that the code moves here. 404 for a code that fits none, was used, or is
    older than a day; 429 after many of those."""
    async with guesses.pass_code(address, given.code):
        return await at.work(_continued, at, given.code)


def new_code(at: Doors, conversation_id: str) -> str | None:
    """A new code for the conversation; none where there is no such conversation."""
    with at.desk.writing() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return None
        return passing.code(session, at.desk.keys, conversation, now=at.desk.now())


def _continued(at: Doors, code: str) -> ContinuedOut:
    with at.desk.writing() as session:
        moved = passing.take(session, at.desk.keys, code, channel="web", now=at.desk.now())
        return ContinuedOut(
            conversation_id=moved.id,
            language="sv" if moved.language == "sv" else "fi",
            lines=lines(session, at.desk.keys, moved.id),
        )
