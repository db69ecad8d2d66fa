"""The invented people of the demo: their teams, what these answer for, their rota and absences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import yaml
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from catalog.models import Organisation
from desk.clock import HELSINKI
from desk.models import Absence, Member, Person, Shift, StaffSession, Team
from desk.staff import DEMO, HASHER, password_fits, put_team
from desk.teams import Answers, answer_for, class_and_under

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

type Entry = dict[str, Any]
type People = Mapping[str, Person]
type Away = tuple[int, datetime, datetime, int | None]


def ensure_demo(session: Session, password: str, *, now: datetime) -> None:
    """The demo's people, teams, rota and absences are there, and the password is this one.

    Absences stand as of the day of `now`. Service classes and bodies that the catalogue does not
    hold are passed over; call it again after a load.
    """
    shipped = yaml.safe_load(DEMO.read_text("utf-8"))
    password_hash = _hash_of(session, password)
    people = {one["login"]: _person(session, one, password_hash) for one in shipped["people"]}
    session.flush()
    for entry in shipped["teams"]:
        team = put_team(session, entry)
        team.members = _members(team, [people[login] for login in entry["members"]])
        team.lead_id = people[entry["lead"]].id if "lead" in entry else None
        session.flush()
        answer_for(session, team, _responsibilities(session, entry))
        _bring_rota(session, team, _rota(team, entry, shipped["duty"], people))
    today = now.astimezone(HELSINKI).date()
    _bring_absences(session, people, [_away(one, people, today) for one in shipped["absences"]])
    session.flush()


def retire_demo(session: Session) -> None:
    """No demo person can sign in, is on duty or owns anything new; theirs moves on."""
    people = list(session.scalars(select(Person).where(Person.demo)))
    ids = [person.id for person in people]
    for person in people:
        person.active = False
    session.execute(delete(StaffSession).where(StaffSession.person_id.in_(ids)))
    session.execute(delete(Shift).where(Shift.person_id.in_(ids)))
    session.execute(
        delete(Absence).where(or_(Absence.person_id.in_(ids), Absence.substitute_id.in_(ids)))
    )
    session.flush()


def _hash_of(session: Session, password: str) -> str:
    """The demo's one password, hashed once for all: a hash for each would take a second a start."""
    held = session.scalars(select(Person.password_hash).where(Person.demo).limit(1)).first()
    return held if held and password_fits(held, password) else HASHER.hash(password)


def _person(session: Session, entry: Entry, password_hash: str) -> Person:
    person = session.scalars(select(Person).where(Person.login == entry["login"])).first()
    if person is None:
        person = Person(login=entry["login"])
        session.add(person)
    person.name, person.languages = entry["name"], entry["languages"]
    person.password_hash = password_hash
    person.roles = entry.get("roles", ["clerk"])
    person.demo = person.active = True
    return person


def _members(team: Team, people: list[Person]) -> list[Member]:
    """The demo's people in the file's order, then the real ones who have joined the team."""
    kept = {member.person_id: member for member in team.members}
    members = [kept.get(one.id) or Member(person_id=one.id, person=one) for one in people]
    members += [member for member in team.members if not member.person.demo]
    for position, member in enumerate(members):
        member.position = position
    return members


def _responsibilities(session: Session, entry: Entry) -> Iterator[Answers]:
    bodies = [f"body:{code}" for code in entry.get("bodies", ())]
    known = select(Organisation.id).where(Organisation.id.in_(bodies)).order_by(Organisation.id)
    yield from ({"organisation_id": body} for body in session.scalars(known))
    uris = {uri for code in entry.get("classes", ()) for uri in class_and_under(session, code)}
    yield from ({"class_uri": uri} for uri in sorted(uris))
    yield from ({"responsible_kind": kind} for kind in entry.get("kinds", ()))
    if "audience" in entry:
        yield {"audience": entry["audience"]}


def _rota(
    team: Team, entry: Entry, duty: Entry, people: People
) -> set[tuple[int, int, time, time]]:
    starts, ends = (time.fromisoformat(duty[end]) for end in ("starts", "ends"))
    return {
        (people[login].id, WEEKDAYS.index(day), starts, ends)
        for day, logins in entry["rota"].items()
        for login in logins
    }


def _bring_rota(session: Session, team: Team, wanted: set[tuple[int, int, time, time]]) -> None:
    held = session.scalars(select(Shift).where(Shift.team_id == team.id)).all()
    there = {(row.person_id, row.weekday, row.starts, row.ends): row for row in held}
    demo = set(session.scalars(select(Person.id).where(Person.demo)))
    for key, row in there.items():
        if key not in wanted and row.person_id in demo:
            session.delete(row)
    for person_id, weekday, starts, ends in sorted(wanted - there.keys()):
        session.add(
            Shift(team_id=team.id, person_id=person_id, weekday=weekday, starts=starts, ends=ends)
        )


def _away(entry: Entry, people: People, today: date) -> Away:
    """From the first minute of the first day away to the first minute of the day back."""
    first, back = (_midnight(today + timedelta(days=entry[key])) for key in ("from", "until"))
    substitute = people[entry["substitute"]].id if "substitute" in entry else None
    return (people[entry["who"]].id, first, back, substitute)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, HELSINKI)


def _bring_absences(session: Session, people: People, wanted: Iterable[Away]) -> None:
    """The demo's people are away when their file says; what an earlier day said is over."""
    ids = [person.id for person in people.values()]
    held = session.scalars(select(Absence).where(Absence.person_id.in_(ids))).all()
    there = {(row.person_id, row.starts_at, row.ends_at, row.substitute_id): row for row in held}
    due = set(wanted)
    for key, row in there.items():
        if key not in due:
            session.delete(row)
    for person_id, first, back, substitute in due - there.keys():
        session.add(
            Absence(person_id=person_id, starts_at=first, ends_at=back, substitute_id=substitute)
        )
