"""The tables of what can be asked for.

Ids of organisations, services and channels are those of the Finnish Service Catalogue
(Suomi.fi-palvelutietovaranto, PTV), kept as they come. Languages are ISO 639-1 codes; a text is a
row per language, so that a language is never a special column.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.base import Base, UtcDateTime

Id = String(36)
Lang = String(3)

AUDIENCES = ("citizens", "companies", "internal")
STATUSES = ("current", "ended", "replaced")
ORGANISATION_KINDS = ("state", "county", "municipality", "region", "desk", "other")
CHANNEL_KINDS = ("EChannel", "Phone", "WebPage", "PrintableForm", "ServiceLocation")
AREA_KINDS = ("municipality", "county", "region", "province", "nation")
SCHEMES = ("service_class", "customer_group", "life_event")
# Who answers for a service where the customer lives; "desk": it cannot be known, so the desk does.
TIME_UNITS = ("hours", "days", "working_days", "weeks", "months")
RESPONSIBLE_KINDS = ("municipality", "county", "employment", "organisation", "desk")
LABEL_KINDS = ("preferred", "alternative", "hidden", "keyword", "former")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A closed list is the database's to hold: a mistyped value must not pass silently."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({quoted})", name=f"{column}_known")


class Organisation(Base):
    __tablename__ = "organisation"
    __table_args__ = (one_of("kind", ORGANISATION_KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    business_id: Mapped[str | None] = mapped_column(String(9))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    texts: Mapped[list[OrganisationText]] = relationship(cascade="all, delete-orphan")


class OrganisationText(Base):
    __tablename__ = "organisation_text"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    name: Mapped[str] = mapped_column(String(300))


class EditRight(Base):
    """Who may edit an organisation's entries: one row per login and organisation."""

    __tablename__ = "edit_right"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    login: Mapped[str] = mapped_column(String(80), primary_key=True)


class Area(Base):
    """A municipality, wellbeing services county, region, province (Åland) or the nation."""

    __tablename__ = "area"
    __table_args__ = (one_of("kind", AREA_KINDS), UniqueConstraint("kind", "code"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)  # "municipality:091"
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(10))
    texts: Mapped[list[AreaText]] = relationship(cascade="all, delete-orphan")


class AreaText(Base):
    __tablename__ = "area_text"

    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


class AreaPart(Base):
    """One area lies within another: Sipoo within Uusimaa."""

    __tablename__ = "area_part"

    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    within_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)


class Classification(Base):
    """A code of PTV's service classes, target groups (customer groups) or life events."""

    __tablename__ = "classification"
    __table_args__ = (one_of("scheme", SCHEMES), UniqueConstraint("scheme", "code"))

    uri: Mapped[str] = mapped_column(String(200), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(20))
    broader_uri: Mapped[str | None] = mapped_column(ForeignKey("classification.uri"))
    texts: Mapped[list[ClassificationText]] = relationship(cascade="all, delete-orphan")


class ClassificationText(Base):
    __tablename__ = "classification_text"

    uri: Mapped[str] = mapped_column(ForeignKey("classification.uri"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    name: Mapped[str] = mapped_column(String(300))


class Service(Base):
    """One thing that can be asked for.

    `responsible_kind` says who answers for it today, by the rule named in `responsible_rule`
    (catalog/data/responsible); `responsible_id` is that body where it is one and the same for
    everybody. `keeper_id` is the organisation whose people may edit the entry.
    """

    __tablename__ = "service"
    __table_args__ = (
        one_of("audience", AUDIENCES),
        one_of("status", STATUSES),
        # A service said to be replaced must say by what: the customer is led on, never dropped.
        CheckConstraint(
            "status <> 'replaced' or replaced_by_id is not null", name="replaced_names_by"
        ),
        one_of("responsible_kind", RESPONSIBLE_KINDS),
        CheckConstraint(
            "responsible_kind <> 'organisation' or responsible_id is not null",
            name="organisation_is_named",
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    keeper_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    responsible_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    responsible_kind: Mapped[str] = mapped_column(String(20), default="desk", server_default="desk")
    responsible_rule: Mapped[str | None] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))  # PTV: Service, PermitOrObligation, …
    audience: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default="current")
    replaced_by_id: Mapped[str | None] = mapped_column(ForeignKey("service.id"))
    place_bound: Mapped[bool] = mapped_column(default=False)
    charge: Mapped[str | None] = mapped_column(String(20))  # PTV: Chargeable, FreeOfCharge, Other
    source: Mapped[str] = mapped_column(String(120))  # the file and publisher it was loaded from
    content_hash: Mapped[str] = mapped_column(String(64))  # sha256: an unchanged record is no work

    texts: Mapped[list[ServiceText]] = relationship(cascade="all, delete-orphan")
    status_texts: Mapped[list[ServiceStatusText]] = relationship(cascade="all, delete-orphan")
    labels: Mapped[list[ServiceLabel]] = relationship(cascade="all, delete-orphan")
    areas: Mapped[list[ServiceArea]] = relationship(cascade="all, delete-orphan")
    classes: Mapped[list[ServiceClassification]] = relationship(cascade="all, delete-orphan")
    tasks: Mapped[list[ServiceTask]] = relationship(cascade="all, delete-orphan")
    promises: Mapped[list[Promise]] = relationship(cascade="all, delete-orphan")
    channels: Mapped[list[ServiceChannel]] = relationship(cascade="all, delete-orphan")


class ServiceText(Base):
    __tablename__ = "service_text"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    instruction: Mapped[str] = mapped_column(Text, default="")  # PTV: UserInstruction
    requirements: Mapped[str] = mapped_column(Text, default="")
    charge_info: Mapped[str] = mapped_column(Text, default="")  # PTV: ChargeTypeAdditionalInfo
    dated: Mapped[date | None]  # when the publisher last touched the text, as far as is known
    official: Mapped[bool] = mapped_column(default=True)  # false: a translation not yet confirmed


class ServiceStatusText(Base):
    """What the customer must hear of a service that ended: that it did, and what came instead."""

    __tablename__ = "service_status_text"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class ServiceLabel(Base):
    """A word that means this service: ontology labels, keywords, former names."""

    __tablename__ = "service_label"
    __table_args__ = (one_of("kind", LABEL_KINDS),)

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    label: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))


class CustomerPhrase(Base):
    """How a customer says it: catalogue data that the keepers extend without training anything."""

    __tablename__ = "customer_phrase"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    text: Mapped[str] = mapped_column(String(500), primary_key=True)
    # Came with the product: a load may replace it, and leaves what the keepers wrote alone.
    shipped: Mapped[bool] = mapped_column(default=False)


class ServiceArea(Base):
    """Where the service is given; no row means everywhere."""

    __tablename__ = "service_area"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)


class ServiceClassification(Base):
    __tablename__ = "service_classification"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    uri: Mapped[str] = mapped_column(ForeignKey("classification.uri"), primary_key=True)


class ServiceTask(Base):
    """What a unit or partner does behind the service (one link of its chain)."""

    __tablename__ = "service_task"
    __table_args__ = (
        CheckConstraint(
            "organisation_id is not null or partner is not null", name="someone_does_it"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    position: Mapped[int]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    partner: Mapped[str | None] = mapped_column(String(300))
    role: Mapped[str] = mapped_column(String(40))  # PTV: Responsible, Producer, OtherResponsible
    texts: Mapped[list[ServiceTaskText]] = relationship(cascade="all, delete-orphan")


class ServiceTaskText(Base):
    __tablename__ = "service_task_text"

    task_id: Mapped[int] = mapped_column(ForeignKey("service_task.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Promise(Base):
    """What the customer may expect, as a number with a unit: answered within 3 working_days."""

    __tablename__ = "promise"
    __table_args__ = (one_of("unit", TIME_UNITS),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    measure: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int]
    unit: Mapped[str] = mapped_column(String(20))
    demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    texts: Mapped[list[PromiseText]] = relationship(cascade="all, delete-orphan")


class PromiseText(Base):
    __tablename__ = "promise_text"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Channel(Base):
    """A way to get the service, of PTV's five kinds."""

    __tablename__ = "channel"
    __table_args__ = (one_of("kind", CHANNEL_KINDS),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    municipality_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(120))
    content_hash: Mapped[str] = mapped_column(String(64))
    texts: Mapped[list[ChannelText]] = relationship(cascade="all, delete-orphan")
    hours: Mapped[list[OpeningHours]] = relationship(cascade="all, delete-orphan")


class ChannelText(Base):
    __tablename__ = "channel_text"

    channel_id: Mapped[str] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str | None] = mapped_column(String(1000))
    phone: Mapped[str | None] = mapped_column(String(40))
    phone_charge: Mapped[str | None] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300))


class OpeningHours(Base):
    """When a channel is open.

    `weekday` 0 is Monday, as in PTV's order and Python's; none means every day. Without `opens`
    the row says open all day, or closed where `closed` says so. `valid_from` and `valid_to` are
    local dates, both included; an exceptional row beats a regular one on its days.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (Index("ix_opening_hours_channel_id", "channel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channel.id"))
    exceptional: Mapped[bool] = mapped_column(default=False)
    weekday: Mapped[int | None]
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    closed: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class ServiceChannel(Base):
    __tablename__ = "service_channel"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channel.id"), primary_key=True)


class CatalogueRevision(Base):
    """One row whose number grows with each load that changed something; readers poll it."""

    __tablename__ = "catalogue_revision"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shipped: Mapped[str | None] = mapped_column(String(64))  # sha256 of the shipped files loaded
