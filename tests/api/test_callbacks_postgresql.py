"""Calls back on a real PostgreSQL, where writers do not wait for each other by themselves."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from api.database import Database
from catalog.models import Service
from desk.door_records import Callback
from desk.models import Responsibility
from tests.api.test_postgresql import cluster, loaded
from tests.api.test_postgresql import pg as pg
from tests.desk.calls import race_for_the_last_place
from tests.desk.matters import SERVICE

__all__ = ["cluster", "loaded", "pg"]  # fixtures


@pytest.mark.parametrize("round_", range(3))
def test_of_two_who_want_the_last_place_one_has_it_and_the_other_the_next(
    pg: Database, round_: int
) -> None:
    with pg.writing() as session:  # what an earlier round left
        session.execute(delete(Callback))
        session.execute(delete(Responsibility).where(Responsibility.service_id == SERVICE))
        service = session.get(Service, SERVICE)
        if service is not None:
            session.delete(service)
    race_for_the_last_place(pg)
