"""PTV's channels and organisations as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from catalog import ptv
from catalog.codes import AreaCodes
from catalog.models import (
    Channel,
    ChannelText,
    OpeningHours,
    Organisation,
    OrganisationText,
    Service,
)
from catalog.ptv_hours import HELSINKI, opening_rows
from catalog.rows import Row
from catalog.staging import (
    Children,
    Need,
    Staged,
    Unfit,
    area_ids,
    area_needs,
    by_language,
    of_type,
    source,
    staged,
)

ORGANISATION_KINDS = {
    "State": "state",
    "Municipality": "municipality",
    "RegionalOrganization": "region",
    "Region": "region",
    "SotePublic": "county",
}
LOCAL = ("municipality:", "county:")  # areas whose own people a channel may be for


def stage_channel(record: ptv.BaseChannel, file: Path, publisher: str, codes: AreaCodes) -> Staged:
    """Raises `Unfit` or `BadHours` when the record cannot stand in the catalogue."""
    municipality = _municipality(record, codes)
    row: Row = {
        "id": record.id,
        "kind": record.service_channel_type,
        "organisation_id": record.organization_id,
        "municipality_id": municipality,
        "verified_at": _instant(record.modified),
        "source": source(file, publisher),
    }
    children: Children = {
        ChannelText: _texts(record),
        OpeningHours: [
            {"channel_id": record.id} | hours for hours in opening_rows(record.service_hours)
        ],
    }
    links = None
    if record.services is not None:
        links = tuple(sorted({link.service.id for link in record.services}))
    needs: set[Need] = {(Organisation, record.organization_id)}
    needs |= area_needs([municipality] if municipality else [])
    needs |= {(Service, id_) for id_ in links or ()}
    return staged(Channel, file, row, children, needs, links=links, removed=record.withdrawn)


def stage_organisation(record: ptv.Organization, file: Path) -> Staged:
    names = of_type(record.organization_names, "Name")
    if not names:
        raise Unfit("no name in any language")
    row: Row = {
        "id": record.id,
        "kind": ORGANISATION_KINDS.get(record.organization_type or "", "other"),
        "business_id": record.business_code or None,
        "parent_id": record.parent_organization_id,
    }
    texts = [
        {"organisation_id": record.id, "language": language, "name": name}
        for language, name in names.items()
    ]
    parent = record.parent_organization_id
    needs: set[Need] = {(Organisation, parent)} if parent else set()
    return staged(Organisation, file, row, {OrganisationText: texts}, needs)


def _instant(modified: datetime | None) -> datetime | None:
    """A time without a zone is Finland's."""
    return modified.replace(tzinfo=HELSINKI) if modified and not modified.tzinfo else modified


def _municipality(record: ptv.BaseChannel, codes: AreaCodes) -> str | None:
    """Where one goes; else the only municipality or county that the channel is for."""
    for place in record.places:
        address = place.street_address or place.post_office_box_address
        if address and address.municipality and place.type != "Postal":
            return codes.municipality(address.municipality.code)
    areas = area_ids(record, codes)
    return areas[0] if len(areas) == 1 and areas[0].startswith(LOCAL) else None


def _texts(record: ptv.BaseChannel) -> list[Row]:
    """A row per language of the name; a number or page of another language is better than none."""
    names = of_type(record.service_channel_names, "Name")
    if not names:
        raise Unfit("no name in any language")
    summaries = of_type(record.service_channel_descriptions, "Summary", "ShortDescription")
    contacts: dict[str, Mapping[str, str | None]] = {
        "url": {page.language: page.url for page in reversed(record.pages) if page.url},
        "phone": {phone.language: _number(phone) for phone in _callable(record)},
        "phone_charge": {phone.language: phone.charge_description for phone in _callable(record)},
        "email": by_language(record.support_emails),
        "address": _addresses(record, list(names)),
    }
    return [
        {"channel_id": record.id, "language": language, "name": name}
        | {"summary": summaries.get(language, "")}
        | {column: _best(given, language) for column, given in contacts.items()}
        for language, name in names.items()
    ]


def _best(given: Mapping[str, str | None], language: str) -> str | None:
    if language in given:
        return given[language]
    return given.get("fi") or next(iter(given.values()), None)


def _callable(record: ptv.BaseChannel) -> Iterator[ptv.Phone]:
    """The numbers that one can call, the first of each language last, so that it stays."""
    for phone in reversed(record.phones):
        if phone.number and phone.type in (None, "Phone"):
            yield phone


def _number(phone: ptv.Phone) -> str:
    number = (phone.number or "").strip()
    if phone.is_finnish_service_number or not phone.prefix_number:
        return number
    return f"{phone.prefix_number.strip()} {number.removeprefix('0')}"


def _addresses(record: ptv.BaseChannel, languages: list[str]) -> dict[str, str]:
    for place in record.places:
        lines = {language: _address(place, language) for language in languages}
        if any(lines.values()):
            return {language: line for language, line in lines.items() if line}
    return {}


def _address(place: ptv.Address, language: str) -> str:
    abroad = by_language(place.location_abroad) or by_language(place.delivery_address_in_text)
    street, box = place.street_address, place.post_office_box_address
    if street:
        name = _best(by_language(street.street), language) or ""
        first = f"{name} {street.street_number or ''}".strip()
    elif box:
        first = _best(by_language(box.post_office_box), language) or ""
    else:
        return _best(abroad, language) or ""
    at = street or box
    office = _best(by_language(at.post_office), language) if at else None
    second = f"{at.postal_code if at else ''} {office or ''}".strip()
    return ", ".join(part for part in (first, second) if part)
