"""What the desk's own people leave uncovered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.lint import Finding, named
from catalog.models import Service, ServiceClassification
from desk.models import Responsibility, Team
from desk.ownership import teams_for

LANGUAGES = ("fi", "sv")
ENOUGH = 2  # knowledge that one person alone holds is locked in (P41)


class Likeness(NamedTuple):
    """All of a service that a responsibility can tell it by."""

    body: str | None
    kind: str
    audience: str
    classes: frozenset[str]
    service_id: str | None  # where some responsibility names this very service


def findings(session: Session) -> list[Finding]:
    able = able_people(session)
    return [
        Finding(
            f"services without {ENOUGH} able people in {language} (P41)",
            named(session, sorted(one for one in able if able[one][language] < ENOUGH)),
        )
        for language in LANGUAGES
    ]


def able_people(session: Session) -> dict[str, dict[str, int]]:
    """For each service and language: how many of the team that answers for it speak it.

    That is the first team with anybody active, wherever the customer lives. Services that no
    responsibility tells apart are looked up once.
    """
    counted: dict[Likeness, dict[str, int]] = {}
    found = {}
    for service_id, likeness in services_by_likeness(session):
        if likeness not in counted:
            counted[likeness] = _able(teams_for(session, service_id, None))
        found[service_id] = counted[likeness]
    return found


def _able(teams: Iterable[Team]) -> dict[str, int]:
    for team in teams:
        active = [member.person for member in team.members if member.person.active]
        if active:
            return {one: sum(one in person.languages for person in active) for one in LANGUAGES}
    return dict.fromkeys(LANGUAGES, 0)


def services_by_likeness(session: Session) -> list[tuple[str, Likeness]]:
    """Each service with all that a responsibility can tell it by."""
    classes: dict[str, set[str]] = {}
    for row in session.scalars(select(ServiceClassification)):
        classes.setdefault(row.service_id, set()).add(row.uri)
    by_id = set(session.scalars(select(Responsibility.service_id)))
    columns = (Service.responsible_id, Service.responsible_kind, Service.audience)
    rows = session.execute(select(Service.id, *columns).order_by(Service.id)).tuples()
    return [
        (
            service_id,
            Likeness(
                body,
                kind,
                audience,
                frozenset(classes.get(service_id, ())),
                service_id if service_id in by_id else None,
            ),
        )
        for service_id, body, kind, audience in rows
    ]
