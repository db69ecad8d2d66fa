"""Whom a service is for, on the shipped catalogue."""

from __future__ import annotations

from api.database import Database
from catalog.models import ServiceArea
from catalog.reach import Asker, Reach
from tests.foundation import add_service

HELSINKI, KERAVA, ESPOO = "municipality:091", "municipality:245", "municipality:049"


def reach_of(house: Database, *service_ids: str) -> Reach:
    with house.reading() as session:
        return Reach.read(session, service_ids)


def test_internal_services_are_for_staff_alone(house: Database) -> None:
    with house.writing() as session:
        add_service(session, "s1")
        add_service(session, "s2").audience = "internal"
    reach = reach_of(house, "s1", "s2")
    assert reach.of(Asker()).tolist() == [True, False]
    assert reach.of(Asker(internal=True)).tolist() == [True, True]


def test_a_service_of_one_place_is_for_nobody_known_to_be_elsewhere(house: Database) -> None:
    with house.writing() as session:
        add_service(session, "s1", place_bound=True, areas=[ServiceArea(area_id=ESPOO)])
    reach = reach_of(house, "s1")
    assert reach.of(Asker()).tolist() == [True]
    assert reach.of(Asker(ESPOO)).tolist() == [True]
    assert reach.of(Asker(HELSINKI)).tolist() == [False]


def test_a_service_of_a_region_is_for_every_municipality_in_it(house: Database) -> None:
    with house.writing() as session:
        add_service(session, "s1", place_bound=True, areas=[ServiceArea(area_id="region:01")])
    assert reach_of(house, "s1").of(Asker(KERAVA)).tolist() == [True]
