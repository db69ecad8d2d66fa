"""The tables of who answers for what, as people write and review them.

They lie in `data/responsible` (docs/responsible.md) and are read strictly: a row that names what no
table holds breaks the load.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from catalog.models import ORGANISATION_KINDS

TABLES = Path(__file__).parent / "data" / "responsible"
FORMER = re.compile(r"(?P<name>.+) \(–(?P<until>\d{4}-\d{2}-\d{2})\)")

Day = Annotated[date | None, BeforeValidator(lambda given: given or None)]
Flag = Annotated[bool, BeforeValidator(lambda given: {"yes": True, "": False}.get(given, given))]
Kind = Literal["municipality", "county", "employment"]
Checked = Literal["checked", "unchecked"]


class BrokenTable(ValueError):
    """A table of `data/responsible` does not fit its form or the other tables."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Named(_Row):
    name_fi: str
    name_sv: str

    @property
    def names(self) -> dict[str, str]:
        return {"fi": self.name_fi, "sv": self.name_sv}


class KnownBody(_Named):
    """A body by name; a general one is the customer's own of several, told in general words."""

    code: str
    kind: str  # of an organisation
    general: Flag
    since: Day
    former: str
    note: str

    @property
    def id(self) -> str:
        return f"body:{self.code}"

    def former_names(self) -> tuple[tuple[str, date], ...]:
        """What it was called, each name with its last day."""
        matches = [FORMER.fullmatch(one) for one in self.former.split("; ") if one]
        if None in matches:
            raise BrokenTable(f"bodies.csv: {self.code}: former: {self.former}")
        return tuple((m["name"], date.fromisoformat(m["until"])) for m in matches if m)


class Rule(_Row):
    """By what a body was given to services; a keeper reviews one rule at a time."""

    rule: str
    statement_fi: str
    statement_en: str
    since: Day
    source: str
    checked: Checked


class Wording(_Row):
    """How a kind is told where the municipality is known, and where it is not."""

    kind: Kind
    known_fi: str
    known_sv: str
    general_fi: str
    general_sv: str

    @property
    def known(self) -> dict[str, str]:
        return {"fi": self.known_fi, "sv": self.known_sv}

    @property
    def general(self) -> dict[str, str]:
        return {"fi": self.general_fi, "sv": self.general_sv}


class Elsewhere(_Named):
    """Another body in one area, for a kind or a body, with or without one rule.

    Without a name nothing is said there: who answers is not known.
    """

    kind: Kind | Literal[""]
    body: str
    rule: str
    area: str
    why: str
    checked: Checked

    def fits(self, kind: str, body_id: str | None, rule: str | None) -> bool:
        right_body = not self.body or f"body:{self.body}" == body_id
        return right_body and self.kind in ("", kind) and self.rule in ("", rule)

    @property
    def narrowness(self) -> int:
        return sum(map(bool, (self.kind, self.body, self.rule)))


class _Given(_Row):
    service_id: str
    name: str  # for the reader of the file; the catalogue has its own
    body: str
    rule: str
    note: str


@dataclass(frozen=True, slots=True)
class Responsibility:
    """What the tables say of one service."""

    kind: str
    body_id: str | None
    rule: str
    name: str


@dataclass(frozen=True)
class Tables:
    bodies: Mapping[str, KnownBody]  # by the id of their organisation
    rules: Mapping[str, Rule]
    wordings: Mapping[str, Wording]
    elsewhere: tuple[Elsewhere, ...]  # the narrowest first
    services: Mapping[str, Responsibility]


@cache
def shipped_tables() -> Tables:
    return read_tables(TABLES)


def read_tables(folder: Path) -> Tables:
    """Raises `BrokenTable`, which names the file and the row."""
    bodies = _by_key(folder / "bodies.csv", KnownBody, "code")
    rules = _by_key(folder / "rules.csv", Rule, "rule")
    wordings = _by_key(folder / "kinds.csv", Wording, "kind")
    given = _by_key(folder / "services.csv", _Given, "service_id")
    elsewhere = list(_rows(folder / "exceptions.csv", Elsewhere))
    _check_bodies(bodies.values())
    kinds = {*wordings, "desk"}
    for one in elsewhere:
        where = f"exceptions.csv: {one.kind or one.body} {one.rule} in {one.area}"
        _check(where, one.body, {*bodies, ""}, one.rule, {*rules, ""})
    for id_, row in given.items():
        _check(f"services.csv: {id_}", row.body, {*bodies, *kinds}, row.rule, {*rules})
    return Tables(
        bodies={body.id: body for body in bodies.values()},
        rules=rules,
        wordings=wordings,
        elsewhere=tuple(sorted(elsewhere, key=lambda one: -one.narrowness)),
        services={id_: _responsibility(row, kinds) for id_, row in given.items()},
    )


def _by_key[T: _Row](file: Path, form: type[T], key: str) -> dict[str, T]:
    rows = list(_rows(file, form))
    times = Counter(str(getattr(row, key)) for row in rows)
    twice = [one for one, count in times.items() if count > 1]
    if twice:
        raise BrokenTable(f"{file.name}: given twice: {twice[0]}")
    return {str(getattr(row, key)): row for row in rows}


def _rows[T: _Row](file: Path, form: type[T]) -> Iterator[T]:
    with file.open(encoding="utf-8", newline="") as lines:
        for number, values in enumerate(csv.DictReader(lines, restkey="more"), start=2):
            try:
                yield form.model_validate(values)
            except ValidationError as fault:
                told = fault.errors(include_url=False)[0]
                where = f"{file.name} line {number}: {told['loc']}"
                raise BrokenTable(f"{where}: {told['msg']}") from fault


def _check_bodies(bodies: Iterable[KnownBody]) -> None:
    for body in bodies:
        body.former_names()
        if body.kind not in ORGANISATION_KINDS:
            raise BrokenTable(f"bodies.csv: {body.code}: unknown kind {body.kind}")


def _check(where: str, body: str, bodies: set[str], rule: str, rules: set[str]) -> None:
    if body not in bodies:
        raise BrokenTable(f"{where}: unknown body {body}")
    if rule not in rules:
        raise BrokenTable(f"{where}: unknown rule {rule}")


def _responsibility(row: _Given, kinds: set[str]) -> Responsibility:
    if row.body in kinds:
        return Responsibility(row.body, None, row.rule, row.name)
    return Responsibility("organisation", f"body:{row.body}", row.rule, row.name)
