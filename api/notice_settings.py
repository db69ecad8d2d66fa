"""Settings of what the desk sends to customers, and of the address that it leads them to."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings


class NoticeSettings(BaseSettings):
    """A part of api.settings.Settings; docs/notices.md tells how notices go out."""

    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="The desk's address as customers write it; notices lead there.",
    )
    smtp_host: str | None = Field(
        None, description="Mail server; without it no e-mail is sent. Needs MAIL_FROM, PUBLIC_URL."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="The mail server's port.")
    smtp_user: str | None = Field(None, description="Log-in at the mail server, where it asks.")
    smtp_password: SecretStr | None = Field(None, description="The log-in's password.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls (from the first byte) or none (no log-in then)."
    )
    mail_from: str | None = Field(
        None, description="The sender's e-mail address; bounces come there, so a person reads it."
    )
    mail_reply_to: str | None = Field(
        None,
        description="An address whose mail a person answers; without it the e-mail says that "
        "nobody reads replies, and where to write.",
    )
    sms_url: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="HTTP gateway for text messages (docs/notices.md); without it none are sent. "
        "Needs PUBLIC_URL.",
    )
    sms_token: SecretStr | None = Field(None, description="Bearer token for the gateway.")
    sms_from: str | None = Field(
        None, max_length=20, description="Sender's name or number, where the gateway asks for it."
    )

    @field_validator("public_url")
    @classmethod
    def _ends_without_a_slash(cls, given: str | None) -> str | None:
        """Paths are written after it."""
        return given.rstrip("/") if given else None

    @field_validator("mail_from", "mail_reply_to")
    @classmethod
    def _is_an_address(cls, given: str | None) -> str | None:
        """Raises ValueError for what a message could not be sent from."""
        try:
            return Address(addr_spec=given).addr_spec if given else None
        except (ValueError, IndexError, MessageError):
            raise ValueError("no e-mail address") from None

    @model_validator(mode="after")
    def _notices_are_whole(self) -> Self:
        """A notice that nobody sends, or that leads nowhere, is refused at the start."""
        if self.smtp_host and not self.mail_from:
            raise ValueError("smtp_host needs mail_from")
        if self.notice_channels and not self.public_url:
            raise ValueError("smtp_host and sms_url need public_url")
        if self.smtp_host and self.smtp_user and self.smtp_tls == "none":
            raise ValueError("smtp_user needs smtp_tls: a password is not sent in the open")
        return self

    @property
    def notice_channels(self) -> frozenset[str]:
        """The ways that notices can go out: of desk.records.NOTICE_CHANNELS."""
        ways = {"email": self.smtp_host, "sms": self.sms_url}
        return frozenset(channel for channel, by in ways.items() if by)
