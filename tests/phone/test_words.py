"""What a voice is given to say: numbers in words, nothing for the eyes alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from api.contract import Language
from api.database import Database
from api.phone_words import (
    code_spelt,
    day_and_time_spoken,
    number_spoken,
    shortly,
    spelt,
    spoken,
)
from catalog.models import ServiceText


@pytest.mark.parametrize(
    ("language", "written", "told"),
    [
        ("fi", "Avoinna klo 8.00–16.00.", "Avoinna kello kahdeksan viiva kuusitoista."),
        ("fi", "3.11. klo 14.05", "kolmas marraskuuta kello neljätoista nolla viisi"),
        ("fi", "Hinta 45,50 €", "Hinta neljäkymmentäviisi euroa viisikymmentä senttiä"),
        ("fi", "Esim. 3–5 viikkoa", "Esimerkiksi kolme viiva viisi viikkoa"),
        ("fi", "00100 Helsinki", "nolla nolla yksi nolla nolla Helsinki"),
        ("sv", "23.11 kl. 14.05", "den tjugotredje november klockan fjorton noll fem"),
        ("sv", "T.ex. ca 3–5 veckor", "Till exempel cirka tre till fem veckor"),
        ("sv", "den 1.8.2026", "den första augusti tjugohundratjugosex"),
        ("sv", "Avgift 1 euro", "Avgift ett euro"),
    ],
)  # fmt: skip
def test_numbers_and_times_are_said_in_words(language: Language, written: str, told: str) -> None:
    assert spoken(written, language) == told


def test_addresses_of_the_web_are_not_said_and_leave_no_half_sentence() -> None:
    text = "Hae tukea. Katso www.kela.fi/tuki. Kysy osoitteesta a.b@kela.fi. Voit myös soittaa."
    assert spoken(text, "fi") == "Hae tukea. Voit myös soittaa."


def test_a_code_can_be_written_down() -> None:
    assert code_spelt("LK-384-2175", "fi").startswith("L niin kuin Lauri, K niin kuin Kalle.")
    assert "två ett sju fem" in code_spelt("LK-384-2175", "sv")
    assert spelt("ab9", "sv") == "A som i Adam, B som i Bertil, nio"


def test_a_finnish_number_is_said_as_it_is_dialled() -> None:
    assert number_spoken("+358401234567", "fi").startswith("nolla neljä nolla")
    assert number_spoken("+46701234567", "sv").startswith("plus fyra sex")


def test_an_instant_is_said_in_finlands_time() -> None:
    at = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
    assert day_and_time_spoken(at, "fi").startswith("sunnuntaina kahdeskymmenestoinen")
    assert day_and_time_spoken(at, "sv").endswith("klockan fjorton noll fem")


def test_no_service_of_the_catalogue_leaves_a_digit_or_an_address_to_the_voice(
    house: Database,
) -> None:
    languages: tuple[Language, ...] = ("fi", "sv")
    with house.reading() as session:
        for language in languages:
            rows = session.scalars(select(ServiceText).where(ServiceText.language == language))
            for row in rows:
                told = f"{spoken(row.name, language)} {shortly(row.summary, language)}"
                assert told.strip()
                assert not re.search(r"https?:|www\.|@", told), told
                assert not re.search(r"(?<![A-Za-zÅÄÖåäö])\d{2,}", told), told
