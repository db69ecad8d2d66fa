"""Whom a service is for: everybody, one place's people, or the agencies' own staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import AreaPart, Service, ServiceArea

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asker:
    """What is known of who asks, as far as it changes what can be meant."""

    municipality_id: str | None = None
    internal: bool = False  # of the agencies' own staff


ANYBODY = Asker()


@dataclass(frozen=True)
class Reach:
    """For each service, in the order of the index: internal or not, and its places."""

    internal: Mask
    places: tuple[frozenset[str], ...]  # of a place-bound service; empty: no place, or not known
    around: dict[str, frozenset[str]]  # municipality -> itself and the areas that it lies in

    @classmethod
    def read(cls, session: Session, service_ids: Sequence[str]) -> Reach:
        audience = dict(session.execute(select(Service.id, Service.audience)).tuples().all())
        bound: dict[str, set[str]] = {}
        kept = select(ServiceArea).join(Service).where(Service.place_bound)
        for row in session.scalars(kept):
            bound.setdefault(row.service_id, set()).add(row.area_id)
        around: dict[str, set[str]] = {}
        for part in session.scalars(select(AreaPart)):
            around.setdefault(part.area_id, {part.area_id}).add(part.within_id)
        return cls(
            np.array([audience[one] == "internal" for one in service_ids], dtype=np.bool_),
            tuple(frozenset(bound.get(one, ())) for one in service_ids),
            {area: frozenset(wider) for area, wider in around.items()},
        )

    @classmethod
    def open_to_all(cls, count: int) -> Reach:
        """Every one of `count` services is for everybody."""
        return cls(np.zeros(count, dtype=np.bool_), (frozenset(),) * count, {})

    def of(self, asker: Asker) -> Mask:
        """Which services this asker can mean.

        Internal ones are for staff alone. A service of one place is nobody's whose municipality
        is known to be elsewhere; while it is not known, it may be meant.
        """
        can = np.ones(len(self.places), dtype=np.bool_) if asker.internal else ~self.internal
        if asker.municipality_id is None:
            return can
        here = self.around.get(asker.municipality_id, frozenset((asker.municipality_id,)))
        elsewhere = [bool(places) and not places & here for places in self.places]
        return np.asarray(can & ~np.array(elsewhere, dtype=np.bool_))
