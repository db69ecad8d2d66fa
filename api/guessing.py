"""Guessing of codes and secrets is slowed down, per code, per address and for pass codes in all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.staff_session import WITHIN, WrongLogins
from desk.errors import CodeUnknown, TicketUnknown
from desk.secrets import normal_ticket_code

MOST_PER_CODE = 5  # wrong tries within WITHIN
MOST_PER_ADDRESS = 30  # many people may share one: an office, a library, a phone company
# A pass code has no secret beside it: whoever guesses from many addresses is after no one code, and
# any hit opens somebody's talk. So all wrong ones together are counted too.
MOST_PASS_CODES = 60
EVERYBODY = "everybody"  # the one count of them
NETWORK = 64  # bits of an IPv6 address that one customer has to themselves
LONGEST_CODE = 20  # characters remembered; a longer one is no code anyway
RETRY = {"Retry-After": str(int(WITHIN.total_seconds()))}


class Guesses:
    """Wrong pairs of code and secret; each process counts its own.

    A code that does not exist is counted like one that does, so that the limit tells nothing.
    """

    def __init__(
        self,
        per_code: int = MOST_PER_CODE,
        per_address: int = MOST_PER_ADDRESS,
        pass_codes: int = MOST_PASS_CODES,
    ) -> None:
        self._codes = WrongLogins(per_code)
        self._addresses = WrongLogins(per_address)
        self._pass_codes = WrongLogins(pass_codes)

    @contextmanager
    def one(self, address: str, code: str, now: datetime) -> Iterator[None]:
        """One try: it counts as wrong from its beginning, until the block shows that it was right.

        Raises HTTPException 429 when there have been too many wrong ones.
        """
        with self._try(self._counted(address, code), now):
            yield

    @contextmanager
    def pass_code(self, address: str, code: str, now: datetime) -> Iterator[None]:
        """One try of a stranger's pass code: as `one`, and all such tries together are bounded."""
        with self._try([*self._counted(address, code), (self._pass_codes, EVERYBODY)], now):
            yield

    def _counted(self, address: str, code: str) -> list[tuple[WrongLogins, str]]:
        counted = [(self._codes, (normal_ticket_code(code) or code)[:LONGEST_CODE])]
        return [*counted, (self._addresses, address)] if address else counted

    @contextmanager
    def _try(self, counted: list[tuple[WrongLogins, str]], now: datetime) -> Iterator[None]:
        if any(wrong.too_many(key, now) for wrong, key in counted):
            raise HTTPException(429, headers=RETRY)
        for wrong, key in counted:
            wrong.add(key, now)
        unknown = False
        try:
            yield
        except (TicketUnknown, CodeUnknown):
            unknown = True
            raise
        finally:
            if not unknown:
                for wrong, key in counted:
                    wrong.take_back(key)


def guesses(request: Request) -> Guesses:
    """FastAPI dependency: this application's count."""
    state = request.app.state
    if not hasattr(state, "guesses"):
        state.guesses = Guesses()
    kept = state.guesses
    assert isinstance(kept, Guesses)
    return kept


def address(request: Request) -> str:
    """FastAPI dependency: where the request comes from, as far as one customer's network.

    None for this machine's own: behind a proxy that does not say for whom it asks, everybody comes
    from there, and one who guesses must not shut out the others.
    """
    host = request.client.host if request.client else ""
    try:
        given = ipaddress.ip_address(host)
    except ValueError:
        return host
    if given.is_loopback:
        return ""
    if given.version == 4:
        return host
    return str(ipaddress.ip_network((given, NETWORK), strict=False))


Guessed = Annotated[Guesses, Depends(guesses)]
Address = Annotated[str, Depends(address)]
