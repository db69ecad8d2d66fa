"""Which contacts may still be shown (P14)."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog.demo_data import PREFIX
from catalog.models import Channel

LONGEST = timedelta(days=366)  # since somebody last checked the contact


def fresh(channel: Channel, now: datetime) -> bool:
    """Whether the contact was checked within a year; a stale one is never shown.

    One that its publisher has not dated is shown, since nothing says that it is old; the demo's
    always have a date, and one without is not shown.
    """
    if channel.verified_at is None:
        return not channel.organisation_id.startswith(PREFIX)
    return now - channel.verified_at <= LONGEST
