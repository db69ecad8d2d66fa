"""What the catalogue can say of one service, in the customer's language or the next best."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import pytest
from sqlalchemy.orm import Session

from api.database import Database
from catalog.card import best_text, card, names
from catalog.models import OpeningHours, Promise, PromiseText, ServiceText
from tests.foundation import WEDNESDAY_NOON, add_channel, add_service


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


@pytest.mark.parametrize(
    ("held", "asked", "told"),
    [
        (("fi", "sv", "en"), "sv", "sv"),
        (("fi", "en"), "sv", "fi"),
        (("sv", "en"), "fi", "sv"),
        (("en", "se"), "fi", "en"),
        (("se",), "fi", "se"),
    ],
)
def test_a_text_is_told_in_the_language_or_the_next_best(
    held: tuple[str, ...], asked: str, told: str
) -> None:
    texts = [ServiceText(language=language, name=language) for language in held]
    assert best_text(texts, asked).language == told
    assert best_text(texts[::-1], asked).language == told


def test_a_service_that_is_not_there_has_no_card(session: Session) -> None:
    assert card(session, "nothing", "fi", now=WEDNESDAY_NOON) is None
    assert names(session, ["nothing"], "fi") == {}
    assert names(session, [], "fi") == {}


def test_a_service_without_any_text_has_no_card(session: Session) -> None:
    add_service(session, "mute", texts={})
    assert card(session, "mute", "fi", now=WEDNESDAY_NOON) is None


def test_channels_stand_open_first_then_by_when_they_open_then_unknown(session: Session) -> None:
    add_service(session, "s1")
    add_channel(session, "s1", "a-unknown")
    add_channel(session, "s1", "b-late", OpeningHours(weekday=4, opens=time(9), closes=time(10)))
    add_channel(session, "s1", "c-soon", OpeningHours(weekday=3, opens=time(9), closes=time(10)))
    add_channel(session, "s1", "d-open", OpeningHours())
    session.expire_all()
    shown = card(session, "s1", "fi", now=WEDNESDAY_NOON)
    assert shown is not None
    assert [one.id for one in shown.channels] == ["d-open", "c-soon", "b-late", "a-unknown"]


def test_a_channel_speaks_the_customers_language(session: Session) -> None:
    add_service(session, "s1")
    add_channel(session, "s1", "c1", phone="029 123")
    session.expire_all()
    shown = card(session, "s1", "sv", now=WEDNESDAY_NOON)
    assert shown is not None
    assert (shown.channels[0].name, shown.channels[0].phone) == ("Rådgivning", "029 123")


def test_what_an_ended_service_says_is_in_the_language_asked_for(session: Session) -> None:
    told = {"fi": "Päättyi.", "sv": "Upphörde."}
    add_service(session, "s1", status="ended", status_texts=told)
    for language, text in told.items():
        shown = card(session, "s1", language, now=WEDNESDAY_NOON)
        assert shown is not None
        assert (shown.status, shown.status_text) == ("ended", text)


def test_promises_are_told_in_the_language_asked_for(session: Session) -> None:
    add_service(session, "s1")
    texts = [
        PromiseText(language="fi", text="Kolmessa päivässä."),
        PromiseText(language="sv", text="Tre dagar."),
    ]
    session.add(Promise(service_id="s1", measure="answered", amount=3, unit="days", texts=texts))
    session.flush()
    shown = card(session, "s1", "sv", now=WEDNESDAY_NOON)
    assert shown is not None
    assert shown.promises == ("Tre dagar.",)


def test_names_of_many_services_are_told_at_once(session: Session) -> None:
    add_service(session, "s1", texts={"fi": "Yksi", "sv": "Ett"})
    add_service(session, "s2", texts={"fi": "Kaksi"})
    assert names(session, ["s1", "s2", "gone"], "sv") == {"s1": "Ett", "s2": "Kaksi"}
