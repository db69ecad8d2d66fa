"""A small sum that a browser works out, unseen, before it begins a conversation in a flood.

It is ALTCHA's first protocol: the desk hides a number behind a SHA-256 and signs that; who begins
a conversation has to find the number. A person's browser does it once, within seconds; who begins
thousands of conversations does it thousands of times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Literal

from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.types import Base64Str

from api.contract import problems
from api.doors import Doors, doors
from api.settings import PROJECT
from api.tries import Tries

MOST = 50_000  # the greatest number hidden: a second's work or two in a browser
LASTS = timedelta(minutes=5)
SOLVER = PROJECT / "widget" / "proof.js"

router = APIRouter(prefix="/proof")
At = Annotated[Doors, Depends(doors)]


class SumOut(BaseModel):
    """Find the number, 0 to `maxnumber`, whose SHA-256 after the salt is the challenge."""

    algorithm: Literal["SHA-256"]
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class _Found(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    algorithm: Literal["SHA-256"]
    challenge: str = Field(max_length=200)
    number: int = Field(ge=0, le=MOST)
    salt: str = Field(max_length=200)
    signature: str = Field(max_length=200)


@router.get("/challenge", tags=["chat"], responses=problems())
async def challenge(at: At, response: Response) -> SumOut:
    """A sum to work out. Its answer goes with a conversation's first message, as `proof`: the
    Base64 of a JSON object of algorithm, challenge, number, salt and signature. Good for one
    conversation, for five minutes."""
    response.headers["Cache-Control"] = "no-store"
    # By the machine's own clock: that is the one which the library looks at again.
    until = datetime.now(UTC) + LASTS
    made = create_challenge(
        ChallengeOptions(max_number=MOST, hmac_key=at.desk.keys.proof_key(), expires=until)
    )
    return SumOut(
        algorithm="SHA-256",
        challenge=made.challenge,
        maxnumber=made.max_number,
        salt=made.salt,
        signature=made.signature,
    )


@router.get("/solve.js", include_in_schema=False)
async def solver() -> Response:
    """The script that works it out, as a module of the desk's own pages."""
    return Response(_module(), media_type="text/javascript; charset=utf-8")


def proved(at: Doors, proof: str | None) -> bool:
    """Whether this is the answer to a sum of this desk, brought for the first time."""
    found = _read(proof) if proof else None
    if found is None:
        return False
    right, _ = verify_solution(Payload(**found.model_dump()), at.desk.keys.proof_key())
    return right and not Tries(at.counts, "proof", 1, LASTS).take(found.challenge)


def _read(proof: str) -> _Found | None:
    try:
        return _Found.model_validate_json(TypeAdapter(Base64Str).validate_python(proof))
    except ValidationError:
        return None


@cache
def _module() -> str:
    return f"{SOLVER.read_text('utf-8')}\nexport {{ workedOut }};\n"
