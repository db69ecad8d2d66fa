"""Who is away, and who stands in for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from desk.models import Absence, Person


@dataclass(frozen=True)
class Attendance:
    """Who can be counted on, from when a matter comes until its answer is due."""

    substitutes: Mapping[int, tuple[Person, ...]]  # of each person who is away; empty: none named

    @classmethod
    def read(cls, session: Session, now: datetime, due: datetime) -> Attendance:
        """Whoever is away now or when the answer is due counts as away."""
        found: dict[int, tuple[Person, ...]] = {}
        covering = (
            select(Absence.person_id, Person)
            .outerjoin(Person, Person.id == Absence.substitute_id)
            .where(or_(_covers(now), _covers(due)))
            .order_by(Absence.starts_at, Absence.id)
        )
        for person_id, named in session.execute(covering).tuples():
            before = found.get(person_id, ())
            found[person_id] = (*before, named) if named else before
        return cls(found)

    def present(self, person: Person) -> bool:
        return person.active and person.id not in self.substitutes

    def stand_in(self, person: Person) -> Person | None:
        """The person, or the first present one that their substitutes lead to; none, if none does.

        A substitute who is away has a substitute in turn. Whoever has been asked once is not asked
        again, so that people who stand in for each other end the search and not the desk.
        """
        return self._first_present(person, set())

    def _first_present(self, person: Person, asked: set[int]) -> Person | None:
        if self.present(person):
            return person
        asked.add(person.id)
        for substitute in self.substitutes.get(person.id, ()):
            if substitute.id not in asked:
                found = self._first_present(substitute, asked)
                if found is not None:
                    return found
        return None


def _covers(at: datetime) -> ColumnElement[bool]:
    return (Absence.starts_at <= at) & (Absence.ends_at > at)
