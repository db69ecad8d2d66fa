"""The people of the desk: added, known by their passwords, and the invented ones of a demo."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.models import Classification
from desk.errors import TeamUnknown
from desk.models import Member, Person, Responsibility, StaffSession, Team

DEMO = Path(__file__).parent / "data" / "demo_staff.yml"
# OWASP's smallest setting: a burst of log-ins must not take the memory that customers need.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
LONGEST_PASSWORD = 1_000  # characters; a longer one is never anybody's


def add_person(
    session: Session, login: str, name: str, languages: list[str], password: str
) -> Person:
    """A new member of staff who can sign in, and who is in no team yet.

    Raises IntegrityError when the login is taken.
    """
    person = Person(
        login=normal_login(login),
        name=name,
        languages=list(languages),
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
    team = team or _team(session, _shipped_last_resort())
    if person.id not in {member.person_id for member in team.members}:
        team.members.append(Member(person=person, position=len(team.members)))
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
    fits = _fits(known or _nobodys_hash(), password[:LONGEST_PASSWORD])
    return person if fits and known else None


def _fits(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return HASHER.hash("")


def ensure_demo(session: Session, password: str) -> None:
    """The demo's people, teams and responsibilities are there, and the password is this one.

    Service classes that the catalogue does not hold are passed over; call it again after a load.
    """
    shipped = yaml.safe_load(DEMO.read_text("utf-8"))
    people = {one["login"]: _demo_person(session, one, password) for one in shipped["people"]}
    for entry in shipped["teams"]:
        team = _team(session, entry)
        team.members = _members(team, [people[login] for login in entry["members"]])
        _answer_for(session, team, entry["classes"])
    session.flush()


def retire_demo(session: Session) -> None:
    """No demo person can sign in or own anything new; their tickets stay as they are."""
    for person in session.scalars(select(Person).where(Person.demo)):
        person.active = False
        for signed_in in session.scalars(
            select(StaffSession).where(StaffSession.person_id == person.id)
        ):
            session.delete(signed_in)
    session.flush()


def _demo_person(session: Session, entry: dict[str, Any], password: str) -> Person:
    person = session.scalars(select(Person).where(Person.login == entry["login"])).first()
    if person is None:
        person = add_person(session, entry["login"], entry["name"], entry["languages"], password)
    elif not _fits(person.password_hash or "", password):
        person.password_hash = HASHER.hash(password)
    person.name, person.languages = entry["name"], entry["languages"]
    person.demo = person.active = True
    return person


def _team(session: Session, entry: dict[str, Any]) -> Team:
    team = session.scalars(select(Team).where(Team.code == entry["code"])).first()
    if team is None:
        team = Team(code=entry["code"])
        session.add(team)
    team.name_fi, team.name_sv = entry["fi"], entry["sv"]
    team.last_resort = entry.get("last_resort", False)
    session.flush()
    return team


def _members(team: Team, people: list[Person]) -> list[Member]:
    kept = {member.person_id: member for member in team.members}
    members = [kept.get(one.id) or Member(person_id=one.id, person=one) for one in people]
    for position, member in enumerate(members):
        member.position = position
    return members


def _answer_for(session: Session, team: Team, codes: list[str]) -> None:
    """One responsibility for each class named and each class under it, none of them twice."""
    wanted = {uri for code in codes for uri in _class_and_under(session, code)}
    held = session.scalars(select(Responsibility.class_uri).where(Responsibility.team == team))
    for uri in sorted(wanted - set(held)):
        session.add(Responsibility(team=team, class_uri=uri))


def _class_and_under(session: Session, code: str) -> list[str]:
    return list(
        session.scalars(
            select(Classification.uri).where(
                Classification.scheme == "service_class",
                or_(Classification.code == code, Classification.code.startswith(f"{code}.")),
            )
        )
    )
