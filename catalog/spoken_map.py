"""The service map for keys alone: whom, what, and the services, at most four levels deep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.card import best_text
from catalog.demand import demand
from catalog.facets import facets
from catalog.language import Language
from catalog.life_events import life_events
from catalog.models import Service

FILE = Path(__file__).parent / "data" / "spoken_map.yml"
LEVELS = 4
OTHERS = "other"  # the group of a service that nobody has judged
COMPANY = "company"
SOME = 8  # services that are read out at once rather than divided further

Named = Callable[[str], str]  # the name of an aim of facets.yml in the map's language


@dataclass(frozen=True)
class Leaf:
    """A service, by the name that it is called by in the map's language."""

    service_id: str
    name: str


@dataclass(frozen=True)
class Menu:
    """One level; `key` names it among its siblings, also after the catalogue has changed."""

    key: str
    name: str
    choices: tuple[Menu | Leaf, ...]

    def at(self, path: Iterable[str]) -> Menu | None:
        """The menu that these keys lead to; none where one of them is no more."""
        found: Menu = self
        for key in path:
            menus = (one for one in found.choices if isinstance(one, Menu) and one.key == key)
            below = next(menus, None)
            if below is None:
                return None
            found = below
        return found

    def leaves(self, depth: int = 1) -> Iterator[tuple[int, Leaf]]:
        """Every service below, with how many choices lead to it."""
        for one in self.choices:
            if isinstance(one, Leaf):
                yield depth, one
            else:
                yield from one.leaves(depth + 1)


def spoken_map(session: Session, language: Language, named: Named) -> Menu:
    """Every current service that customers can ask for, within LEVELS choices.

    `named` says each aim in the language.
    """
    shown = _services(session, language)
    groups = (_group(key, entry, shown, language, named) for key, entry in _data()["whom"].items())
    events = _events(shown, language)
    return Menu("", "", (*([events] if events.choices else []), *(one for one in groups if one)))


@dataclass(frozen=True)
class _Service:
    leaf: Leaf
    whom: str
    aim: str
    asked_for: float


@cache
def _data() -> dict[str, Any]:
    kept: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return kept


def _services(session: Session, language: Language) -> Mapping[str, _Service]:
    rows = session.scalars(
        select(Service)
        .where(Service.status == "current", Service.audience != "internal")
        .options(selectinload(Service.texts))
        .order_by(Service.id)
    )
    found = [(row, best_text(row.texts, language).name) for row in rows if row.texts]
    wanted = demand([row.id for row, _ in found], np.zeros(len(found), dtype=np.bool_))
    return {
        row.id: _Service(Leaf(row.id, name), _group_of(row), _aim_of(row.id), float(asked))
        for (row, name), asked in zip(found, wanted, strict=True)
    }


def _group_of(service: Service) -> str:
    whom = facets().of(service.id, "whom")
    found = next((key for key, one in _data()["whom"].items() if whom in one["values"]), OTHERS)
    return COMPANY if found == OTHERS and service.audience == "companies" else found


def _aim_of(service_id: str) -> str:
    aim = facets().of(service_id, "aim")
    known = any(aim in one["values"] for one in _data()["aims"].values())
    return aim if known else ""


def _events(shown: Mapping[str, _Service], language: Language) -> Menu:
    menus = []
    for key, event in life_events().items():
        steps = tuple(shown[one.service].leaf for one in event.steps if one.service in shown)
        if steps:
            menus.append(Menu(key, event.name[language], steps))
    return Menu("events", _data()["events"][language], tuple(menus))


def _group(
    key: str,
    entry: dict[str, Any],
    shown: Mapping[str, _Service],
    language: Language,
    named: Named,
) -> Menu | None:
    inside = [one for one in shown.values() if one.whom == key]
    kinds = (_kind(one, inside, language, named) for one in _data()["aims"])
    choices = tuple(one for one in kinds if one is not None)
    return Menu(key, entry["name"][language], choices) if choices else None


def _kind(key: str, inside: list[_Service], language: Language, named: Named) -> Menu | None:
    entry = _data()["aims"][key]
    of_kind = [one for one in inside if one.aim in entry["values"]]
    if not of_kind:
        return None
    name = entry["name"][language]
    aims = [aim for aim in entry["values"] if any(one.aim == aim for one in of_kind)]
    if len(of_kind) <= SOME or len(aims) == 1:
        return Menu(key, name, _leaves(of_kind))
    none = _data()["none"][language]
    below = (
        Menu(aim or "none", named(aim) if aim else none, _leaves(_with_aim(of_kind, aim)))
        for aim in aims
    )
    return Menu(key, name, tuple(below))


def _with_aim(services: list[_Service], aim: str) -> list[_Service]:
    return [one for one in services if one.aim == aim]


def _leaves(services: list[_Service]) -> tuple[Leaf, ...]:
    ordered = sorted(services, key=lambda one: (-one.asked_for, one.leaf.name))
    return tuple(one.leaf for one in ordered)
