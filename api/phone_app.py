"""The telephone's core of one application, made when the first call comes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.doors import Doors, doors, made_once
from api.guessing import Guessed
from api.phone import Phone


def phone(request: Request, at: Annotated[Doors, Depends(doors)], guesses: Guessed) -> Phone:
    """FastAPI dependency: this application's telephone."""
    return made_once(request, "phone", Phone, lambda: Phone(at, guesses))


Phoned = Annotated[Phone, Depends(phone)]
