"""Which team answers for each service, and whether enough of its people can (P41)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.lint import ENOUGH, LANGUAGES, Likeness, services_by_likeness
from desk.models import Responsibility, Team
from desk.ownership import exactness
from desk.roles import may


@dataclass(frozen=True)
class Covered:
    """A team by what it answers for, and by who can answer in each language."""

    services: int
    able: dict[str, int]

    @property
    def thin(self) -> tuple[str, ...]:
        """The languages in which knowledge is one person's alone, or nobody's."""
        return tuple(one for one in LANGUAGES if self.able[one] < ENOUGH)


def covered(session: Session, team: Team, services: int) -> Covered:
    """The team's active people who answer, counted by language."""
    active = [one.person for one in team.members if may(one.person, "answer")]
    return Covered(
        services, {one: sum(one in person.languages for person in active) for one in LANGUAGES}
    )


def services_of_teams(session: Session) -> Counter[int]:
    """How many services each team answers for first, by the team's id, wherever the customer
    lives. Those that no other team answers for are the last resort's: they have no team of their
    own.

    As `ownership.teams_for` says of each, but with all the responsibilities read at once.
    """
    everywhere = select(Responsibility).where(Responsibility.area_id.is_(None))
    rows = sorted(session.scalars(everywhere), key=exactness)
    last = session.scalars(select(Team.id).where(Team.last_resort).order_by(Team.id)).first()
    found: dict[Likeness, int] = {}
    counted: Counter[int] = Counter()
    for _, likeness in services_by_likeness(session):
        if likeness not in found:
            fitting = (row.team_id for row in rows if _fits(row, likeness))
            found[likeness] = next(fitting, last or 0)
        counted[found[likeness]] += 1
    return counted


def _fits(row: Responsibility, likeness: Likeness) -> bool:
    return (
        row.organisation_id in (None, likeness.body)
        and row.responsible_kind in (None, likeness.kind)
        and row.audience in (None, likeness.audience)
        and row.service_id in (None, likeness.service_id)
        and (row.class_uri is None or row.class_uri in likeness.classes)
    )
