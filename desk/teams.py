"""Teams as the operator makes them: names, people, a lead, and what a team answers for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.models import (
    AUDIENCES,
    RESPONSIBLE_KINDS,
    Area,
    Classification,
    Organisation,
    Service,
)
from desk import staff
from desk.errors import TeamRefused
from desk.models import Person, Responsibility, Team
from desk.ownership import somebody_can_own

CODE: Final = re.compile(r"[a-z0-9-]{1,40}")
LONGEST_NAME = 120
# How an operator names each column of `Responsibility`; a class is told by its PTV code.
COLUMNS: Final = {
    "service": "service_id",
    "body": "organisation_id",
    "class": "class_uri",
    "kind": "responsible_kind",
    "audience": "audience",
    "area": "area_id",
}

type Answers = Mapping[str, str]  # columns of `Responsibility` and what stands in them


def put(session: Session, code: str, fi: str | None = None, sv: str | None = None) -> Team:
    """The team with this code, made where there is none; the names that are given are its names.

    Raises TeamRefused: "code" and "names" where they cannot be, "new" where a new team lacks one.
    """
    if CODE.fullmatch(code) is None:
        raise TeamRefused("code", code)
    for name in (fi, sv):
        if name is not None and not 0 < len(name.strip()) <= LONGEST_NAME:
            raise TeamRefused("names", name)
    held = session.scalars(select(Team).where(Team.code == code)).first()
    if held is None and not (fi and sv):
        raise TeamRefused("new", code)
    names = {"fi": fi or (held and held.name_fi), "sv": sv or (held and held.name_sv)}
    last_resort = held is not None and held.last_resort
    return staff.put_team(session, {"code": code, "last_resort": last_resort} | names)


def join(session: Session, team: Team, login: str) -> None:
    """The person is in the team, after those who are. Raises TeamRefused("person")."""
    staff.join(session, _person(session, login), team.code)


def part(session: Session, team: Team, login: str) -> None:
    """The person is not in the team; what they own stays theirs.

    Raises TeamRefused: "person", or "last" where nobody would be left who could own a matter.
    """
    person = _person(session, login)
    team.members = [member for member in team.members if member.person_id != person.id]
    session.flush()
    if not somebody_can_own(session):
        raise TeamRefused("last", login)


def lead(session: Session, team: Team, login: str) -> None:
    """The team's overdue matters climb to this person. Raises TeamRefused("person")."""
    team.lead_id = _person(session, login).id
    session.flush()


def responsibilities(session: Session, told: Answers) -> list[Answers]:
    """What an operator told, as rows: a class is a row for itself and each class under it.

    `told`: keys of COLUMNS and the catalogue's ids; `kela` is also `body:kela`, a class is told by
    its PTV code. All of a row must fit a matter. Raises TeamRefused: "narrowing" for no or an
    unknown key, "unknown" for what the catalogue does not hold.
    """
    if not told or not told.keys() <= COLUMNS.keys():
        raise TeamRefused("narrowing", ",".join(told))
    choices = [
        [(COLUMNS[key], found) for found in _known(session, key, value)]
        for key, value in told.items()
    ]
    return [dict(row) for row in itertools.product(*choices)]


def answer_for(session: Session, team: Team, rows: Iterable[Answers]) -> None:
    """The team answers for each of these, none of them twice."""
    held = answered_for(session, team)
    for answers in rows:
        if not any(_is(row, answers) for row in held):
            session.add(Responsibility(team=team, **answers))
    session.flush()


def answer_no_more(session: Session, team: Team, rows: Iterable[Answers]) -> int:
    """The team answers for none of these; says how many rows went."""
    unwanted = list(rows)
    going = [one for one in answered_for(session, team) if any(_is(one, row) for row in unwanted)]
    for row in going:
        session.delete(row)
    session.flush()
    return len(going)


def answered_for(session: Session, team: Team) -> list[Responsibility]:
    wanted = select(Responsibility).where(Responsibility.team_id == team.id)
    return list(session.scalars(wanted.order_by(Responsibility.id)))


def class_and_under(session: Session, code: str) -> list[str]:
    """The PTV service class with this code (`P3`) and every one under it (`P3.1`), as URIs."""
    under = or_(Classification.code == code, Classification.code.startswith(f"{code}."))
    wanted = select(Classification.uri).where(Classification.scheme == "service_class", under)
    return sorted(session.scalars(wanted))


def _is(row: Responsibility, answers: Answers) -> bool:
    return all(getattr(row, column) == answers.get(column) for column in COLUMNS.values())


def _person(session: Session, login: str) -> Person:
    wanted = select(Person).where(Person.login == staff.normal_login(login), Person.active)
    person = session.scalars(wanted).first()
    if person is None:
        raise TeamRefused("person", login)
    return person


def _known(session: Session, key: str, value: str) -> list[str]:
    if key == "class":
        found = class_and_under(session, value)
    elif key in ("kind", "audience"):
        words = RESPONSIBLE_KINDS if key == "kind" else AUDIENCES
        found = [value] if value in words else []
    else:
        row = {"service": Service, "body": Organisation, "area": Area}[key]
        ids = (value, f"body:{value}") if key == "body" else (value,)
        found = [one for one in ids if session.get(row, one) is not None][:1]
    if not found:
        raise TeamRefused("unknown", f"{key}={value}")
    return found
