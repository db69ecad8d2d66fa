"""The telephone's core of one application, made when the first call comes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.doors import Doors, doors
from api.guessing import Guessed
from api.phone import Phone


def phone(request: Request, at: Annotated[Doors, Depends(doors)], guesses: Guessed) -> Phone:
    """FastAPI dependency: this application's telephone."""
    state = request.app.state
    if not hasattr(state, "phone"):
        state.phone = Phone(at, guesses)
    kept = state.phone
    assert isinstance(kept, Phone)
    return kept


Phoned = Annotated[Phone, Depends(phone)]
