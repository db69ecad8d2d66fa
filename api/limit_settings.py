"""Settings of the desk's bounds: how much one customer may ask, whose address is believed."""

from __future__ import annotations

import ipaddress

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings
from redis.connection import parse_url

SCHEMES = ("redis://", "rediss://", "unix://")


class LimitSettings(BaseSettings):
    """A part of api.settings.Settings; docs/abuse.md tells what the bounds are for."""

    redis_url: SecretStr | None = Field(
        None,
        description="Redis that several processes of the desk share: redis://, rediss:// or "
        "unix://; without it each process counts its own (docs/abuse.md).",
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses and networks of the proxies whose X-Forwarded-For is believed, "
        "separated by commas.",
    )
    limit_conversation_per_minute: int = Field(
        30, ge=1, le=100_000, description="Messages of one conversation in a minute."
    )
    limit_address_per_minute: int = Field(
        240,
        ge=1,
        le=1_000_000,
        description="Requests of one address in a minute that cost the desk work.",
    )
    limit_new_conversations_per_hour: int = Field(
        300, ge=1, le=1_000_000, description="Conversations that one address begins in an hour."
    )
    limit_open_messages: int = Field(
        40,
        ge=1,
        le=10_000,
        description="Messages that one process answers at a time; who comes then is told to wait "
        "some seconds, and a browser sends again by itself.",
    )
    flood_conversations_per_minute: int = Field(
        600,
        ge=1,
        le=1_000_000,
        description="Conversations begun from everywhere in a minute, over which a browser first "
        "works out a small sum for each new one.",
    )

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, given: SecretStr | None) -> SecretStr | None:
        """Raises ValueError, which does not repeat the address: a password may stand in it."""
        if given is None or not given.get_secret_value():
            return None
        if not given.get_secret_value().startswith(SCHEMES):
            raise ValueError(f"begins with none of {', '.join(SCHEMES)}")
        try:
            parse_url(given.get_secret_value())  # type: ignore[no-untyped-call]
        except ValueError:
            raise ValueError("no address of a Redis") from None
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, given: str) -> str:
        """Raises ValueError for what is no address: "*" would let everybody choose their own."""
        for one in filter(None, (part.strip() for part in given.split(","))):
            ipaddress.ip_network(one)
        return given
