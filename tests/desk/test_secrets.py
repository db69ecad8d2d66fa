"""What a customer keeps, and what can be checked without being stored."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.secrets import ALPHABET, SECRET_LENGTH, Keys, new_ticket_code, normal_ticket_code

KEYS = Keys(b"a key of the desk's own, 32 bytes")


def test_a_new_code_is_one_that_can_be_read_back() -> None:
    for _ in range(200):
        code = new_ticket_code()
        assert normal_ticket_code(code) == code


@pytest.mark.parametrize("written", ["{}", "lk {}", "LK{}", " {} ", "asia nro {}!"])
def test_a_code_is_known_however_it_is_written(written: str) -> None:
    code = new_ticket_code()
    digits = code.removeprefix("LK-")
    assert normal_ticket_code(written.format(digits)) == code
    assert normal_ticket_code(written.format(digits.replace("-", " "))) == code


def test_a_slip_in_one_digit_is_seen() -> None:
    code = new_ticket_code()
    for place, sign in enumerate(code):
        if sign.isdigit():
            slipped = code[:place] + str((int(sign) + 1) % 10) + code[place + 1 :]
            assert normal_ticket_code(slipped) is None


def test_two_digits_swapped_are_seen() -> None:
    digits = "".join(sign for sign in new_ticket_code() if sign.isdigit())
    for place, (one, other) in enumerate(pairwise(digits)):
        if one != other:
            swapped = digits[:place] + other + one + digits[place + 2 :]
            assert normal_ticket_code(swapped) is None


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_none(text: str) -> None:
    found = normal_ticket_code(text)
    assert found is None or normal_ticket_code(found) == found


def test_a_secret_is_the_same_each_time_and_another_for_each_code_and_key() -> None:
    secret = KEYS.ticket_secret("LK-123-4567")
    assert secret == KEYS.ticket_secret("LK-123-4567")
    assert len(secret) == SECRET_LENGTH
    assert set(secret) <= set(ALPHABET)
    assert secret != KEYS.ticket_secret("LK-123-4568")
    assert secret != Keys(b"x" * 32).ticket_secret("LK-123-4567")


def test_a_secret_fits_with_capitals_and_spaces_around_it() -> None:
    secret = KEYS.ticket_secret("LK-123-4567")
    assert KEYS.ticket_secret_fits("LK-123-4567", f" {secret.upper()} ")
    assert not KEYS.ticket_secret_fits("LK-123-4568", secret)


@pytest.mark.parametrize(
    "given", ["", "åäö", "\ud800".encode("utf-8", "replace").decode(), "a" * 99]
)
def test_any_other_secret_does_not_fit(given: str) -> None:
    assert not KEYS.ticket_secret_fits("LK-123-4567", given)


def test_a_hash_of_a_text_tells_nothing_without_the_key() -> None:
    assert KEYS.text_hash("moi") == KEYS.text_hash("moi")
    assert KEYS.text_hash("moi") != KEYS.text_hash("moi ")
    assert KEYS.text_hash("moi") != Keys(b"x" * 32).text_hash("moi")
    assert KEYS.text_hash("LK-123-4567") != KEYS.ticket_secret("LK-123-4567")
