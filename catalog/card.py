"""What the catalogue can say of one service, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.areas import area_names
from catalog.freshness import fresh
from catalog.models import (
    AreaPart,
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
from catalog.responsible import Body, body_of
from catalog.stages import StageCard, stages_of

TO_READ = ("WebPage", "PrintableForm")  # where one gets no further at once
SPOKEN = ("fi", "sv", "en")  # which text stands in when a language is missing, in this order


@dataclass(frozen=True)
class ChannelCard:
    id: str
    kind: str
    name: str
    summary: str  # of a place: how one gets there and in
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
    status_text: str | None  # what one that ended or changed says for itself
    replaced_by: str | None
    place_bound: bool
    charge: str | None
    charge_info: str
    body: Body  # who answers for it where the customer lives
    only_in: tuple[str, ...]  # the places that a place-bound service belongs to, where known
    channels: tuple[ChannelCard, ...]
    elsewhere: bool  # there are channels of some municipality, and the customer's is not known
    promises: tuple[str, ...]
    stages: tuple[StageCard, ...]  # what a matter of it goes through, in its order

    @property
    def responsible(self) -> str | None:
        """Who answers for it, by name or in general words; none: the desk itself."""
        return None if self.body.kind == "desk" else self.body.name

    @property
    def depends_on_place(self) -> bool:
        """Whether the customer's municipality, not known yet, would tell more."""
        return self.elsewhere or self.body.depends_on_place


def card(
    session: Session,
    service_id: str,
    language: str,
    *,
    now: datetime,
    area_id: str | None = None,
) -> Card | None:
    """The service in the language asked for, or in one that its text exists in.

    `area_id` is the customer's municipality, where it is known: a channel of a place is shown to
    those who live there alone.
    """
    service = session.get(Service, service_id, options=[selectinload(Service.texts)])
    if service is None or not service.texts:
        return None
    text = best_text(service.texts, language)
    usable = [one for one in _channels(session, service.id) if fresh(one, now)]
    here = _around(session, area_id)
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
        body=body_of(session, service, area_id, language),
        only_in=_only_in(session, service, language),
        channels=tuple(
            _shown([one for one in usable if one.municipality_id in here], language, now)
        ),
        elsewhere=area_id is None and any(one.municipality_id for one in usable),
        promises=tuple(promises(session, service.id, language)),
        stages=tuple(stages_of(session, service.id, language)),
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


def only_in(session: Session, service_id: str, language: str) -> tuple[str, ...]:
    """The places that a place-bound service belongs to, by name; none where it is for everybody."""
    service = session.get(Service, service_id)
    return _only_in(session, service, language) if service is not None else ()


def _only_in(session: Session, service: Service, language: str) -> tuple[str, ...]:
    if not service.place_bound:
        return ()
    return tuple(area_names(session, [row.area_id for row in service.areas], language).values())


def _channels(session: Session, service_id: str) -> list[Channel]:
    rows = session.scalars(
        select(Channel)
        .join(ServiceChannel, ServiceChannel.channel_id == Channel.id)
        .where(ServiceChannel.service_id == service_id)
        .options(selectinload(Channel.texts), selectinload(Channel.hours))
        .order_by(Channel.id)
    )
    return [row for row in rows if row.texts]


def _around(session: Session, area_id: str | None) -> set[str | None]:
    """The places whose channels are the customer's: none in particular, theirs, and around it."""
    if area_id is None:
        return {None}
    wider = session.scalars(select(AreaPart.within_id).where(AreaPart.area_id == area_id))
    return {None, area_id, *wider}


def _shown(rows: list[Channel], language: str, now: datetime) -> list[ChannelCard]:
    """Those usable now first, then by when they open; an e-service without hours is always."""
    return sorted((_channel(row, language, now) for row in rows), key=_soonest)


def _soonest(channel: ChannelCard) -> tuple[int, float]:
    always = channel.kind == "EChannel" and not channel.hours
    if always or isinstance(channel.opening, OpenNow):
        return (0, 0.0)
    if isinstance(channel.opening, Opens):
        return (1, channel.opening.at.timestamp())
    return (2, float(channel.kind in TO_READ))


def _channel(row: Channel, language: str, now: datetime) -> ChannelCard:
    text = best_text(row.texts, language)
    return ChannelCard(
        id=row.id,
        kind=row.kind,
        name=text.name,
        summary=text.summary,
        url=text.url,
        phone=text.phone,
        phone_charge=text.phone_charge,
        email=text.email,
        address=text.address,
        opening=opening(row.hours, now),
        hours=tuple(row.hours),
        verified_at=row.verified_at,
    )


def promises(session: Session, service_id: str, language: str) -> list[str]:
    """What the customer may expect of the service, in this language; nothing where none is told."""
    rows = session.scalars(
        select(Promise).where(Promise.service_id == service_id).options(selectinload(Promise.texts))
    )
    return [text.text for row in rows for text in row.texts if text.language == language]
