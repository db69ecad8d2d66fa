"""Masking by the thousand: everything personal in every spelling, hardly anything harmless."""

from __future__ import annotations

from random import Random

import pytest

from catalog.personal_data import TOKENS, Contact, contact, mask
from tests.catalog.harmless_samples import HARMLESS, harmless
from tests.catalog.masking_samples import PERSONAL, telephone

SEED = 20260311
OF_EACH_HARMLESS = 500


@pytest.mark.parametrize("kind", PERSONAL)
def test_every_personal_number_is_masked_and_the_rest_of_the_message_stays(kind: str) -> None:
    make, count = PERSONAL[kind]
    chance, missed, otherwise = Random(SEED), [], 0
    for _ in range(count):
        sample = make(chance)
        masked = mask(sample.text).text
        # Ten digits may be a code without its sign or a telephone: either name hides them.
        if masked not in [sample.masked_as(label) for label in TOKENS]:
            missed.append((sample.text, masked))
        otherwise += masked != sample.masked_as(sample.label)
    print(f"{kind}: {count - len(missed)} of {count} masked, {otherwise} under another name")
    assert missed == []
    assert otherwise <= count / 100


def test_of_the_harmless_numbers_one_in_a_hundred_is_masked_at_most() -> None:
    masked = {kind: _masked_harmless(kind) for kind in HARMLESS}
    for kind, sentences in masked.items():
        print(f"{kind}: {len(sentences)} of {OF_EACH_HARMLESS} masked", *sentences[:3], sep="\n  ")
    total = sum(map(len, masked.values()))
    print(f"{total} of {OF_EACH_HARMLESS * len(HARMLESS)} harmless sentences masked")
    assert OF_EACH_HARMLESS * len(HARMLESS) >= 5000
    assert total <= OF_EACH_HARMLESS * len(HARMLESS) / 100
    # No kind pays for the others.
    assert max(map(len, masked.values())) <= OF_EACH_HARMLESS / 50


def _masked_harmless(kind: str) -> list[str]:
    chance = Random(SEED)
    sentences = [harmless(chance, HARMLESS[kind]) for _ in range(OF_EACH_HARMLESS)]
    return [sentence for sentence in sentences if mask(sentence).found]


def test_a_telephone_that_looks_like_a_code_is_still_the_way_back() -> None:
    for number in ("0401034567", "040 456-1749", "050 101 1234", "0405012345"):
        assert contact(f"soita {number} iltapäivällä") == Contact(
            "phone", f"+358{number[1:].replace(' ', '').replace('-', '')}"
        )


def test_telephones_of_every_spelling_are_a_way_back() -> None:
    chance = Random(SEED)
    found = [contact(telephone(chance).text) for _ in range(1000)]
    # Not every made-up number exists, and only one that does is called.
    assert sum(one is not None for one in found) > 800
