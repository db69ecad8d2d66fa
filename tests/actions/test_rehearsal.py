"""Nothing that a message needs is loaded while a customer waits for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.hand import Desk
from actions.rehearsal import SENTENCES, rehearse
from catalog import accounts, danger, language, other_languages, pipeline
from tests.foundation import Talk

# Each reads files or compiles hundreds of patterns when it is first needed.
LOADED = (
    accounts._shapes,
    danger._data,
    danger._signs,
    language.function_words,
    other_languages._signs,
    pipeline.nlp,
    pipeline.stop_words,
)


def loads() -> list[int]:
    return [one.cache_info().misses for one in LOADED]


@pytest.mark.parametrize(
    ("spoken", "text"),
    [("fi", "Kuka nuohoaa mökin piipun?"), ("sv", "Snön är inte plogad på vår gata")],
)
def test_the_first_message_loads_nothing(finding_desk: Desk, spoken: str, text: str) -> None:
    for one in LOADED:
        one.cache_clear()
    rehearse(finding_desk)
    before = loads()
    assert all(before)
    Talk(finding_desk, language=spoken).write(text)
    assert loads() == before


def test_a_broken_search_stops_no_start(desk: Desk) -> None:
    def broken() -> None:
        raise RuntimeError(SENTENCES["fi"])

    rehearse(replace(desk, finder=broken))
