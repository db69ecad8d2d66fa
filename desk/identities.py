"""People whom the organisation's own log-in knows: found, added, and given their groups' roles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from desk.door_records import Identity
from desk.errors import IdentityRefused
from desk.models import ROLES, Person, StaffSession, Ticket
from desk.receiving import next_owner
from desk.rehoming import TellOf
from desk.roles import tasks_of
from desk.staff import normal_login
from desk.transfers import move

LONGEST_LOGIN, LONGEST_NAME = 80, 120  # characters that the table holds


@dataclass(frozen=True)
class Presented:
    """Whom an identity provider vouches for, and what their groups make them here."""

    issuer: str
    subject: str
    name: str
    login: str  # what they are called there; empty where the provider does not say
    email: str | None  # one that the provider has verified, or none
    language: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Arrived:
    person: Person
    moved: Sequence[Ticket]  # matters that went to somebody else, since the person answers no more


def arrive(
    session: Session, who: Presented, *, joins_by_email: bool, tell: TellOf, now: datetime
) -> Arrived:
    """The person signs in with the roles of their groups, and no others; at the first time they
    are added, in no team yet.

    `joins_by_email`: one who is here already and has the verified e-mail address becomes the same
    person. Raises IdentityRefused: `no_role` where no group gives a role, `left` for one who has
    left, `taken` where somebody here has that login or e-mail address and may not be joined.
    """
    person = known(session, who.issuer, who.subject)
    if person is not None and not person.active:
        raise IdentityRefused("left")
    if not who.roles:
        raise IdentityRefused("no_role")
    if person is None:
        person = _joined(session, who) if joins_by_email else None
        person = person or _added(session, who)
        session.add(Identity(issuer=who.issuer, subject=who.subject, person_id=person.id))
    person.name = who.name[:LONGEST_NAME] or person.name
    person.email = who.email or person.email
    return Arrived(person, _with_roles(session, person, who.roles, tell=tell, now=now))


def lose_roles(
    session: Session, issuer: str, subject: str, *, tell: TellOf, now: datetime
) -> Sequence[Ticket]:
    """One whom no group gives a role may do nothing any more, in an open session neither; their
    matters go to others, and these tickets come back. One who is not known is not changed."""
    person = known(session, issuer, subject)
    if person is None or not person.active:
        return []
    session.execute(delete(StaffSession).where(StaffSession.person_id == person.id))
    return _with_roles(session, person, frozenset(), tell=tell, now=now)


def known(session: Session, issuer: str, subject: str) -> Person | None:
    """Whom the provider means by the subject, where they have been here before."""
    found = session.get(Identity, (issuer, subject))
    return found.person if found is not None else None


def join(session: Session, issuer: str, subject: str, login: str) -> Person:
    """The person with this login is whom the provider means by the subject from now on.

    Raises IdentityRefused: `unknown` where nobody active has the login, `taken` where the subject
    is somebody already.
    """
    person = session.scalars(
        select(Person).where(Person.login == normal_login(login), Person.active)
    ).first()
    if person is None:
        raise IdentityRefused("unknown")
    if known(session, issuer, subject) is not None:
        raise IdentityRefused("taken")
    session.add(Identity(issuer=issuer, subject=subject, person_id=person.id))
    session.flush()
    return person


def _joined(session: Session, who: Presented) -> Person | None:
    """The one person with the verified address; where two have it, or where the provider means
    them by another subject already, nobody is joined."""
    if not who.email:
        return None
    has_one = exists().where(Identity.person_id == Person.id, Identity.issuer == who.issuer)
    wanted = select(Person).where(_has_address(who.email), Person.active, ~Person.demo, ~has_one)
    found = session.scalars(wanted.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _added(session: Session, who: Presented) -> Person:
    login = _login_of(who)
    taken = or_(Person.login == login, _has_address(who.email or login))
    if session.scalar(select(Person.id).where(taken).limit(1)) is not None:
        raise IdentityRefused("taken")
    person = Person(login=login, name=who.name[:LONGEST_NAME] or login, languages=[who.language])
    person.roles = []
    session.add(person)
    session.flush()
    return person


def _has_address(email: str) -> ColumnElement[bool]:
    written = email.casefold()
    return or_(func.lower(Person.email) == written, Person.login == written)


def _login_of(who: Presented) -> str:
    """What the person is called; where the provider does not say, or too long, a name of ours."""
    login = normal_login(who.login or who.email or "")
    if 0 < len(login) <= LONGEST_LOGIN:
        return login
    return "oidc-" + hashlib.sha256(f"{who.issuer}\0{who.subject}".encode()).hexdigest()[:24]


def _with_roles(
    session: Session, person: Person, roles: frozenset[str], *, tell: TellOf, now: datetime
) -> list[Ticket]:
    answered = "answer" in tasks_of(person.roles)
    person.roles = [role for role in ROLES if role in roles]
    session.flush()
    if not answered or "answer" in tasks_of(person.roles):
        return []
    return _passed_on(session, person, tell=tell, now=now)


def _passed_on(session: Session, person: Person, *, tell: TellOf, now: datetime) -> list[Ticket]:
    """No matter stays with one who can answer it no more, as long as there is anybody else."""
    theirs = select(Ticket).where(Ticket.owner_id == person.id, Ticket.stage != "closed")
    moved = []
    for ticket in session.scalars(theirs.order_by(Ticket.id).with_for_update(of=Ticket)):
        to = next_owner(session, ticket, service_id=ticket.service_id, now=now)
        if to.person.id == person.id:
            continue
        if ticket.handed_by_id == to.person.id:
            ticket.handed_by = None  # nobody answers to themselves
        text = tell(ticket, to.person, to.team)
        move(session, ticket, to, by=None, why="left", text=text, now=now)
        moved.append(ticket)
    return moved
