"""Posts what is due to the webhooks, signed as Standard Webhooks (standardwebhooks.com) says.

An address leads where its owner's name server says at this moment. So it is looked up here, what
it leads to is checked, and the connection goes to that very address: a name that is answered
differently the next time opens no way into the desk's own network.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM, gaierror

import httpx
from sqlalchemy.orm import Session

from api.doors import Doors
from api.emptying import Emptying
from api.letters import Refused
from desk import webhooks
from desk.door_records import Delivery
from desk.outbox import Refusal

WAIT = 15.0  # seconds for one answer, by which a receiver takes what it works on afterwards
NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address in IPv6 clothes
# All that is given out of IPv6. Python calls global what it does not know: a site's own fec0::/10
# and 64:ff9b:1::/48, IPv4 addresses in the clothes of old standards.
GIVEN_OUT = IPv6Network("2000::/3")
LONGEST_URL = 500


class AddressRefused(ValueError):
    """The desk does not post to this address; `reason` names why: form, plain, private, nowhere."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Addresses:
    """Where the desk may post to; `private`: to its own network too, and without TLS."""

    private: bool

    async def checked(self, url: str) -> tuple[httpx.URL, str]:
        """The address, and the number of a machine that it leads to. Raises AddressRefused."""
        parsed = self._formed(url)
        numbers = await _numbers(parsed)
        if not self.private and not all(public(one) for one in numbers):
            raise AddressRefused("private")
        return parsed, str(numbers[0])

    def _formed(self, url: str) -> httpx.URL:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            raise AddressRefused("form") from None
        odd = parsed.userinfo or parsed.fragment or len(url) > LONGEST_URL or not url.isprintable()
        if parsed.scheme not in ("http", "https") or not parsed.host or odd or " " in url:
            raise AddressRefused("form")
        if parsed.scheme == "http" and not self.private:
            raise AddressRefused("plain")
        return parsed


async def _numbers(url: httpx.URL) -> list[IPv4Address | IPv6Address]:
    """Raises AddressRefused where the name leads nowhere."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=SOCK_STREAM)
    except (gaierror, UnicodeError, OverflowError):
        raise AddressRefused("nowhere") from None
    return [ip_address(str(one[4][0]).partition("%")[0]) for one in found]


def public(number: IPv4Address | IPv6Address) -> bool:
    """Whether the number is one of the open internet, whatever clothes it wears."""
    inner = number
    if isinstance(number, IPv6Address):
        within = IPv4Address(int(number) & 0xFFFFFFFF) if number in NAT64 else None
        inner = number.ipv4_mapped or number.sixtofour or within or number
    if isinstance(inner, IPv6Address) and inner not in GIVEN_OUT:
        return False
    return inner.is_global and not inner.is_multicast


def signature(secret: str, key: str, at: int, body: bytes) -> str:
    """The webhook-signature header: version 1, HMAC-SHA256 of id, time and body."""
    signed = f"{key}.{at}.".encode() + body
    made = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(made).decode()}"


def body_of(delivery: Delivery) -> bytes:
    """What is posted; `sequence` tells the order of what one webhook is told."""
    told = delivery.body | {"sequence": delivery.id}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Poster:
    """Posts one delivery; it follows no redirect and asks no proxy that the machine may name."""

    client: httpx.AsyncClient
    addresses: Addresses

    @classmethod
    def new(cls, addresses: Addresses, *, wait: float = WAIT) -> Poster:
        # One connection for each: where a name leads is looked up anew each time.
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.AsyncClient(
            timeout=wait, follow_redirects=False, trust_env=False, limits=limits
        )
        return cls(client, addresses)

    async def post(self, delivery: Delivery, *, now: datetime) -> None:
        """Returns when the receiver has taken it, which any 2xx says. Raises Refused."""
        try:
            url, number = await self.addresses.checked(delivery.webhook.url)
        except AddressRefused as refused:
            raise Refused(f"address refused: {refused.reason}", retry=True) from None
        request = self._request(delivery, url, number, int(now.timestamp()))
        try:
            answer = await self.client.send(request, stream=True)
            await answer.aclose()
        except (httpx.HTTPError, ValueError) as error:
            raise Refused(type(error).__name__, retry=True) from None
        if not answer.is_success:
            raise Refused(f"HTTP {answer.status_code}", retry=answer.status_code != 410)

    def _request(self, delivery: Delivery, url: httpx.URL, number: str, at: int) -> httpx.Request:
        body = body_of(delivery)
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Luukku",
            "webhook-id": delivery.key,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(delivery.webhook.secret, delivery.key, at, body),
        }
        # TLS is still with the name: its certificate is asked for and checked.
        named = {"sni_hostname": url.host}
        at_number = url.copy_with(host=number)
        return self.client.build_request(
            "POST", at_number, content=body, headers=headers, extensions=named
        )

    async def close(self) -> None:
        await self.client.aclose()


@dataclass(frozen=True)
class WebhookSender(Emptying[Delivery]):
    """One of perhaps many that empty the same outbox; each delivery is leased by one at a time."""

    poster: Poster

    async def carry(self, row: Delivery) -> None:
        await self.poster.post(row, now=self.now())

    def any_due(self, session: Session) -> bool:
        return webhooks.any_due(session, now=self.now())

    def lease(self, session: Session) -> list[Delivery]:
        return webhooks.lease(session, self.name, now=self.now())

    def sent(self, session: Session, row: Delivery) -> None:
        webhooks.sent(session, row.id, now=self.now())

    def refused(self, session: Session, row: Delivery, refusal: Refusal) -> str | None:
        return webhooks.refused(session, row.id, self.name, refusal, now=self.now())

    def called(self, row: Delivery) -> str:
        return f"delivery {row.id} ({row.event})"


async def keep_posting(doors: Doors) -> None:
    """Tells the webhooks as long as the application runs."""
    desk = doors.desk
    poster = Poster.new(Addresses(doors.settings.webhook_allow_private))
    try:
        await WebhookSender(desk.reading, desk.writing, desk.now, desk.pool, poster).run()
    finally:
        await poster.close()
