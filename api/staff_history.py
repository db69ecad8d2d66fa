"""The customer's other matters, in the words of a ticket's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.contract import Language
from catalog.card import names
from desk import histories
from desk.models import Ticket
from desk.tickets import spoken_language


@dataclass(frozen=True)
class Before:
    code: str
    subject: str
    spoken: str
    service: str | None
    stage: str
    owner: str
    channel: str
    opened_at: datetime
    same_talk: bool


def history(
    session: Session, ticket: Ticket, language: Language, person_id: int, *, by_contact: bool
) -> list[Before]:
    """With whom, when and about which services the customer has dealt before."""
    found = histories.earlier(session, ticket, person_id, by_contact=by_contact)
    ids = [one.ticket.service_id for one in found if one.ticket.service_id]
    named = names(session, ids, language) if ids else {}
    return [
        Before(
            code=one.ticket.code,
            subject=one.ticket.subject,
            spoken=spoken_language(one.ticket) or one.ticket.language,
            service=named.get(one.ticket.service_id or ""),
            stage=one.ticket.stage,
            owner=one.ticket.owner.name,
            channel=one.channel,
            opened_at=one.ticket.opened_at,
            same_talk=one.same_talk,
        )
        for one in found
    ]
