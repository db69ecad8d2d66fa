"""Guessing of codes and secrets is slowed down, per code, per address and for pass codes in all."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.doors import Doors, doors
from api.tries import Counts, Tries, take_all, take_all_back
from desk.errors import CodeUnknown, TicketUnknown
from desk.secrets import normal_ticket_code

MOST_PER_CODE = 5  # wrong tries within a minute
MOST_PER_ADDRESS = 30  # many people may share one: an office, a library, a phone company
# A pass code has no secret beside it: whoever guesses from many addresses is after no one code, and
# any hit opens somebody's talk. So all wrong ones together are counted too.
MOST_PASS_CODES = 60
EVERYBODY = "everybody"  # the one count of them
NETWORK = 64  # bits of an IPv6 address that one customer has to themselves
LONGEST_CODE = 20  # characters remembered; a longer one is no code anyway


class Try:
    """One try: it counts as wrong from its beginning, until the block shows that it was right.

    For `async with` on the loop and for `with` in a thread. Beginning raises HTTPException 429
    when there have been too many wrong ones.
    """

    def __init__(self, counts: Counts, counted: list[tuple[Tries, str]]) -> None:
        self._counts = counts
        self._counted = counted

    def __enter__(self) -> None:
        wait = take_all(self._counted)
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(wait)})

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not issubclass(kind, TicketUnknown | CodeUnknown):
            take_all_back(self._counted)

    async def __aenter__(self) -> None:
        await self._counts.aside(self.__enter__)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._counts.aside(self.__exit__, kind)


class Guesses:
    """Wrong pairs of code and secret.

    A code that does not exist is counted like one that does, so that the limit tells nothing.
    """

    def __init__(
        self,
        counts: Counts,
        per_code: int = MOST_PER_CODE,
        per_address: int = MOST_PER_ADDRESS,
        pass_codes: int = MOST_PASS_CODES,
    ) -> None:
        self._counts = counts
        self._codes = Tries(counts, "code", per_code)
        self._addresses = Tries(counts, "code_from", per_address)
        self._pass_codes = Tries(counts, "pass_code", pass_codes)

    def one(self, address: str, code: str) -> Try:
        return Try(self._counts, self._counted(address, code))

    def pass_code(self, address: str, code: str) -> Try:
        """A stranger's try of a pass code: as `one`, and all such tries together are bounded."""
        counted = [*self._counted(address, code), (self._pass_codes, EVERYBODY)]
        return Try(self._counts, counted)

    def _counted(self, address: str, code: str) -> list[tuple[Tries, str]]:
        counted = [(self._codes, (normal_ticket_code(code) or code)[:LONGEST_CODE])]
        return [*counted, (self._addresses, address)] if address else counted


def guesses(at: Annotated[Doors, Depends(doors)]) -> Guesses:
    """FastAPI dependency: the count of these doors."""
    return Guesses(at.counts)


def address(request: Request) -> str:
    """FastAPI dependency: where the request comes from, as far as one customer's network.

    None for this machine's own: behind a proxy that does not say for whom it asks, everybody comes
    from there, and one who guesses must not shut out the others.
    """
    return network(request.client.host) if request.client else ""


def network(host: str) -> str:
    """One customer's network of this address; empty for this machine's own."""
    try:
        given = ipaddress.ip_address(host)
    except ValueError:
        return host
    # A socket for both kinds writes 192.0.2.1 as ::ffff:192.0.2.1.
    given = getattr(given, "ipv4_mapped", None) or given
    if given.is_loopback:
        return ""
    if given.version == 4:
        return str(given)
    return str(ipaddress.ip_network((given, NETWORK), strict=False))


Guessed = Annotated[Guesses, Depends(guesses)]
Address = Annotated[str, Depends(address)]
