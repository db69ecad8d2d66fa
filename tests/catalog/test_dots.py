"""Messages written without å, ä and ö are spelt as the catalogue spells."""

from __future__ import annotations

import pytest

from catalog.dots import Dots
from catalog.find import Finder
from catalog.lexical import FOLD
from tests.foundation import NLU_DATA  # noqa: F401  # the fixtures' module

SAID = (
    "Päiväkoti ja esiopetus, päivähoito päiväkodissa",
    "äiti ja tyttö, tytön hoito",
    "lähin terveysasema missä se on",
    "lääkäri, lääkärin vastaanotto",
    "hjälp med hyran, två barn i förskola",
    "talo, maa, katu",
)


@pytest.fixture(scope="module")
def dots() -> Dots:
    return Dots(SAID)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("missa on lahin laakari", "missä on lähin lääkäri"),
        ("Aiti", "Äiti"),
        ("hjalp med tva barn", "hjälp med två barn"),
        ("paivakodista", "päiväkodista"),  # an ending that was never seen
        ("laakaria", "lääkäriä"),  # the ending follows the stem
        ("katu", "katu"),
        ("kadulla", "kadulla"),
        ("aika", "aika"),  # unknown words stay
        ("2026 :)", "2026 :)"),
        ("", ""),
    ],
)
def test_dots_come_back_where_the_catalogue_has_them(dots: Dots, written: str, meant: str) -> None:
    assert dots.restored(written) == meant


def test_a_message_with_a_dot_in_it_is_left_as_it_is(dots: Dots) -> None:
    assert dots.restored("tämä on lahin") == "tämä on lahin"


def test_a_word_that_the_catalogue_writes_without_dots_is_never_changed() -> None:
    dots = Dots(["tallin säkki", "tällin"])
    assert dots.restored("tallin sakki") == "tallin säkki"


def test_restoring_keeps_the_length_and_is_done_once(dots: Dots) -> None:
    for text in ("Missa on LAHIN laakari?", "hjalp, tva barn!"):
        once = dots.restored(text)
        assert len(once) == len(text)
        assert dots.restored(once) == once


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("tytölle pitäisi saada paikka päiväkodista", "fi"),
        ("äiti ei pärjää enää kotona yksin", "fi"),
        ("jag behöver hjälp med hyran", "sv"),
        ("vår pojke ska börja i förskolan", "sv"),
    ],
)
def test_a_question_without_dots_finds_what_it_finds_with_them(
    real_finder: Finder, question: str, language: str
) -> None:
    with_dots = real_finder.find(question, language).services
    without = real_finder.find(question.translate(FOLD), language).services
    assert without[0].service_id in {one.service_id for one in with_dots[:3]}
