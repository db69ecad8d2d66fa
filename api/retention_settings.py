"""Settings of how long the desk keeps what it knows of people."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings

from desk.retention import Clocks

MOST = 36_500  # days: a hundred years, for those who must keep everything


class RetentionSettings(BaseSettings):
    """A part of api.settings.Settings; docs/privacy.md tells what each clock removes."""

    retain_conversation_days: int = Field(
        90, ge=1, le=MOST, description="Days that a talk without a ticket is kept."
    )
    retain_ticket_days: int = Field(
        730, ge=1, le=MOST, description="Days that a closed ticket is kept, and its talk with it."
    )
    retain_contact_days: int = Field(
        90, ge=1, le=MOST, description="Days that a closed ticket keeps its contact and files."
    )
    retain_notice_days: int = Field(
        30, ge=1, le=MOST, description="Days that notices and webhooks' events are kept."
    )
    retain_access_days: int = Field(
        1_825, ge=1, le=MOST, description="Days that the log of who saw what is kept."
    )

    @property
    def clocks(self) -> Clocks:
        return Clocks(
            conversation=timedelta(days=self.retain_conversation_days),
            ticket=timedelta(days=self.retain_ticket_days),
            contact=timedelta(days=self.retain_contact_days),
            notice=timedelta(days=self.retain_notice_days),
            access=timedelta(days=self.retain_access_days),
        )
