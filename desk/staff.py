"""The people of the desk: added, and known by their passwords."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.errors import TeamUnknown
from desk.models import Member, Person, Team

DEMO = Path(__file__).parent / "data" / "demo_staff.yml"
# OWASP's smallest setting: a burst of log-ins must not take the memory that customers need.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
LONGEST_PASSWORD = 1_000  # characters; a longer one is never anybody's


def add_person(
    session: Session,
    login: str,
    name: str,
    languages: list[str],
    password: str,
    roles: Sequence[str] = ("clerk",),
) -> Person:
    """A new member of staff who can sign in, with these roles, and who is in no team yet.

    Raises IntegrityError when the login is taken.
    """
    person = Person(
        login=normal_login(login),
        name=name,
        languages=list(languages),
        roles=list(roles),
        password_hash=HASHER.hash(password),
    )
    session.add(person)
    session.flush()
    return person


def join(session: Session, person: Person, code: str | None) -> Team:
    """The person is in this team, or in the team of last resort, which is made where none is.

    Raises TeamUnknown for a code that no team has.
    """
    wanted = Team.code == code if code else Team.last_resort
    team = session.scalars(select(Team).where(wanted).order_by(Team.id).limit(1)).first()
    if team is None and code:
        raise TeamUnknown(code)
    team = team or put_team(session, _shipped_last_resort())
    if person.id not in {member.person_id for member in team.members}:
        last = max((member.position for member in team.members), default=-1)
        team.members.append(Member(person=person, position=last + 1))
    session.flush()
    return team


def _shipped_last_resort() -> dict[str, Any]:
    teams: list[dict[str, Any]] = yaml.safe_load(DEMO.read_text("utf-8"))["teams"]
    return next(team for team in teams if team.get("last_resort"))


def normal_login(login: str) -> str:
    return login.strip().casefold()


def check_password(session: Session, login: str, password: str) -> Person | None:
    """The active person with this login and password; none, after the same work, if either fails.

    An unknown login is checked against nobody's password, so that time tells nothing.
    """
    person = session.scalars(
        select(Person).where(Person.login == normal_login(login), Person.active)
    ).first()
    known = person.password_hash if person is not None else None
    fits = password_fits(known or _nobodys_hash(), password[:LONGEST_PASSWORD])
    return person if fits and known else None


def password_fits(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return HASHER.hash("")


def put_team(session: Session, entry: dict[str, Any]) -> Team:
    """The team with this entry's code, made where there is none, has the entry's names."""
    team = session.scalars(select(Team).where(Team.code == entry["code"])).first()
    if team is None:
        team = Team(code=entry["code"])
        session.add(team)
    team.name_fi, team.name_sv = entry["fi"], entry["sv"]
    team.last_resort = entry.get("last_resort", False)
    session.flush()
    return team
