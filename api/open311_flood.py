"""A flood of reports from one address is slowed down; each process counts its own."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from fastapi import Request
from starlette.exceptions import HTTPException

from api.doors import Doors
from api.guessing import Address

WITHIN = timedelta(hours=1)
MOST_ADDRESSES = 10_000  # remembered at once, so that many addresses cannot fill the memory


class Reports:
    """The reports of the last hour, by the address that they came from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: OrderedDict[str, deque[datetime]] = OrderedDict()

    def one(self, address: str, now: datetime) -> None:
        """Counts a report. Raises HTTPException 429, which says when the next one is taken."""
        if not address:
            return  # this machine's own: a proxy that does not say for whom it asks
        told = self._told.setdefault(address, deque())
        self._told.move_to_end(address)
        while told and told[0] <= now - WITHIN:
            told.popleft()
        if len(told) >= self._most:
            wait = math.ceil((told[0] + WITHIN - now).total_seconds())
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        told.append(now)
        if len(self._told) > MOST_ADDRESSES:
            self._told.popitem(last=False)


def counted(request: Request, address: Address) -> None:
    """FastAPI dependency: the report counts for its address. Raises HTTPException 429."""
    doors, state = request.app.state.doors, request.app.state
    assert isinstance(doors, Doors)
    if not hasattr(state, "reports"):
        state.reports = Reports(doors.settings.open311_per_hour)
    state.reports.one(address, doors.desk.now())
