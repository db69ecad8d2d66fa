"""Ready answers on a ticket's page: which are offered, and one put into the answer's field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.contract import Language
from api.page_texts import language_of
from catalog.card import names
from desk import canned
from desk.customers import shown_name
from desk.errors import CannedRefused
from desk.models import Person, Ticket


@dataclass(frozen=True)
class Offer:
    id: int
    title: str


@dataclass(frozen=True)
class Offers:
    """One group of the choice: the service's, the team's or everybody's."""

    whose: str  # canned_services, canned_teams, canned_everybody
    offers: Sequence[Offer]


def offers(session: Session, ticket: Ticket) -> list[Offers]:
    """The ready answers that fit the ticket, in its customer's language."""
    groups: dict[str, list[Offer]] = {}
    for one in canned.offered(session, ticket):
        whose = "services" if one.service_id else "teams" if one.team_id else "everybody"
        shown = Offer(one.id, canned.title(one, ticket.language))
        groups.setdefault(f"canned_{whose}", []).append(shown)
    return [Offers(whose, found) for whose, found in groups.items()]


def with_canned(session: Session, ticket: Ticket, person_id: int, chosen: int, text: str) -> str:
    """What was written so far, and the ready answer after it. Raises CannedRefused."""
    kept = canned.known(session, chosen)
    if kept.id not in {one.id for one in canned.offered(session, ticket)}:
        raise CannedRefused("unknown")
    language: Language = language_of(ticket.language, "")
    person, service = session.get_one(Person, person_id), ticket.service_id
    values = {
        "code": ticket.code,
        "service": names(session, [service], language).get(service, "") if service else "",
        "name": shown_name(ticket, person, ticket.team, language),
    }
    ready = canned.filled(kept, language, values)
    written = text.replace("\r\n", "\n").rstrip()
    return f"{written}\n\n{ready}" if written else ready
