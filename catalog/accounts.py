"""Bank accounts and payment cards as people write them in a message.

Text comes here folded: digits, dashes and spaces plain, a line break a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from schwifty import registry
from stdnum import luhn

_GAP = r"[ .:-]{0,2}"
FINNISH = re.compile(
    rf"FI(?:{_GAP}\d){{16}}(?!\d)"
    # A digit too many or a few too few, where nothing else can be meant.
    rf"|(?<![A-Z0-9])FI(?:{_GAP}\d){{13,20}}(?!\d)",
    re.I,
)
ANY = re.compile(rf"(?<!\d)(?=([A-Z]{{2}}){_GAP}\d{_GAP}\d)", re.I | re.A)
SPEC = re.compile(r"(\d+)!([nac])")
KINDS = {"n": r"\d", "a": "[A-Z]", "c": "[A-Z0-9]"}  # of characters, in the registry's words

OLD = re.compile(r"(?<![\d/.+)-])(?<!\+ )(?<!00 )([1-8]\d{5}) ?- ?(\d{2,8})(?![\dA-Za-z/-])")
ACCOUNT_WORD = re.compile(r"tili|konto|pankki|bank|acc", re.I)

_SPACE = "[ .-]{0,3}"
_FOURS = rf"(?:{_SPACE}\d{{4}}){{3}}"
# In fours, in the groups of American Express and Diners, or digit by digit; what has shorter
# groups is dates and sums.
CARD = re.compile(
    rf"(?<!\d)(?=((?:[456]\d|2[2-7]|35)\d\d{_FOURS}"
    rf"|3\d{{3}}{_SPACE}\d{{6}}{_SPACE}\d{{4,5}}"
    r"|[2-6](?: \d){14,15})(?!\d))"
)
WITHOUT_COUNTRY = re.compile(
    rf"(?<!\d)(?=(\d\d[1-8]\d{_FOURS}"
    rf"|\d\d{_SPACE}[1-8]\d{{3}}(?:{_SPACE}\d{{4}}){{2}}{_SPACE}\d\d)(?!\d))"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Accounts with their country, be their check digits wrong."""
    for match in FINNISH.finditer(text):
        yield match.span()
    for match in ANY.finditer(text):
        end = _end(text, match.start(), match[1].upper())
        if end:
            yield match.start(), end


def find_old(text: str) -> Iterator[tuple[int, int]]:
    """Finnish accounts as they were written before 2011."""
    for match in OLD.finditer(text):
        near = text[max(0, match.start() - 40) : match.start()]
        if _old_checks(*match.groups()) or ACCOUNT_WORD.search(near):
            yield match.span()


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Payment cards, and account numbers written without their country."""
    for match in CARD.finditer(text):
        if luhn.is_valid(_plain(match[1])):
            yield match.span(1)
    for match in WITHOUT_COUNTRY.finditer(text):
        if _checks(f"FI{_plain(match[1])}"):
            yield match.span(1)


def _end(text: str, start: int, country: str) -> int | None:
    """Where an IBAN of another country ends, spaces in it or not, or None."""
    shape = _shapes().get(country)
    match = shape.match(text, start) if shape else None
    if match is None:
        return None
    written = _plain(match.group()).upper()
    glued = text[start - 1 : start].isalpha()
    # All digits and the country's length is an account, be its check digits wrong.
    alone = written[2:].isdigit() and not glued
    return match.end() if alone or _checks(written) else None


def _checks(iban: str) -> bool:
    """ISO 7064 MOD 97-10 over the rearranged account, letters counting from 10."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


@lru_cache(maxsize=1)
def _shapes() -> dict[str, re.Pattern[str]]:
    return {country: _shape(country) for country in map(str, registry.get_countries())}


def _shape(country: str) -> re.Pattern[str]:
    parts = [("2", "n"), *SPEC.findall(registry.get_iban_spec(country).bban_spec)]
    own = "".join(f"(?:{_GAP}{KINDS[kind]}){{{count}}}" for count, kind in parts)
    ends = r"(?!\d)" if parts[-1][1] == "n" else "(?![A-Z0-9])"
    return re.compile(rf"[A-Z]{{2}}{own}{ends}", re.I | re.A)


def _old_checks(branch: str, rest: str) -> bool:
    """Filled with zeros to 14 digits, the last one a Luhn check."""
    lead = rest[:1] if branch[0] in "45" else ""  # savings and cooperative banks keep one digit
    number = branch + lead + rest[len(lead) :].zfill(8 - len(lead))
    return bool(luhn.is_valid(number))


def _plain(written: str) -> str:
    return re.sub("[ .:-]", "", written)
