"""The demo's entries as the records and rows that a load of the Finnish Service Catalogue makes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from catalog import ptv
from catalog.base import Base
from catalog.codes import NATION, shipped_areas
from catalog.demo_data import (
    FOLDER,
    PREFIX,
    Channel,
    County,
    Demo,
    DemoBroken,
    InternalService,
    Municipality,
    Organisation,
)
from catalog.models import (
    Area,
    AreaPart,
    AreaText,
    OrganisationText,
    Service,
    ServiceArea,
    ServiceClassification,
    ServiceLabel,
    ServiceStatusText,
    ServiceTask,
    ServiceText,
)
from catalog.models import Channel as ChannelRow
from catalog.models import Organisation as OrganisationRow
from catalog.ptv_hours import HELSINKI
from catalog.rows import Row
from catalog.staged_channels import stage_channel
from catalog.staging import Children, Staged, staged

PUBLISHER = "demo"
IDS = uuid.UUID("de300000-0000-4000-8000-000000000000")  # of channels, made from their names
AUTHORITIES = "http://uri.suomi.fi/codelist/ptv/ptvkohderyhmat/code/KR3"
NO_POSTAL_CODE = "00000"  # Posti gives this to no place
HOURS = re.compile(
    r"(?P<first>[A-Z]\w+)(?:-(?P<last>[A-Z]\w+))? (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)"
)
EXCEPTION = re.compile(r"(?P<day>\d\d-\d\d) (?:closed|(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d))")


def channel_id(name: str) -> str:
    return str(uuid.uuid5(IDS, name))


def verified_at(today: date) -> datetime:
    """The day on which the demo counts as checked: the first of the quarter.

    A day in the file would make every contact of the demo stale a year after it was written, and
    the day of loading would change every channel each day.
    """
    first_month = today.month - (today.month - 1) % 3
    return datetime(today.year, first_month, 1, tzinfo=HELSINKI)


def places(demo: Demo) -> Mapping[type[Base], list[Row]]:
    """Areas and organisations, each table after those that it refers to."""
    areas: list[County | Municipality] = [demo.county, *demo.municipalities]
    parts = [(demo.county.area_id, NATION)]
    parts += [(one.area_id, demo.county.area_id) for one in demo.municipalities]
    return {
        Area: [
            {"id": one.area_id, "kind": one.area_id.partition(":")[0], "code": one.code}
            for one in areas
        ],
        AreaText: [
            {"area_id": one.area_id, "language": language, "name": name}
            for one in areas
            for language, name in one.names.items()
        ],
        AreaPart: [{"area_id": area, "within_id": within} for area, within in parts],
        OrganisationRow: [_organisation(one) for one in demo.organisations],
        OrganisationText: [
            {"organisation_id": one.id, "language": language, "name": name}
            for one in demo.organisations
            for language, name in one.names.items()
        ],
    }


def _organisation(one: Organisation) -> Row:
    parent = PREFIX + one.parent if one.parent else None
    return {"id": one.id, "kind": one.kind, "parent_id": parent}


def staged_service(one: InternalService) -> Staged:
    """An internal service, answered for by its own demo organisation."""
    organisation = PREFIX + one.organisation
    row: Row = {
        "id": one.id,
        "keeper_id": organisation,
        "responsible_id": organisation,
        "responsible_kind": "organisation",
        "responsible_rule": None,
        "kind": "Service",
        "audience": "internal",
        "status": "current",
        "replaced_by_id": None,
        "place_bound": False,
        "charge": None,
        "source": PUBLISHER,
    }
    texts = [
        {"service_id": one.id, "language": language, "name": text.name, "summary": text.summary}
        for language, text in one.texts.items()
    ]
    children: Children = {
        ServiceText: texts,
        ServiceStatusText: [],
        ServiceLabel: [],
        ServiceArea: [],
        ServiceClassification: [{"service_id": one.id, "uri": AUTHORITIES}],
        ServiceTask: [],
    }
    return staged(Service, FOLDER / "services.yml", row, children, set())


def staged_channel(
    demo: Demo, organisation: Organisation, one: Channel, links: Iterable[str], today: date
) -> Staged:
    """The channel as the loader makes it of a PTV record, with the services that it serves."""
    record = ptv.read(channel_record(demo, organisation, one, today))
    if not isinstance(record, ptv.BaseChannel):
        raise DemoBroken(f"{one.id} is no channel")
    read = stage_channel(record, FOLDER / "channels.yml", PUBLISHER, shipped_areas())
    row = read.row | {"organisation_id": organisation.id, "source": PUBLISHER}
    return staged(ChannelRow, read.file, row, read.children, set(), links=tuple(sorted(links)))


def channel_record(
    demo: Demo, organisation: Organisation, one: Channel, today: date
) -> dict[str, Any]:
    """The channel in the shape of PTV's Open API, version 11.

    PTV knows no id like `demo:kela`: the organisation's is made of it here, as the channel's is.
    """
    record: dict[str, Any] = {
        "id": channel_id(one.id),
        "serviceChannelType": one.kind,
        "organizationId": str(uuid.uuid5(IDS, organisation.id)),
        "serviceChannelNames": _typed(one, "name", "Name"),
        "serviceChannelDescriptions": _typed(one, "summary", "Summary"),
        "supportEmails": _said(one, "email", "value"),
        "serviceHours": list(_hours(demo.hours[one.hours], today)) if one.hours else [],
        "modified": verified_at(today).isoformat(),
        "publishingStatus": "Published",
    }
    return record | _area(organisation) | _contacts(demo, one)


def _area(organisation: Organisation) -> dict[str, Any]:
    kind, _, code = (organisation.area or "").partition(":")
    if kind == "municipality":
        area = {"type": "Municipality", "municipalities": [{"code": code}]}
        return {"areaType": "LimitedType", "areas": [area]}
    if kind == "county":
        area = {"type": "WellbeingServicesCounty", "code": code}
        return {"areaType": "LimitedType", "areas": [area]}
    return {"areaType": "Nationwide"}


def _contacts(demo: Demo, one: Channel) -> dict[str, Any]:
    pages, phones = _said(one, "url", "url"), _phones(one)
    match one.kind:
        case "Phone":
            return {"phoneNumbers": phones, "webPages": pages}
        case "PrintableForm":
            address = {"deliveryAddressInText": _said(one, "send_to", "value")}
            urls = _said(one, "url", "value")
            return {"channelUrls": urls, "deliveryAddresses": [address], "supportPhones": phones}
        case "ServiceLocation":
            return {"addresses": _addresses(demo, one), "phoneNumbers": phones, "webPages": pages}
        case _:
            return {"webPages": pages, "supportPhones": phones}


def _typed(one: Channel, field: str, kind: str) -> list[dict[str, Any]]:
    return [said | {"type": kind} for said in _said(one, field, "value")]


def _said(one: Channel, field: str, key: str) -> list[dict[str, Any]]:
    """What the channel's texts say in this field, in each language that says anything."""
    found = {language: getattr(text, field) for language, text in one.texts.items()}
    return [{"language": language, key: said} for language, said in found.items() if said]


def _phones(one: Channel) -> list[dict[str, Any]]:
    return [
        {"language": language, "number": text.phone, "chargeDescription": text.charge}
        for language, text in one.texts.items()
        if text.phone
    ]


def _addresses(demo: Demo, one: Channel) -> list[dict[str, Any]]:
    if one.at is None:
        raise DemoBroken(f"{one.id} is a place without an address")
    town = next(town for town in demo.municipalities if town.code == one.at.municipality)
    return [{"type": "Location", "streetAddress": _street(town, one.at.number)}]


def _street(town: Municipality, number: str) -> dict[str, Any]:
    return {
        "street": [{"language": at, "value": name} for at, name in town.street.names.items()],
        "streetNumber": number,
        "postalCode": NO_POSTAL_CODE,
        "postOffice": [{"language": at, "value": name} for at, name in town.names.items()],
        "municipality": {"code": town.code},
    }


def _hours(lines: Iterable[str], today: date) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line == "always":
            yield {"serviceHourType": "DaysOfTheWeek", "isAlwaysOpen": True}
        elif week := HOURS.fullmatch(line):
            days = {"dayFrom": week["first"], "dayTo": week["last"]}
            daily = days | {"from": week["opens"], "to": week["closes"]}
            yield {"serviceHourType": "DaysOfTheWeek", "openingHour": [daily]}
        elif day := EXCEPTION.fullmatch(line):
            yield from (_exception(day, year) for year in (today.year, today.year + 1))
        else:
            raise DemoBroken(f"no opening hours: {line}")


def _exception(day: re.Match[str], year: int) -> dict[str, Any]:
    daily = [{"from": day["opens"], "to": day["closes"]}] if day["opens"] else []
    return {
        "serviceHourType": "Exceptional",
        "validFrom": f"{year}-{day['day']}T00:00:00",
        "isClosed": not daily,
        "openingHour": daily,
    }
