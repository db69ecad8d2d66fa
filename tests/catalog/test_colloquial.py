"""Spoken and dialect words are read as they are written."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import select

from api.database import Database
from catalog.colloquial import spoken, written
from catalog.language import Language
from catalog.models import ServiceText


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("fi", "Mist mä saan hilloo?", "mistä minä saan rahaa?"),
        ("fi", "voiks myö hakkee", "voiko me hakea"),
        ("sv", "va ska ja jär", "vad ska jag gör"),
        ("sv", "mommo e int heim", "mormor är inte hem"),
        ("sv", "Jag behöver dagvård", "Jag behöver dagvård"),
    ],
)
def test_a_spoken_word_becomes_the_written_one(language: Language, text: str, read: str) -> None:
    assert written(text, language) == read


def test_a_word_of_the_other_language_stays() -> None:
    assert written("ja", "fi") == "ja"
    assert written("ku", "sv") == "ku"


@pytest.mark.parametrize("language", get_args(Language))
def test_no_spoken_word_leads_to_another_spoken_word(language: Language) -> None:
    assert [one for one in spoken(language).values() if one in spoken(language)] == []


@pytest.mark.parametrize("language", get_args(Language))
def test_a_services_own_name_is_read_as_it_stands(catalogue: Database, language: Language) -> None:
    with catalogue.reading() as session:
        named = select(ServiceText.name).where(ServiceText.language == language)
        changed = [name for name in session.scalars(named) if written(name, language) != name]
    assert changed == []
