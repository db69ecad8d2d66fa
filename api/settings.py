"""Every setting of the front desk, from the environment; docs/settings.md lists them all."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from api.group_roles import roles_by_group
from api.limit_settings import LimitSettings
from api.notice_settings import NoticeSettings
from api.retention_settings import RetentionSettings

PROJECT = Path(__file__).resolve().parent.parent


class Settings(NoticeSettings, LimitSettings, RetentionSettings):
    """Read once at start. A value out of its bounds stops the start and says so."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address that the public port listens on.")
    port: int = Field(8080, ge=1, le=65535, description="The public port.")
    actions_port: int = Field(
        0, ge=0, le=65535, description="Loopback port of the action route; 0 takes a free one."
    )
    bot_port: int = Field(
        0, ge=0, le=65535, description="Loopback port of the bot; 0 takes a free one."
    )
    bot_ports: str = Field(
        "",
        pattern=r"^\s*(\d{1,5}\s*(,\s*\d{1,5}\s*)*)?$",
        description="Ports, separated by commas, of bots that `luukku bot` runs on this machine "
        "(docs/growing.md); the app then starts none of its own.",
    )
    data_dir: Path = Field(
        PROJECT / "var", description="Folder of everything that is made or kept at run time."
    )
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL; without it a SQLite file in DATA_DIR. PostgreSQL: "
        "postgresql+psycopg://user:password@host/name",
    )
    bot_python: Path = Field(
        PROJECT / ".venv-bot" / "bin" / "python", description="Python of the bot's environment."
    )
    bot_time_limit: float = Field(
        2.5,
        gt=0,
        le=30,
        description="Seconds to wait for the bot before the desk takes over.",
    )
    workers: int = Field(8, ge=1, le=64, description="Threads for database work and finding.")
    secret_key: str | None = Field(
        None,
        min_length=32,
        description="The desk's own key (32 characters or more); without it one is made and kept "
        "in DATA_DIR. Several machines must share one.",
    )
    demo: bool = Field(
        True,
        description="The demo: an invented region and its staff, with a log-in printed at start; "
        "false, for a real desk, removes them.",
    )
    secure_cookies: bool = Field(
        False, description="Staff cookies only over HTTPS; true behind a TLS proxy."
    )
    allowed_origins: str = Field(
        "", description="Origins, separated by commas, whose pages may call the API from a browser."
    )
    oidc_issuer: str | None = Field(
        None,
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^\s?#]*$",
        max_length=300,
        description="The organisation's identity provider (docs/oidc.md), by its issuer; staff "
        "sign in there. Needs OIDC_CLIENT_ID, OIDC_ROLES, PUBLIC_URL.",
    )
    oidc_client_id: str | None = Field(None, description="The desk's client id at the provider.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The client's secret; without it the desk is a public client."
    )
    oidc_scopes: str = Field("openid profile email", description="What the provider is asked for.")
    oidc_groups_claim: str = Field(
        "groups", description="The claim that lists a person's groups; a.b looks inside a."
    )
    oidc_roles: str = Field(
        "", description="group=role, separated by commas: the role that a group gives."
    )
    oidc_join: Literal["never", "email"] = Field(
        "never",
        description="email: who is here already with the verified e-mail address becomes the same "
        "person at the first log-in.",
    )
    oidc_only: bool = Field(False, description="Nobody signs in with a password of the desk's.")
    attachment_max_mb: int = Field(
        10, ge=1, le=100, description="The largest file taken on a matter, in megabytes."
    )
    clamd: str | None = Field(
        None,
        description="ClamAV's daemon, host:port or the path of its socket: files are opened only "
        "after it has passed them (docs/attachments.md).",
    )
    webhook_allow_private: bool = Field(
        False,
        description="Webhooks may lead to the desk's own network and go without TLS; for a "
        "network that is trusted as a whole.",
    )
    rasa_rest: bool = Field(
        False, description="The door for clients that speak Rasa's REST channel."
    )
    organisation_name_fi: str | None = Field(
        None,
        max_length=200,
        description="Who answers for this desk, in Finnish; the accessibility statement names it.",
    )
    organisation_name_sv: str | None = Field(
        None, max_length=200, description="The same in Swedish; without it the Finnish name."
    )
    accessibility_reviewed: date | None = Field(
        None,
        description="When the statement was last checked against this installation, YYYY-MM-DD.",
    )
    phone_person: str | None = Field(
        None,
        pattern=r"^\+[0-9]{6,15}$",
        description="Number that a caller who wants a person is connected to while somebody is on "
        "shift; without it, or outside shifts, the caller gets a ticket and is rung back.",
    )
    phone_speech: bool = Field(
        True, description="Callers may say their matter; false where the provider hears no Finnish."
    )
    twilio_auth_token: SecretStr | None = Field(
        None,
        description="Opens the telephone at /phone/twiml (docs/telephone.md). Needs PUBLIC_URL.",
    )
    jambonz_secret: SecretStr | None = Field(
        None,
        description="Opens the telephone at /phone/jambonz (docs/telephone.md). Needs PUBLIC_URL.",
    )
    open311_per_hour: int = Field(
        60, ge=1, le=100_000, description="Reports that Open311 takes from one address in an hour."
    )
    contact_history: bool = Field(
        False,
        description="Staff see a customer's other matters by the contact that was given, in their "
        "own teams; only with a legal basis (docs/staff-console.md).",
    )
    callback_minutes: int = Field(
        30, ge=10, le=120, description="How long a slot for ringing a customer back is."
    )
    callbacks_at_once: int = Field(
        1, ge=1, le=10, description="Calls that one person makes within a slot."
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of the metrics for Prometheus (docs/metrics.md); without it they are "
        "served nowhere.",
    )
    metrics_host: str = Field(
        "127.0.0.1", description="Address that the metrics' port listens on; never a public one."
    )
    disk_free_mb: int = Field(
        500,
        ge=1,
        le=1_000_000,
        description="Megabytes free in DATA_DIR below which /ready says that the disk is nearly "
        "full.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="text, or json: one object a line, for a collector of logs."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("oidc_roles")
    @classmethod
    def _roles_are_known(cls, given: str) -> str:
        roles_by_group(given)
        return given

    @field_validator("clamd")
    @classmethod
    def _is_a_scanner(cls, given: str | None) -> str | None:
        """Raises ValueError for what is neither a socket's path nor host:port."""
        _, _, port = (given or "").rpartition(":")
        if given and not given.startswith("/") and not (":" in given and port.isdecimal()):
            raise ValueError("neither host:port nor the path of a socket")
        return given or None

    @model_validator(mode="after")
    def _telephone_is_whole(self) -> Self:
        """A provider's requests are known by the address that they were signed for."""
        if (self.twilio_auth_token or self.jambonz_secret) and not self.public_url:
            raise ValueError("twilio_auth_token and jambonz_secret need public_url")
        return self

    @model_validator(mode="after")
    def _organisations_log_in_is_whole(self) -> Self:
        """A log-in that lets nobody in, or that cannot come back, is refused at the start."""
        if self.oidc_only and not self.oidc_issuer:
            raise ValueError("oidc_only needs oidc_issuer")
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            raise ValueError("oidc_issuer needs oidc_client_id and public_url")
        if self.oidc_issuer and not roles_by_group(self.oidc_roles):
            raise ValueError("oidc_issuer needs oidc_roles: without it nobody may do anything")
        return self

    @property
    def origins(self) -> list[str]:
        """The sites whose pages may use the desk from a browser."""
        return [one.strip().rstrip("/") for one in self.allowed_origins.split(",") if one.strip()]

    @property
    def bots(self) -> list[int]:
        """The ports of the bots that the app shares with others; none where it has its own."""
        return [int(one) for one in self.bot_ports.split(",") if one.strip()]

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'luukku.db'}"

    @property
    def models(self) -> Path:
        return self.data_dir / "models"

    @property
    def encoder(self) -> Path:
        return self.data_dir / "encoder"

    @cached_property
    def key(self) -> bytes:
        """The desk's own key, made at first use and kept readable by its owner alone."""
        return (self.secret_key or _kept_secret(self.data_dir / "secret.key")).encode()


def _kept_secret(path: Path) -> str:
    """The secret in this file; made whole beside it, so that nobody ever reads half of one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as made:
            made.write(secrets.token_urlsafe(32))
            made.flush()
            with contextlib.suppress(FileExistsError):
                os.link(made.name, path)
    return path.read_text().strip()
