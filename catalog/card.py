"""What the catalogue can say of one service, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.models import (
    Channel,
    ChannelText,
    OpeningHours,
    OrganisationText,
    Promise,
    Service,
    ServiceChannel,
    ServiceText,
)
from catalog.opening import Opening, OpenNow, Opens, opening

SPOKEN = ("fi", "sv", "en")  # which text stands in when a language is missing, in this order


@dataclass(frozen=True)
class ChannelCard:
    id: str
    kind: str
    name: str
    url: str | None
    phone: str | None
    phone_charge: str | None
    email: str | None
    address: str | None
    opening: Opening
    hours: tuple[OpeningHours, ...]
    verified_at: datetime | None


@dataclass(frozen=True)
class Card:
    id: str
    name: str
    summary: str
    description: str
    instruction: str
    requirements: str
    language: str  # of the text, which may not be the one asked for
    dated: date | None
    official: bool
    status: str
    status_text: str | None  # what an ended service says for itself
    replaced_by: str | None
    place_bound: bool
    charge: str | None
    charge_info: str
    responsible: str | None  # none: the desk itself
    channels: tuple[ChannelCard, ...]
    promises: tuple[str, ...]


def card(session: Session, service_id: str, language: str, *, now: datetime) -> Card | None:
    """The service in the language asked for, or in one that its text exists in."""
    service = session.get(Service, service_id, options=[selectinload(Service.texts)])
    if service is None or not service.texts:
        return None
    text = best_text(service.texts, language)
    return Card(
        id=service.id,
        name=text.name,
        summary=text.summary,
        description=text.description,
        instruction=text.instruction,
        requirements=text.requirements,
        language=text.language,
        dated=text.dated,
        official=text.official,
        status=service.status,
        status_text=next((t.text for t in service.status_texts if t.language == language), None),
        replaced_by=service.replaced_by_id,
        place_bound=service.place_bound,
        charge=service.charge,
        charge_info=text.charge_info,
        responsible=_organisation_name(session, service.responsible_id, language),
        channels=tuple(_channels(session, service.id, language, now)),
        promises=tuple(_promises(session, service.id, language)),
    )


def best_text[T: (ServiceText, ChannelText, OrganisationText)](texts: list[T], language: str) -> T:
    """The text in this language, else in the first of Finnish, Swedish, English that exists."""
    order = (language, *SPOKEN)
    return min(texts, key=lambda t: order.index(t.language) if t.language in order else len(order))


def names(session: Session, service_ids: list[str], language: str) -> dict[str, str]:
    """The services' names in the language, or in one they have, by id."""
    rows = session.scalars(select(ServiceText).where(ServiceText.service_id.in_(service_ids)))
    texts: dict[str, list[ServiceText]] = {}
    for row in rows:
        texts.setdefault(row.service_id, []).append(row)
    return {service_id: best_text(found, language).name for service_id, found in texts.items()}


def _organisation_name(session: Session, organisation_id: str | None, language: str) -> str | None:
    texts = session.scalars(
        select(OrganisationText).where(OrganisationText.organisation_id == organisation_id)
    ).all()
    return best_text(list(texts), language).name if texts else None


def _channels(session: Session, service_id: str, language: str, now: datetime) -> list[ChannelCard]:
    """The service's channels, those open now first, then by when they open."""
    rows = session.scalars(
        select(Channel)
        .join(ServiceChannel, ServiceChannel.channel_id == Channel.id)
        .where(ServiceChannel.service_id == service_id)
        .options(selectinload(Channel.texts), selectinload(Channel.hours))
        .order_by(Channel.id)
    )
    cards = [_channel(row, language, now) for row in rows if row.texts]
    return sorted(cards, key=_soonest)


def _soonest(channel: ChannelCard) -> tuple[int, float]:
    if isinstance(channel.opening, OpenNow):
        return (0, 0.0)
    if isinstance(channel.opening, Opens):
        return (1, channel.opening.at.timestamp())
    return (2, 0.0)


def _channel(row: Channel, language: str, now: datetime) -> ChannelCard:
    text = best_text(row.texts, language)
    return ChannelCard(
        id=row.id,
        kind=row.kind,
        name=text.name,
        url=text.url,
        phone=text.phone,
        phone_charge=text.phone_charge,
        email=text.email,
        address=text.address,
        opening=opening(row.hours, now),
        hours=tuple(row.hours),
        verified_at=row.verified_at,
    )


def _promises(session: Session, service_id: str, language: str) -> list[str]:
    rows = session.scalars(
        select(Promise).where(Promise.service_id == service_id).options(selectinload(Promise.texts))
    )
    return [text.text for row in rows for text in row.texts if text.language == language]
