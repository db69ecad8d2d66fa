"""Municipalities in the forms and spellings that people use."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from catalog.pipeline import MUNICIPALITY, build, read
from catalog.places import Municipalities


def rows() -> list[tuple[str, str, str]]:
    text = resources.files("catalog.data").joinpath("codes/municipalities.json").read_text("utf-8")
    return [(row["code"], row["names"]["fi"], row["names"]["sv"]) for row in json.loads(text)]


@pytest.fixture(scope="module")
def municipalities() -> Municipalities:
    return Municipalities.from_rows(rows())


CODES = {finnish: code for code, finnish, _ in rows()}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("asun Espoossa", ["Espoo"]),
        ("muutan Helsingistä Turkuun", ["Helsinki", "Turku"]),
        ("tampereelta", ["Tampere"]),
        ("aanekoskella tai jyvaskylassa", ["Äänekoski", "Jyväskylä"]),
        ("ouluun", ["Oulu"]),
        ("oulu", ["Oulu"]),
        ("ootko espoos", ["Espoo"]),
        ("hesassa", ["Helsinki"]),
        ("Uudessakaupungissa", ["Uusikaupunki"]),
        ("uudenkaupungin päivähoito", ["Uusikaupunki"]),
        ("Mänttä-Vilppulassa", ["Mänttä-Vilppula"]),
        ("Punkalaitumella", ["Punkalaidun"]),
        ("Kauniaisissa", ["Kauniainen"]),
        ("Leppävirralla", ["Leppävirta"]),
        ("Korsnäsissä", ["Korsnäs"]),
        ("vantaallakin", ["Vantaa"]),
        ("Juuassa", ["Juuka"]),
        ("Virroilla on mökki", []),
        ("jag bor i Esbo", ["Espoo"]),
        ("från Åbo till Jakobstads sjukhus", ["Turku", "Pietarsaari"]),
        ("i vasa", ["Vaasa"]),
        ("S:t Karins", ["Kaarina"]),
        ("bor i Pedersöre", ["Pedersören kunta"]),
    ],
)
def test_a_municipality_is_found(
    text: str, names: list[str], municipalities: Municipalities
) -> None:
    assert municipalities.codes(text) == tuple(CODES[name] for name in names)


@pytest.mark.parametrize(
    "text",
    [
        "espoolainen", "olin kolarissa", "Kolarissa loukkasin jalkani", "ilmoitus varkaudesta",
        "pellolla", "salo", "lahti", "kotkan pesä", "nokian puhelin", "Kaarinalla on kotihoito",
        "vad ska ingå i ansökan", "Lovisa behöver vård", "sund mat",
        "vända papper", "potatisen kokar", "karvia suussa",
        "tre barn", "minulla on asia", "auraa tie", "",
    ],
)  # fmt: skip
def test_another_word_is_no_municipality(text: str, municipalities: Municipalities) -> None:
    assert municipalities.codes(text) == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("asun Kolarissa", "Kolari"),
        ("asun Varkaudessa", "Varkaus"),
        ("jag bor i Ingå", "Inkoo"),
        ("jag bor i Lovisa", "Loviisa"),
        ("Salossa", "Salo"),
        ("lahdessa", "Lahti"),
        ("Simon kunta", "Simo"),
        ("Iin kunta", "Ii"),
        ("asun Pellossa", "Pello"),
    ],
)
def test_a_doubtful_name_counts_with_a_capital_an_ending_or_its_kind(
    text: str, name: str, municipalities: Municipalities
) -> None:
    assert municipalities.codes(text) == (CODES[name],)


@pytest.mark.parametrize("name", ["Varkaus", "salo", "ii", "Kolari.", "pello"])
def test_as_an_answer_a_name_is_a_name(name: str, municipalities: Municipalities) -> None:
    assert municipalities.answer(name) == (CODES[name.strip(".").capitalize()],)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sipoo", "Sipoo"),
        ("sipoossa!", "Sipoo"),
        ("asun Sipoossa", "Sipoo"),
        ("kotikuntani on Mänttä-Vilppula", "Mänttä-Vilppula"),
        ("Koski Tl", "Koski Tl"),
        ("jag bor i Sibbo", "Sipoo"),
        ("Sibbo kommun", "Sipoo"),
        ("varkaus", "Varkaus"),
    ],
)
def test_a_place_alone_is_told_from_a_place_in_a_question(
    text: str, name: str, municipalities: Municipalities
) -> None:
    assert municipalities.alone(text) == (CODES[name],)


@pytest.mark.parametrize(
    "text", ["", "   ", "asun", "Sipoo Helsinki", "kirjasto Sipoossa", "Sipoo 04130", "missä", "?!"]
)
def test_more_or_less_than_a_place_is_no_place_alone(
    text: str, municipalities: Municipalities
) -> None:
    assert municipalities.alone(text) == ()


def test_every_municipality_is_found_by_both_its_names(municipalities: Municipalities) -> None:
    missed = [
        (name, code)
        for code, finnish, swedish in rows()
        for name in (finnish, swedish)
        if code not in municipalities.answer(name)
    ]
    assert missed == []


def test_places_are_entities_of_the_document(municipalities: Municipalities) -> None:
    doc = read("Haen hoitopaikkaa Espoossa, hetu 131052-308T", build("fi", municipalities))
    assert [(e.text, e.label_, e.ent_id_) for e in doc.ents] == [("Espoossa", MUNICIPALITY, "049")]
    assert [(span.text, span.label_) for span in doc.spans["personal"]] == [("131052-308T", "HETU")]
