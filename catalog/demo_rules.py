"""Which of the demo's channels serve which service, and what is promised of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.demo_data import PREFIX, Channel, Demo, Organisation, PromiseRule
from catalog.demo_records import staged_channel
from catalog.models import Classification, Service, ServiceClassification
from catalog.models import Organisation as OrganisationRow
from catalog.staging import Staged

BODY = "body:"


@dataclass(frozen=True)
class Responsible:
    """What is known of who answers for a service."""

    service_id: str
    kind: str
    body: str | None  # id of the organisation, where it is one
    body_kind: str | None  # of that organisation: state, other, …
    audience: str
    reachable: bool  # a current service that is not bound to some real place
    classes: frozenset[str] = frozenset()


def responsible(session: Session) -> list[Responsible]:
    """Every service, by id."""
    classes = _classes(session)
    rows = session.execute(
        select(
            Service.id,
            Service.responsible_kind,
            Service.responsible_id,
            OrganisationRow.kind,
            Service.audience,
            (Service.status == "current") & Service.place_bound.is_(False),
        )
        .outerjoin(OrganisationRow, OrganisationRow.id == Service.responsible_id)
        .order_by(Service.id)
    )
    return [Responsible(*row, classes.get(row[0], frozenset())) for row in rows.tuples()]


def _classes(session: Session) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    rows = session.execute(
        select(ServiceClassification.service_id, Classification.code)
        .join(Classification, Classification.uri == ServiceClassification.uri)
        .where(Classification.scheme == "service_class")
    )
    for service_id, code in rows:
        found.setdefault(service_id, set()).add(code)
    return {service_id: frozenset(codes) for service_id, codes in found.items()}


def channels(demo: Demo, services: Iterable[Responsible], today: date) -> Iterator[Staged]:
    """Every channel of the demo with the services that it serves."""
    bodies = {one.code for one in demo.organisations}
    known = list(services)
    for organisation in demo.organisations:
        served = [one for one in known if one.reachable and _serves(organisation, one, bodies)]
        for channel in demo.channels.get(organisation.code, ()):
            links = [one.service_id for one in served if _of_class(channel, one)]
            yield staged_channel(demo, organisation, channel, links, today)


def _serves(organisation: Organisation, one: Responsible, bodies: set[str]) -> bool:
    if one.kind != "organisation" or one.body is None:
        return organisation.serves is not None and organisation.serves == one.kind
    if one.body in (organisation.id, BODY + organisation.code):
        return True
    has_its_own = one.body.removeprefix(BODY) in bodies or one.body.startswith(PREFIX)
    return organisation.serves == one.body_kind == "state" and not has_its_own


def _of_class(channel: Channel, one: Responsible) -> bool:
    """Whether the service is of one of the channel's classes, or of a class under one."""
    within = {code for held in one.classes for code in (held, held.partition(".")[0])}
    return not channel.classes or bool(within & set(channel.classes))


def promise_of(rules: Iterable[PromiseRule], one: Responsible) -> PromiseRule | None:
    """The first rule that fits the service."""
    for rule in rules:
        if rule.audience in (None, one.audience) and rule.kind in (None, one.kind):
            return rule
    return None
