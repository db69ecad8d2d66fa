"""What a PTV record becomes in the catalogue."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import ptv
from catalog.load import Scope, load
from catalog.models import (
    Channel,
    OpeningHours,
    Organisation,
    Service,
    ServiceChannel,
)
from catalog.ptv_hours import BadHours, opening_rows

NETWORK = Path(__file__).parent / "data" / "network.json"
SERVICE = "22222222-0000-4000-8000-000000000001"
PHONE, LOCATION, FORM = (f"33333333-0000-4000-8000-00000000000{n}" for n in (1, 2, 5))


@pytest.fixture
def network(database: Scope) -> Scope:
    report = load(database, [NETWORK], lambda line: None)
    assert report.bad == ()
    return database


def service(session: Session) -> Service:
    found = session.get(Service, SERVICE)
    assert found is not None
    return found


def channel(session: Session, id_: str) -> Channel:
    found = session.get(Channel, id_)
    assert found is not None
    return found


def test_a_record_is_told_by_its_shape() -> None:
    records = [ptv.read(body) for body in json.loads(NETWORK.read_text())["itemList"]]
    assert [type(record).__name__ for record in records] == [
        "Organization",
        "Organization",
        "Service",
        "PhoneChannel",
        "ServiceLocationChannel",
        "ElectronicChannel",
        "WebPageChannel",
        "PrintableFormChannel",
    ]


@pytest.mark.parametrize("body", [{}, {"id": "x", "name": "only a guid page"}, [], None, 3])
def test_what_is_no_record_is_refused_by_name(body: object) -> None:
    with pytest.raises(ptv.UnknownShape):
        ptv.read(body)


def test_a_draft_is_not_taken_for_a_published_service() -> None:
    body = {"id": SERVICE, "serviceNames": [], "publishingStatus": "Draft"}
    with pytest.raises(ValidationError, match="publishingStatus"):
        ptv.read(body)


def test_the_texts_of_a_service_stand_in_each_language(network: Scope) -> None:
    with network() as session:
        texts = {text.language: text for text in service(session).texts}
    assert texts["fi"].name == "Venepaikan vuokraus"
    assert texts["sv"].name == "Uthyrning av båtplats"
    assert texts["sv"].summary == "Kommunen hyr ut båtplatser."
    assert texts["sv"].description == ""
    assert texts["fi"].instruction == "Hae paikkaa keväällä."
    assert texts["fi"].requirements == "Vene on rekisteröity."
    assert texts["fi"].charge_info == "Hinta riippuu veneestä."
    assert texts["fi"].dated == date(2025, 3, 1)


def test_the_words_of_version_7_become_those_of_version_11(network: Scope) -> None:
    with network() as session:
        assert service(session).kind == "PermitOrObligation"
        assert service(session).charge == "Chargeable"


def test_a_word_is_kept_once_as_the_strongest_kind(network: Scope) -> None:
    with network() as session:
        labels = {(row.label, row.kind) for row in service(session).labels}
    assert labels == {
        ("venesatamat", "preferred"),
        ("båthamnar", "preferred"),
        ("Laituripaikat", "alternative"),
        ("laituri", "keyword"),
    }


def test_a_merged_municipality_becomes_the_one_that_it_joined(network: Scope) -> None:
    with network() as session:
        areas = {row.area_id for row in service(session).areas}
    assert areas == {"municipality:541", "municipality:753", "province:21"}


def test_a_service_for_companies_alone_says_so(network: Scope) -> None:
    with network() as session:
        assert service(session).audience == "companies"


def test_the_responsible_body_answers_and_keeps(network: Scope) -> None:
    with network() as session:
        found = service(session)
        assert found.responsible_id == found.keeper_id == "11111111-0000-4000-8000-000000000001"
        tasks = sorted(found.tasks, key=lambda task: task.position)
        assert [(task.role, task.partner) for task in tasks] == [
            ("Responsible", None),
            ("Producer", None),
            ("Producer", "Laituriyhdistys"),
        ]
        assert [text.text for text in tasks[1].texts] == ["Jakaa paikat."]


def test_an_organisation_keeps_its_parent_and_both_names(network: Scope) -> None:
    with network() as session:
        town = session.get(Organisation, "11111111-0000-4000-8000-000000000001")
        port = session.get(Organisation, "11111111-0000-4000-8000-000000000002")
        assert town
        assert port
        assert town.kind == "municipality"
        assert {text.name for text in town.texts} == {"Mallikunta", "Exempelby"}
        assert port.parent_id == town.id


def test_links_told_by_either_side_stand(network: Scope) -> None:
    with network() as session:
        linked = set(session.scalars(select(ServiceChannel.channel_id)))
    assert linked == {f"33333333-0000-4000-8000-00000000000{n}" for n in (1, 2, 3)}


def test_a_number_is_one_that_can_be_called(network: Scope) -> None:
    with network() as session:
        texts = {text.language: text for text in channel(session, PHONE).texts}
    assert texts["fi"].phone == "+358 401234567"
    assert texts["fi"].phone_charge == "paikallisverkkomaksu"
    assert texts["sv"].phone == "116117"


def test_what_a_language_lacks_is_taken_from_another(network: Scope) -> None:
    with network() as session:
        texts = {text.language: text for text in channel(session, PHONE).texts}
    assert texts["sv"].name == "Hamntelefonen"
    assert texts["sv"].email == "satama@example.org"
    assert texts["sv"].url == "https://example.org/satama"


def test_a_location_has_its_visiting_address_and_municipality(network: Scope) -> None:
    with network() as session:
        found = channel(session, LOCATION)
        assert found.municipality_id == "municipality:753"
        assert {text.language: text.address for text in found.texts} == {
            "fi": "Rantatie 5, 04130 SIPOO",
            "sv": "Strandvägen 5, 04130 SIBBO",
        }


def test_a_form_has_its_page_and_where_to_leave_it(network: Scope) -> None:
    with network() as session:
        [text] = channel(session, FORM).texts
        assert text.url == "https://example.org/lomake.pdf"
        assert text.address == "Jätä satamakonttoriin"


def test_the_hours_of_a_phone_stand_as_given(network: Scope) -> None:
    with network() as session:
        rows = channel(session, PHONE).hours
        weekly = {(row.weekday, row.opens, row.closes) for row in rows if not row.exceptional}
        [closed] = [row for row in rows if row.exceptional]
    eight, noon, four = time(8), time(12), time(16)
    assert weekly == {
        *((day, eight, four) for day in range(4)),
        (4, eight, noon),
        (5, time(22), time(4)),
    }
    assert closed.closed
    assert closed.valid_from == date(2026, 12, 24)
    assert closed.valid_to == date(2026, 12, 26)


def test_a_place_that_is_always_open_has_one_row_without_times(network: Scope) -> None:
    with network() as session:
        [row] = channel(session, LOCATION).hours
        assert (row.weekday, row.opens, row.closes, row.closed) == (None, None, None, False)


def test_a_channel_says_when_it_was_verified(network: Scope) -> None:
    with network() as session:
        verified = channel(session, PHONE).verified_at
        assert verified is not None
        assert verified.date() == date(2026, 1, 2)
        assert channel(session, LOCATION).verified_at is None


def hours(**given: Any) -> list[dict[str, Any]]:
    return opening_rows([ptv.Hours.model_validate(given)])


def test_a_weekend_without_a_pause_is_a_row_per_day() -> None:
    span = {"dayFrom": "Friday", "dayTo": "Monday", "from": "18:00", "to": "06:00"}
    rows = hours(serviceHourType="OverMidnight", validForNow=True, openingHour=[span])
    assert [(row["weekday"], row["opens"], row["closes"]) for row in rows] == [
        (4, time(18), time(0)),
        (5, None, None),
        (6, None, None),
        (0, time(0), time(6)),
    ]


def test_a_day_open_until_24_ends_at_midnight() -> None:
    span = {"dayFrom": "Monday", "from": "08:00", "to": "24:00"}
    [row] = hours(serviceHourType="DaysOfTheWeek", openingHour=[span])
    assert row["closes"] == time(0)


def test_an_exception_of_one_day_ends_on_it() -> None:
    [row] = hours(serviceHourType="Exceptional", validFrom="2026-06-19", isClosed=True)
    assert row["valid_from"] == row["valid_to"] == date(2026, 6, 19)


def test_an_exception_open_round_the_clock_holds_for_its_days_alone() -> None:
    [row] = hours(serviceHourType="Exceptional", validFrom="2026-06-19", isAlwaysOpen=True)
    assert (row["opens"], row["closes"]) == (time(0), time(0))


def test_hours_by_appointment_are_no_opening_hours() -> None:
    span = {"dayFrom": "Monday", "from": "08:00", "to": "16:00"}
    assert hours(serviceHourType="DaysOfTheWeek", isReservation=True, openingHour=[span]) == []


def test_hours_that_are_no_time_are_refused_by_name() -> None:
    span = {"dayFrom": "Monday", "from": "aamulla", "to": "16:00"}
    with pytest.raises(BadHours, match="aamulla"):
        hours(serviceHourType="DaysOfTheWeek", openingHour=[span])


def test_every_row_of_hours_is_one_that_the_table_takes() -> None:
    [row] = hours(serviceHourType="Exceptional", validFrom="2026-06-19", isClosed=True)
    assert set(row) <= {column.name for column in OpeningHours.__table__.columns}
