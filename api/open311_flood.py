"""A flood of reports from one address is slowed down."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException

from api.doors import Doors, doors
from api.guessing import Address
from api.tries import HOUR, Tries


def counted(at: Annotated[Doors, Depends(doors)], address: Address) -> None:
    """FastAPI dependency: the report counts for its address. Raises HTTPException 429, which says
    when the next one is taken."""
    if not address:
        return  # this machine's own: a proxy that does not say for whom it asks
    wait = Tries(at.counts, "report", at.settings.open311_per_hour, HOUR).take(address)
    if wait:
        raise HTTPException(429, headers={"Retry-After": str(wait)})
