"""Which days a message names, by Finland's calendar."""

from __future__ import annotations

from datetime import date

import pytest

from tests.foundation import words

WEDNESDAY = date(2026, 3, 11)
SATURDAY, SUNDAY = date(2026, 3, 14), date(2026, 3, 15)
EASTER = tuple(date(2026, 4, day) for day in (3, 4, 5, 6))

NAMED = [
    ("fi", "entä lauantaina?", SATURDAY),
    ("fi", "entäs lauantaisin", SATURDAY),
    ("fi", "la?", SATURDAY),
    ("fi", "perjantai-iltana", date(2026, 3, 13)),
    ("fi", "keskiviikkona", WEDNESDAY),
    ("fi", "tanaan", WEDNESDAY),
    ("fi", "huomenna", date(2026, 3, 12)),
    ("fi", "ylihuomenna aamulla", date(2026, 3, 13)),
    ("fi", "ensi viikon tiistaina", date(2026, 3, 17)),
    ("fi", "ensi viikon perjantaina", date(2026, 3, 20)),
    ("fi", "24.12.", date(2026, 12, 24)),
    ("fi", "24.12.2027", date(2027, 12, 24)),
    ("fi", "1.3.", date(2027, 3, 1)),
    ("fi", "24. joulukuuta", date(2026, 12, 24)),
    ("fi", "jouluaattona", date(2026, 12, 24)),
    ("fi", "uudenvuodenaattona", date(2026, 12, 31)),
    ("fi", "juhannusaattona", date(2026, 6, 19)),
    ("fi", "vappuaattona", date(2026, 4, 30)),
    ("fi", "loppiaisena", date(2027, 1, 6)),
    ("fi", "helatorstaina", date(2026, 5, 14)),
    ("fi", "onko nyt auki", WEDNESDAY),
    ("sv", "på lördagarna då", SATURDAY),
    ("sv", "lordag", SATURDAY),
    ("sv", "sön", SUNDAY),
    ("sv", "i dag", WEDNESDAY),
    ("sv", "imorron", date(2026, 3, 12)),
    ("sv", "i övermorgon", date(2026, 3, 13)),
    ("sv", "nästa vecka på tisdag", date(2026, 3, 17)),
    ("sv", "den 24 december", date(2026, 12, 24)),
    ("sv", "24:e dec", date(2026, 12, 24)),
    ("sv", "24.12", date(2026, 12, 24)),
    ("sv", "julaftonen", date(2026, 12, 24)),
    ("sv", "på nyårsafton", date(2026, 12, 31)),
    ("sv", "valborgsmässoafton", date(2026, 4, 30)),
    ("sv", "midsommarafton", date(2026, 6, 19)),
    ("sv", "kristi himmelsfärdsdag", date(2026, 5, 14)),
    ("sv", "entä lauantaina", SATURDAY),
]


@pytest.mark.parametrize(("language", "text", "day"), NAMED)
def test_a_day_is_known_however_it_is_named(language: str, text: str, day: date) -> None:
    assert words().days[language].days(text, WEDNESDAY) == (day,)


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("fi", "viikonloppuna", (SATURDAY, SUNDAY)),
        ("sv", "under helgen", (SATURDAY, SUNDAY)),
        ("fi", "lauantaina ja sunnuntaina", (SATURDAY, SUNDAY)),
        ("fi", "pääsiäisenä", EASTER),
        ("sv", "i påsk", EASTER),
        ("fi", "jouluna", tuple(date(2026, 12, day) for day in (24, 25, 26))),
        ("sv", "midsommaren", (date(2026, 6, 19), date(2026, 6, 20))),
    ],
)
def test_some_words_name_several_days(language: str, text: str, days: tuple[date, ...]) -> None:
    assert words().days[language].days(text, WEDNESDAY) == days


def test_easter_that_has_begun_is_what_is_left_of_it() -> None:
    assert words().days["fi"].days("pääsiäisenä", date(2026, 4, 5)) == EASTER[2:]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fi", "klo 8.15"),
        ("fi", "32.13."),
        ("fi", "30.2."),
        ("fi", "paljonko se maksaa"),
        ("sv", "kl. 8.15"),
        ("sv", "man ska ha med sig sin son"),
        ("sv", "ti staden"),
    ],
)
def test_what_names_no_day_names_none(language: str, text: str) -> None:
    assert words().days[language].days(text, WEDNESDAY) == ()
