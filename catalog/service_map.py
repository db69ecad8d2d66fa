"""The service map: who asks, what about, and the services for it, in customers' words.

A tree of groups, bundles and services, made from what each service is (catalog.facets), never
from whose it is: a bundle holds what several agencies give side by side. Its own names are in
data/service_map.yml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.areas import area_names
from catalog.demand import demand
from catalog.facets import facets
from catalog.language import Language
from catalog.life_events import life_events
from catalog.models import (
    Classification,
    CustomerPhrase,
    Service,
    ServiceArea,
    ServiceClassification,
    ServiceText,
)

FILE = Path(__file__).parent / "data" / "service_map.yml"
SHORTEST, LONGEST = 12, 70  # characters of a question that is short enough to stand under a name
COMPANIES, EVERYONE, OTHERWISE = "companies", "everyone", "advice"


@dataclass(frozen=True)
class Entry:
    """One service of the map."""

    service_id: str
    name: str
    language: str  # of the name
    said: str | None  # how a customer asks for it
    places: tuple[str, ...]  # the only places that it is for; none: everywhere
    demand: float  # how often it is asked for, 0 to 5
    do: str | None = None  # what to do there, as a step of a life event


@dataclass(frozen=True)
class Bundle:
    """Services that go together; those of a life event stand in the order to do them in."""

    id: str
    name: str
    entries: tuple[Entry, ...]
    lead: str = ""
    path: str | None = None  # of a life event, its page's


@dataclass(frozen=True)
class Group:
    """Those who ask, and what they ask about: life events first, then the other bundles."""

    id: str
    path: str
    name: str
    lead: str
    events: tuple[Bundle, ...]
    bundles: tuple[Bundle, ...]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Group(_Kept):
    path: dict[Language, str]
    name: dict[Language, str]
    lead: dict[Language, str]
    whom: tuple[str, ...]
    target_groups: tuple[str, ...]
    events: tuple[str, ...]


class _Bundle(_Kept):
    name: dict[Language, str]
    aims: tuple[str, ...]
    classes: tuple[str, ...]


class Plan(_Kept):
    """The map's own names, and what belongs under each."""

    groups: dict[str, _Group] = Field(max_length=9)
    bundles: dict[str, _Bundle] = Field(max_length=9)
    events: dict[str, dict[Language, str]]
    jargon: dict[Language, tuple[str, ...]]

    def group_of(self, whom: str) -> str:
        return next(name for name, one in self.groups.items() if whom in one.whom)

    def bundle_of(self, aim: str) -> str:
        return next(name for name, one in self.bundles.items() if aim in one.aims)


@cache
def plan() -> Plan:
    """The plan as shipped. Raises ValidationError where it is not whole."""
    return Plan.model_validate(yaml.safe_load(FILE.read_text("utf-8")))


def groups(session: Session, language: Language) -> tuple[Group, ...]:
    """The whole map in this language: every current service for the public, each in one bundle.

    A life event shows its services once more, in their order. What is asked for most stands first.
    """
    entries = _entries(session, language)
    placed = _placed(session, entries)
    return tuple(
        Group(
            id=name,
            path=one.path[language],
            name=one.name[language],
            lead=one.lead[language],
            events=tuple(_event(event, entries, language) for event in one.events),
            bundles=tuple(_bundles(name, placed, entries, language)),
        )
        for name, one in plan().groups.items()
    )


def _bundles(
    group: str,
    placed: Mapping[tuple[str, str], list[str]],
    entries: Mapping[str, Entry],
    language: Language,
) -> Iterable[Bundle]:
    for name, one in plan().bundles.items():
        found = [entries[service_id] for service_id in placed.get((group, name), ())]
        if found:
            found.sort(key=lambda entry: (-entry.demand, entry.name.casefold()))
            yield Bundle(name, one.name[language], tuple(found))


def _event(name: str, entries: Mapping[str, Entry], language: Language) -> Bundle:
    event = life_events()[name]
    steps = tuple(
        Entry(**{**vars(entries[step.service]), "do": step.told(language)})
        for step in event.steps
        if step.service in entries
    )
    path = plan().events[name][language]
    return Bundle(name, event.name[language], steps, event.words[language], path)


def _placed(session: Session, service_ids: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """The services of each group and bundle."""
    known, codes = facets(), _codes(session)
    audience = dict(session.execute(select(Service.id, Service.audience)).tuples().all())
    placed: dict[tuple[str, str], list[str]] = {}
    for one in service_ids:
        if one in known.values:
            key = (plan().group_of(known.of(one, "whom")), plan().bundle_of(known.of(one, "aim")))
        else:
            key = _by_class(codes.get(one, ()), audience[one])
        placed.setdefault(key, []).append(one)
    return placed


def _by_class(codes: Sequence[str], audience: str) -> tuple[str, str]:
    """The place of a service whose facts nobody has judged, by the catalogue's own classes."""
    wide = {code.partition(".")[0] for code in codes}
    by_group = (name for name, one in plan().groups.items() if set(one.target_groups) & {*codes})
    by_bundle = (name for name, one in plan().bundles.items() if set(one.classes) & wide)
    group = COMPANIES if audience == COMPANIES else next(by_group, EVERYONE)
    return group, next(by_bundle, OTHERWISE)


def _codes(session: Session) -> dict[str, list[str]]:
    rows = session.execute(
        select(ServiceClassification.service_id, Classification.code)
        .join(Classification, Classification.uri == ServiceClassification.uri)
        .order_by(Classification.code)
    )
    codes: dict[str, list[str]] = {}
    for service_id, code in rows:
        codes.setdefault(service_id, []).append(code)
    return codes


def _entries(session: Session, language: str) -> dict[str, Entry]:
    """Every current service for the public, in the language or in one that it has."""
    rows = session.execute(
        select(Service.id, ServiceText.language, ServiceText.name)
        .join(ServiceText, ServiceText.service_id == Service.id)
        .where(Service.status == "current", Service.audience != "internal")
    ).tuples()
    order = (language, "fi", "sv", "en")
    named: dict[str, tuple[str, str]] = {}
    for service_id, spoken, name in sorted(
        (row for row in rows if row[1] in order), key=lambda row: order.index(row[1])
    ):
        named.setdefault(service_id, (name, spoken))
    said, places = _said(session, language), _places(session, language)
    asked = demand(list(named), np.zeros(len(named), dtype=np.bool_))
    return {
        service_id: Entry(
            service_id=service_id,
            name=name,
            language=spoken,
            said=said.get(service_id),
            places=places.get(service_id, ()),
            demand=float(how_often),
        )
        for (service_id, (name, spoken)), how_often in zip(named.items(), asked, strict=True)
    }


def _said(session: Session, language: str) -> dict[str, str]:
    """The shortest question that customers ask for each service, where there is a short one."""
    length = func.length(CustomerPhrase.text)
    rows = session.execute(
        select(CustomerPhrase.service_id, CustomerPhrase.text)
        .where(
            CustomerPhrase.language == language,
            CustomerPhrase.text.like("%?"),
            length.between(SHORTEST, LONGEST),
        )
        .order_by(length, CustomerPhrase.text)
    ).tuples()
    said: dict[str, str] = {}
    for service_id, text in rows:
        said.setdefault(service_id, text[0].upper() + text[1:])
    return said


def _places(session: Session, language: str) -> dict[str, tuple[str, ...]]:
    rows = session.execute(
        select(ServiceArea.service_id, ServiceArea.area_id)
        .join(Service, Service.id == ServiceArea.service_id)
        .where(Service.place_bound)
    ).tuples()
    bound: dict[str, list[str]] = {}
    for service_id, area_id in rows:
        bound.setdefault(service_id, []).append(area_id)
    named = area_names(session, {area for areas in bound.values() for area in areas}, language)
    return {
        service_id: tuple(name for area, name in named.items() if area in areas)
        for service_id, areas in bound.items()
    }
