"""The customer's rating of a talk, from the widget or any other client."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException

from api.contract import Key, RatingIn, RatingOut, problems
from api.doors import Doors, doors
from desk.models import Conversation
from desk.talk_ratings import rate_talk

router = APIRouter(prefix="/api/chat", tags=["chat"])
At = Annotated[Doors, Depends(doors)]


@router.post("/{conversation_id}/rating", responses=problems(400, 404, 409, 413, 422))
async def rate(conversation_id: Key, given: RatingIn, at: At) -> RatingOut:
    """What the customer thinks of the talk; given again within 14 days it replaces the first.
    409 after that time, 404 for a conversation that the desk does not have."""
    return await at.work(_kept, at, conversation_id, given)


def _kept(at: Doors, conversation_id: str, given: RatingIn) -> RatingOut:
    with at.desk.writing() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise HTTPException(404)
        rating = rate_talk(session, conversation, given.stars, given.text, now=at.desk.now())
        return RatingOut(
            stars=rating.stars, text=rating.text, changeable_until=rating.changeable_until
        )
