"""The shapes of the Finnish Service Catalogue's Open API (PTV v11, read side), as far as used.

What is not used is ignored and never refused: PTV adds fields without notice. Names of fields and
values are PTV's own; the values of its version 7 (`Charged`, `WholeCountry`…) are accepted too,
since old exports hold them. PTV says "none" with null, with an empty list and by leaving out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel

type Many[T] = Annotated[
    tuple[T, ...], BeforeValidator(lambda value: () if value is None else value)
]
type Guid = Annotated[
    str,
    StringConstraints(
        to_lower=True, pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
    ),
]
type Language = Annotated[str, StringConstraints(min_length=2, max_length=3)]
type Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Ptv(BaseModel):
    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, validate_by_name=True
    )


class Text(Ptv):
    language: Language
    value: str | None = None


class TypedText(Text):
    type: str


class Page(Ptv):
    language: Language
    url: str | None = None


class Phone(Ptv):
    language: Language
    number: str | None = None
    prefix_number: str | None = None
    is_finnish_service_number: bool | None = None
    charge_description: str | None = None
    type: str | None = None  # Phone, Sms or Fax; none means Phone


class Concept(Ptv):
    uri: str | None = None
    name: Many[Text] = ()


class Municipality(Ptv):
    code: str


class Area(Ptv):
    type: str
    code: str | None = None
    municipalities: Many[Municipality] = ()


class Item(Ptv):
    id: Guid


class ChannelLink(Ptv):
    service_channel: Item


class ServiceLink(Ptv):
    service: Item


class ServiceOrganization(Ptv):
    role_type: str
    organization: Item | None = None
    additional_information: Many[Text] = ()


class Street(Ptv):
    street: Many[Text] = ()
    street_number: str | None = None
    postal_code: str | None = None
    post_office: Many[Text] = ()
    municipality: Municipality | None = None


class PostBox(Ptv):
    post_office_box: Many[Text] = ()
    postal_code: str | None = None
    post_office: Many[Text] = ()
    municipality: Municipality | None = None


class Address(Ptv):
    """A place to go to or to write to; `type` is Location or Postal, none for a form's address."""

    type: str | None = None
    street_address: Street | None = None
    post_office_box_address: PostBox | None = None
    location_abroad: Many[Text] = ()
    delivery_address_in_text: Many[Text] = ()


class DailyHours(Ptv):
    day_from: Weekday | None = None
    day_to: Weekday | None = None
    opens: str = Field(alias="from")  # "08:00" or "08:00:00", also "24:00"
    closes: str = Field(alias="to")


class Hours(Ptv):
    service_hour_type: Literal[
        "DaysOfTheWeek", "Exceptional", "OverMidnight", "Standard", "Exception", "Special"
    ]
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    valid_for_now: bool | None = None
    is_closed: bool | None = None
    is_always_open: bool | None = None
    is_reservation: bool | None = None
    opening_hour: Many[DailyHours] = ()


type PublishingStatus = Literal["Published", "Deleted", "Archived"]


class Record(Ptv):
    id: Guid
    publishing_status: PublishingStatus | None = None
    modified: datetime | None = None

    @property
    def withdrawn(self) -> bool:
        return self.publishing_status in ("Deleted", "Archived")


class Service(Record):
    type: str = "Service"
    service_names: Many[TypedText]
    service_descriptions: Many[TypedText] = ()
    service_charge_type: str | None = None
    area_type: str | None = None
    areas: Many[Area] = ()
    requirements: Many[Text] = ()
    keywords: Many[Text] = ()
    service_classes: Many[Concept] = ()
    target_groups: Many[Concept] = ()
    life_events: Many[Concept] = ()
    ontology_terms: Many[Concept] = ()
    organizations: Many[ServiceOrganization] = ()
    service_channels: tuple[ChannelLink, ...] | None = None  # none: nothing is said of channels
    archiving_date: datetime | None = None

    @property
    def withdrawn(self) -> bool:
        return self.archiving_date is not None or super().withdrawn


class BaseChannel(Record):
    service_channel_type: str
    organization_id: Guid
    service_channel_names: Many[TypedText]
    service_channel_descriptions: Many[TypedText] = ()
    area_type: str | None = None
    areas: Many[Area] = ()
    service_hours: Many[Hours] = ()
    services: tuple[ServiceLink, ...] | None = None
    web_pages: Many[Page] = ()
    support_phones: Many[Phone] = ()
    support_emails: Many[Text] = ()

    @property
    def phones(self) -> tuple[Phone, ...]:
        return self.support_phones

    @property
    def pages(self) -> tuple[Page, ...]:
        return self.web_pages

    @property
    def places(self) -> tuple[Address, ...]:
        return ()


class ElectronicChannel(BaseChannel):
    service_channel_type: Literal["EChannel"]


class WebPageChannel(BaseChannel):
    service_channel_type: Literal["WebPage"]


class PhoneChannel(BaseChannel):
    service_channel_type: Literal["Phone"]
    phone_numbers: Many[Phone] = ()

    @property
    def phones(self) -> tuple[Phone, ...]:
        return self.phone_numbers


class PrintableFormChannel(BaseChannel):
    service_channel_type: Literal["PrintableForm"]
    channel_urls: Many[Text] = ()
    delivery_addresses: Many[Address] = ()

    @property
    def pages(self) -> tuple[Page, ...]:
        forms = (Page(language=url.language, url=url.value) for url in self.channel_urls)
        return (*forms, *self.web_pages)

    @property
    def places(self) -> tuple[Address, ...]:
        return self.delivery_addresses


class ServiceLocationChannel(BaseChannel):
    service_channel_type: Literal["ServiceLocation"]
    phone_numbers: Many[Phone] = ()
    addresses: Many[Address] = ()

    @property
    def phones(self) -> tuple[Phone, ...]:
        return self.phone_numbers or self.support_phones

    @property
    def places(self) -> tuple[Address, ...]:
        """Where to go comes before where to write."""
        return tuple(sorted(self.addresses, key=lambda address: address.type == "Postal"))


type Channel = Annotated[
    ElectronicChannel
    | PhoneChannel
    | WebPageChannel
    | PrintableFormChannel
    | ServiceLocationChannel,
    Field(discriminator="service_channel_type"),
]


class Organization(Record):
    organization_type: str | None = None
    organization_names: Many[TypedText]
    business_code: str | None = None
    parent_organization_id: Guid | None = None


_CHANNEL: TypeAdapter[BaseChannel] = TypeAdapter(Channel)


class UnknownShape(ValueError):
    """The record is neither a service, a channel nor an organisation."""


def read(record: object) -> Service | BaseChannel | Organization:
    """Tells by its shape what a record is, and checks it.

    Raises `UnknownShape`, or pydantic's `ValidationError` with every fault of the record.
    """
    if not isinstance(record, dict):
        raise UnknownShape("not an object")
    if "serviceChannelNames" in record or "serviceChannelType" in record:
        return _CHANNEL.validate_python(record)
    if "serviceNames" in record:
        return Service.model_validate(record)
    if "organizationNames" in record:
        return Organization.model_validate(record)
    raise UnknownShape("neither a service, a channel nor an organisation")
