"""Yesterday's names lead to today's, with the day (P33, P34)."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.language import Language
from catalog.old_names import old_names

USED: list[tuple[Language, str, str]] = [
    ("fi", "pitääkö maistraatissa käydä", "Digi- ja väestötietovirasto"),
    ("fi", "ilmottauduin työkkäriin viime viikolla", "kuntien työllisyyspalvelut"),
    ("fi", "TE-toimistosta ei vastata", "kuntien työllisyyspalvelut"),
    ("fi", "ely-keskukselle kuopasta", "elinvoimakeskus"),
    ("fi", "Trafin ajokorttiasia", "Traficom"),
    ("fi", "rakennusluvan hakeminen", "rakentamislupa"),
    ("fi", "paivahoitopaikka puuttuu", "varhaiskasvatus"),
    ("fi", "saanko työmarkkinatukea", "yleistuki"),
    ("sv", "magistraten svarar inte", "Myndigheten för digitalisering och befolkningsdata"),
    ("sv", "jag ringde TE-byrån", "kommunernas sysselsättningstjänster"),
    ("sv", "NTM-centralen borde laga vägen", "livskraftscentralen"),
    ("sv", "plats i dagvården", "småbarnspedagogik"),
]


@pytest.mark.parametrize(("language", "text", "now"), USED)
def test_an_old_name_is_told_by_todays(language: Language, text: str, now: str) -> None:
    assert [name.now for name in old_names(text, language)] == [now]


def test_an_old_name_in_the_other_language_is_told_in_the_customers() -> None:
    (name,) = old_names("måst ja ring maistraatti", "sv")
    assert (name.old, name.since) == ("Magistraten", date(2020, 1, 1))


@pytest.mark.parametrize(
    "text", ["Traficom", "traffic", "arabia", "avioero", "avin" + "ku", "liikenne"]
)
def test_a_name_of_today_is_no_old_one(text: str) -> None:
    assert old_names(text, "fi") == ()


def test_a_name_is_told_once() -> None:
    assert len(old_names("maistraatti, se maistraatti", "fi")) == 1
