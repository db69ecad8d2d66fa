"""Hours, place and price of a service, or an honest offer to find out."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from catalog.models import OpeningHours
from desk.conversations import pending
from tests.foundation import WEDNESDAY_NOON, PlantedFinder, Talk, add_channel, add_service

TODAY = WEDNESDAY_NOON.date()


@pytest.fixture
def office(talk: Talk, planted: PlantedFinder) -> Talk:
    week = [OpeningHours(weekday=day, opens=time(9), closes=time(15, 30)) for day in range(5)]
    christmas = OpeningHours(
        exceptional=True, closed=True, valid_from=date(2026, 12, 24), valid_to=date(2026, 12, 24)
    )
    long_gone = OpeningHours(
        exceptional=True, closed=True, valid_from=date(2025, 12, 24), valid_to=date(2025, 12, 24)
    )
    with talk.desk.writing() as session:
        add_service(session, "bare", texts={"fi": "Koepalvelu", "sv": "Provservice"})
        add_service(
            session, "s1", texts={"fi": "Kirjasto", "sv": "Bibliotek"}, charge="FreeOfCharge"
        )
        add_channel(
            session,
            "s1",
            "c1",
            *week,
            christmas,
            long_gone,
            kind="ServiceLocation",
            address="Kirjastokatu 1, 00100 Helsinki",
        )
    planted.plant("kirjasto", ("s1", 0.9))
    planted.plant("biblioteket", ("s1", 0.9))
    planted.plant("koepalvelu", ("bare", 0.9))
    return talk


def test_hours_are_told_day_by_day(office: Talk) -> None:
    told = office.write("milloin kirjasto on auki", "ask_hours")
    assert told.kind == "answer"
    assert "ma 9.00–15.30" in told.said
    assert "pe 9.00–15.30" in told.said


def test_an_exception_to_come_is_told_and_one_that_is_over_is_not(office: Talk) -> None:
    said = office.write("milloin kirjasto on auki", "ask_hours").said
    assert said.count("24.12.") == 1
    assert "24.12. suljettu" in said


def test_a_place_is_told_with_when_it_is_open(office: Talk) -> None:
    said = office.write("missä kirjasto on", "ask_place").said
    assert "Kirjastokatu 1, 00100 Helsinki" in said
    assert "Avoinna nyt, sulkeutuu keskiviikkona 11.3. klo 15.30." in said


def test_an_ok_to_a_fact_is_no_request_and_a_request_still_is_one(office: Talk) -> None:
    office.write("milloin kirjasto on auki", "ask_hours")
    assert office.write("ok", "affirm").kind == "smalltalk"
    told = office.write("hoida sinä", "affirm")
    assert told.ticket is not None
    assert told.ticket.service_id == "s1"


def test_an_ok_to_a_service_with_its_channels_is_no_request(office: Talk) -> None:
    office.write("kirjasto")
    assert office.write("ok", "affirm").kind == "smalltalk"


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [("fi", "mitä kirjasto maksaa", "maksuton"), ("sv", "vad kostar biblioteket", "avgiftsfritt")],
)
def test_a_price_is_told_in_the_customers_words(
    office: Talk, language: str, asked: str, said: str
) -> None:
    assert said in Talk(office.desk, language=language).write(asked, "ask_price").said


def test_a_service_of_the_shipped_catalogue_tells_its_price(
    talk: Talk, planted: PlantedFinder
) -> None:
    from sqlalchemy import select

    from catalog.models import Service

    with talk.desk.reading() as session:
        charged = session.scalars(select(Service.id).where(Service.charge == "Chargeable")).first()
    planted.plant("", (str(charged), 0.9))
    assert "maksullinen" in talk.write("mitä se maksaa", "ask_price").said


@pytest.mark.parametrize("intent", ["ask_hours", "ask_place", "ask_price"])
def test_a_fact_that_the_catalogue_lacks_is_offered_to_be_found_out(
    office: Talk, intent: str
) -> None:
    told = office.write("koepalvelu?", intent)
    assert told.kind == "answer"
    assert told.buttons == ["Kyllä, hoida sinä", "Ei tarvitse"]
    taken = office.write("Kyllä, hoida sinä", "affirm")
    assert taken.ticket is not None
    assert (taken.ticket.service_id, taken.ticket.subject) == ("bare", "koepalvelu?")


def test_a_fact_is_asked_of_what_is_being_talked_about(office: Talk) -> None:
    office.write("kirjasto")
    assert "maksuton" in office.write("paljonko se maksaa", "ask_price").said


def test_a_fact_of_a_service_named_is_not_that_of_the_one_talked_about(
    office: Talk, planted: PlantedFinder
) -> None:
    planted.plant("koepalvelut", ("bare", 0.3), ("s1", 0.02))
    planted.plant("lysti", ("bare", 0.3), ("s1", 0.02))
    office.write("kirjasto")
    assert "maksuton" in office.write("mitä tämä lysti maksaa", "ask_price").said
    assert "Koepalvelu" in office.write("mitä koepalvelut maksavat", "ask_price").said


def test_a_fact_of_nothing_yet_is_asked_which(office: Talk) -> None:
    told = office.write("paljonko se maksaa", "ask_price")
    assert told.kind == "clarify"
    assert "Mitä palvelua" in told.said


def test_after_a_fact_the_desk_still_takes_the_matter(office: Talk) -> None:
    told = office.write("milloin kirjasto on auki", "ask_hours")
    assert pending(told.conversation).offer == "s1"
    assert office.write("hoida sinä").kind == "handover"


def test_round_the_clock_and_closed_hours_are_said_so(talk: Talk, planted: PlantedFinder) -> None:
    closed = TODAY + timedelta(days=2)
    with talk.desk.writing() as session:
        add_service(session, "s1")
        add_channel(
            session,
            "s1",
            "c1",
            OpeningHours(),
            OpeningHours(exceptional=True, closed=True, valid_from=closed, valid_to=closed),
        )
    planted.plant("", ("s1", 0.9))
    said = talk.write("koska auki", "ask_hours").said
    assert "joka päivä ympäri vuorokauden" in said
    assert "13.3. suljettu" in said
