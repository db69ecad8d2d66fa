"""The chat's door: a message in, an outcome out, and what the staff say as it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.contract import LAST_LINE, ChatIn, ChatOut, Key, LineOut, problems
from api.doors import Doors, doors
from api.limits import Bounded
from api.told import lines
from api.why import why_answered
from api.why_contract import WhyOut
from desk import line_order

router = APIRouter(prefix="/api/chat", tags=["chat"])
At = Annotated[Doors, Depends(doors)]
MOST_PATIENCE = 25.0  # seconds; under the 30 of common proxies


@router.post("", responses=problems(400, 409, 413, 422, 429))
async def chat(message: ChatIn, at: At, bounds: Bounded) -> ChatOut:
    """Takes one message. It always ends in an outcome: an answer, a question or an owned ticket."""
    await bounds.message(message)
    told = await at.front.take(message)
    at.listeners.heard(told.conversation_id)
    return told


@router.get("/{conversation_id}", responses=problems(422))
async def conversation(conversation_id: Key, at: At) -> list[LineOut]:
    """Everything said so far to and by the customer, oldest first; for a page that was reloaded."""

    def read() -> list[LineOut]:
        with at.desk.reading() as session:
            # Whoever reads on after the last of these lines must have missed none before it.
            line_order.wait(session, conversation_id)
            return lines(session, at.desk.keys, conversation_id)

    return await at.work(read)


@router.get("/{conversation_id}/turns/{turn}/why", responses=problems(404, 422))
async def why(
    conversation_id: Key, turn: Annotated[int, Path(ge=1, le=LAST_LINE)], at: At
) -> WhyOut:
    """Why the customer's message of this number, from 1, was answered as it was.

    Worked out on request from the message as it is kept. An unknown conversation, a number beyond
    its messages and a message that is not answered yet are not found.
    """
    found = await at.work(why_answered, at, conversation_id, turn)
    if found is None:
        raise HTTPException(404)
    return found


@router.get(
    "/{conversation_id}/events",
    response_model=list[LineOut],
    responses=problems(422) | {200: {"content": {"text/event-stream": {}}}},
)
async def events(
    conversation_id: Key,
    request: Request,
    at: At,
    after: Annotated[int, Query(ge=0, le=LAST_LINE)] = 0,
    wait: Annotated[float, Query(ge=0, le=MOST_PATIENCE)] = 0,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
    # OpenAPI knows an Accept only by the content types of the answers.
    accept: Annotated[str, Header(max_length=500, include_in_schema=False)] = "",
) -> Response:
    """What the staff say, after line `after` (or the Last-Event-ID).

    Server-sent events where the client accepts them, else JSON that waits up to `wait` seconds.
    """
    resumed = last_event_id if last_event_id and last_event_id.isdecimal() else after
    start = min(int(resumed), LAST_LINE)
    if "text/event-stream" not in accept:
        found = await at.listeners.lines(conversation_id, start, patience=wait)
        return JSONResponse([one.model_dump(mode="json") for one in found])
    return EventSourceResponse(_sent(at, conversation_id, start), ping=15)


async def _sent(at: Doors, conversation_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    # At once, so that a client behind a proxy which holds streams back notices it and asks instead.
    yield ServerSentEvent(comment="open")
    async for found in at.listeners.stream(conversation_id, after):
        for one in found:
            yield ServerSentEvent(
                data=json.dumps(one.model_dump(mode="json"), ensure_ascii=False),
                id=str(one.id),
                event="line",
            )
