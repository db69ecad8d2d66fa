"""Who answers for a service today, where the customer lives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.areas import area_names
from catalog.models import AreaPart, Organisation, OrganisationText, Service
from catalog.responsibilities import Elsewhere, shipped_tables

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Kinds whose body depends on the customer's municipality.
LOCAL = ("municipality", "county", "employment")


@dataclass(frozen=True, slots=True)
class Body:
    """Who answers, by name; `known` is false where only general words can be said."""

    name: str
    kind: str  # as RESPONSIBLE_KINDS of the models
    since: date | None
    known: bool

    @property
    def depends_on_place(self) -> bool:
        """Whether the customer's municipality would tell more."""
        return self.kind in LOCAL and not self.known


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the customer lives: the municipality and what it lies in."""

    areas: frozenset[str]
    names: Mapping[str, str]  # "municipality", "county" -> its name

    def fill(self, template: str) -> str | None:
        """The text with the places' names; none where one of them is not known."""
        if not self.names.keys() >= set(PLACEHOLDER.findall(template)):
            return None
        return template.format_map(self.names)


def body_of(session: Session, service: Service, area_id: str | None, language: str) -> Body:
    """Who answers for the service, by a name in Finnish or Swedish.

    `area_id` is the customer's municipality; while it is not known, a local body is told in general
    words. Where nobody knows who answers, it is the desk.
    """
    spoken = "sv" if language == "sv" else "fi"
    place = _place(session, area_id, spoken)
    elsewhere = _elsewhere(service, place)
    if elsewhere is not None:
        return _elsewhere_body(session, service, elsewhere, place, spoken)
    if service.responsible_id is not None:
        return _named(session, service, spoken)
    return _local(session, service, place, spoken)


def _elsewhere(service: Service, place: _Place) -> Elsewhere | None:
    of = (service.responsible_kind, service.responsible_id, service.responsible_rule)
    there = (one for one in shipped_tables().elsewhere if one.area in place.areas)
    return next((one for one in there if one.fits(*of)), None)


def _elsewhere_body(
    session: Session, service: Service, elsewhere: Elsewhere, place: _Place, language: str
) -> Body:
    name = place.fill(elsewhere.names[language])
    if not name:
        return _desk(session, language)
    # The day of the rule is the mainland's.
    return Body(name, service.responsible_kind, None, known=True)


def _named(session: Session, service: Service, language: str) -> Body:
    """One body for everybody; a general one is not known by name."""
    named = OrganisationText.organisation_id == service.responsible_id
    texts = session.scalars(select(OrganisationText).where(named))
    names = {text.language: text.name for text in texts}
    name = names.get(language) or names.get("fi") or next(iter(names.values()))
    table = shipped_tables().bodies.get(service.responsible_id or "")
    return Body(name, "organisation", _since(service), known=not (table and table.general))


def _local(session: Session, service: Service, place: _Place, language: str) -> Body:
    wording = shipped_tables().wordings.get(service.responsible_kind)
    if wording is None:
        return _desk(session, language)
    name = place.fill(wording.known[language])
    told = name or wording.general[language]
    return Body(told, service.responsible_kind, _since(service), known=name is not None)


def _desk(session: Session, language: str) -> Body:
    asked = select(OrganisationText.name).join(Organisation)
    spoken = OrganisationText.language == language
    name = session.scalars(asked.where(Organisation.kind == "desk", spoken)).first()
    return Body(name or "", "desk", None, known=True)


def _since(service: Service) -> date | None:
    """The day from which it has been so, where the rule tells one."""
    rule = shipped_tables().rules.get(service.responsible_rule or "")
    return rule.since if rule else None


def _place(session: Session, area_id: str | None, language: str) -> _Place:
    if area_id is None:
        return _Place(frozenset(), {})
    wider = session.scalars(select(AreaPart.within_id).where(AreaPart.area_id == area_id))
    areas = frozenset((area_id, *wider))
    names = area_names(session, areas, language).items()
    return _Place(areas, {area.partition(":")[0]: name for area, name in names})
