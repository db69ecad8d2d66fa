"""Taking the demo's rows away: what was renamed or left out of its files, or all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog.codes import DESK_ORGANISATION
from catalog.demo_data import MARK, PREFIX, ended_texts
from catalog.demo_records import PUBLISHER
from catalog.models import (
    Area,
    AreaPart,
    AreaText,
    Channel,
    CustomerPhrase,
    EditRight,
    Organisation,
    OrganisationText,
    Promise,
    PromiseText,
    Service,
    ServiceChannel,
    ServiceStatusText,
)
from catalog.report import Counts
from catalog.rows import add, remove
from catalog.stages import remove_stages
from catalog.writing import CHILDREN

ENDED = "ended with the demo"  # no hash of a record: the next start of the demo writes it anew


@dataclass(frozen=True)
class Wanted:
    """The ids of the demo's rows that shall stay."""

    areas: Collection[str] = ()
    organisations: Collection[str] = ()
    services: Collection[str] = ()
    channels: Collection[str] = ()


NOTHING = Wanted()


def remove_others(session: Session, wanted: Wanted, referred: Collection[str]) -> Counts:
    """The demo's rows that are not wanted are gone; a service in `referred` stays, ended."""
    ours = Organisation.id.startswith(PREFIX)
    held_channels = select(Channel.id).where(Channel.organisation_id.startswith(PREFIX))
    over = session.scalars(_services().where(Service.content_hash == ENDED)).all()
    channels = _gone(session, held_channels, wanted.channels)
    services = _gone(session, _services(), wanted.services)
    organisations = _gone(session, select(Organisation.id).where(ours), wanted.organisations)
    gone_areas = _gone(session, _areas(), wanted.areas)
    kept = [one for one in services if one in referred]
    ended = [one for one in kept if one not in over]
    _remove_channels(session, channels)
    _remove_services(session, [one for one in services if one not in referred])
    _end_services(session, ended)
    _remove_organisations(session, organisations)
    _remove_areas(session, gone_areas)
    removed = len(channels) + len(services) - len(kept) + len(organisations) + len(gone_areas)
    return Counts(changed=len(ended), removed=removed)


def held_services(session: Session) -> set[str]:
    """The demo's services that are in the catalogue, ended ones among them."""
    return set(session.scalars(_services()))


def held_areas(session: Session) -> set[str]:
    return set(session.scalars(_areas()))


def _services() -> Select[tuple[str]]:
    return select(Service.id).where(Service.source == PUBLISHER)


def _areas() -> Select[tuple[str]]:
    return select(AreaText.area_id).where(AreaText.name.endswith(MARK, autoescape=True))


def _gone(session: Session, held: Select[tuple[str]], wanted: Collection[str]) -> list[str]:
    return sorted(set(session.scalars(held)) - set(wanted))


def _remove_channels(session: Session, ids: list[str]) -> None:
    columns = (ServiceChannel.channel_id, *CHILDREN[Channel].values(), Channel.id)
    _remove(session, columns, ids)


def _remove_services(session: Session, ids: list[str]) -> None:
    _remove_sayings(session, ids)
    _remove(session, (*CHILDREN[Service].values(), Service.id), ids)


def _remove_sayings(session: Session, service_ids: list[str]) -> None:
    """What the desk itself keeps of a service."""
    promises = session.scalars(select(Promise.id).where(Promise.service_id.in_(service_ids))).all()
    remove(session, PromiseText.promise_id, promises)
    remove_stages(session, service_ids)
    columns = (Promise.service_id, CustomerPhrase.service_id, ServiceChannel.service_id)
    _remove(session, columns, service_ids)


def _end_services(session: Session, ids: list[str]) -> None:
    """Their names stay for the tickets about them; the desk itself answers for them."""
    _remove_sayings(session, ids)
    session.execute(
        update(Service)
        .where(Service.id.in_(ids))
        .values(
            status="ended",
            keeper_id=DESK_ORGANISATION,
            responsible_id=None,
            responsible_kind="desk",
            content_hash=ENDED,
        )
    )
    remove(session, ServiceStatusText.service_id, ids)
    told = [
        {"service_id": id_, "language": language, "text": text}
        for id_ in ids
        for language, text in ended_texts().items()
    ]
    add(session, ServiceStatusText, told)


def _remove_organisations(session: Session, ids: list[str]) -> None:
    session.execute(update(Organisation).where(Organisation.id.in_(ids)).values(parent_id=None))
    columns = (EditRight.organisation_id, OrganisationText.organisation_id, Organisation.id)
    _remove(session, columns, ids)


def _remove_areas(session: Session, ids: list[str]) -> None:
    _remove(session, (AreaPart.area_id, AreaPart.within_id, AreaText.area_id, Area.id), ids)


def _remove(
    session: Session, columns: Iterable[InstrumentedAttribute[str]], ids: list[str]
) -> None:
    for column in columns:
        remove(session, column, ids)
