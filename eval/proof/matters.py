"""One matter that needs an owner, through the desk's real code, and what it broke."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from desk import ownership
from desk.models import Member
from eval.proof.houses import House
from eval.proof.promises import broken_of_owner
from eval.proof.space import MatterState


@dataclass
class Roster:
    """The people of one house, and whose each matter becomes."""

    house: House

    def broken(self, state: MatterState) -> list[str]:
        """The promises that the owner of this matter breaks; none, as it should be."""
        with self.house.reading() as session:
            owner = ownership.owner(
                session,
                service_id=state.service,
                area_id=state.area,
                language=state.language,
                now=state.at,
            )
            return list(broken_of_owner(owner, self._in_teams))

    @cached_property
    def _in_teams(self) -> frozenset[int]:
        with self.house.reading() as session:
            return frozenset(session.scalars(select(Member.person_id)))
