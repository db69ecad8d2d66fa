"""Finds what identifies a person in a message, and takes it out before anything is stored.

What looks like an identity code or an account is masked even when its check character is wrong:
a typing mistake in it still tells who the person is. Every search runs in linear time, since the
text comes from strangers.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from schwifty import registry
from stdnum import luhn
from stdnum.fi import hetu

from catalog import phones

Label = Literal["HETU", "IBAN", "CARD", "PHONE", "EMAIL"]

# What stands in the text instead: the same in both languages, and no word of either.
TOKENS: dict[Label, str] = {
    "HETU": "[ID]",
    "IBAN": "[IBAN]",
    "CARD": "[CARD]",
    "PHONE": "[TEL]",
    "EMAIL": "[EMAIL]",
}

DASHES = "‐‑‒–—―−﹘﹣－⁃"
CASE_CODE = re.compile(r"\bLK-[0-9A-Z]+(?:-[0-9A-Z]+)*", re.I)

_GAP = r"[ .]{0,2}"
_SIGN = r"[ .]{0,2}[-+A-FU-Y][ .]{0,2}"
HETU = re.compile(
    rf"(?<!\d)\d{{2}}{_GAP}\d{{2}}{_GAP}(?:19|20)?\d{{2}}(?:"
    # With its sign, it is a code whatever stands last; some write the full year.
    rf"{_SIGN}\d{_GAP}\d{_GAP}\d(?:[0-9A-Z](?!\d)|{_GAP}[0-9A-Z](?!\w))"
    # Without a sign the check character must be right, see _is_hetu.
    rf"|[ ]?(?P<bare>\d{{3}}[ ]?[0-9A-Z])(?![0-9A-Z]))",
    re.I,
)
# Swedish-speakers who moved here may give their Swedish number.
SWEDISH_ID = re.compile(r"(?<!\d)(?:19|20)\d{2}[01]\d[0-3]\d ?[-+] ?\d{4}(?!\d)")
FINNISH_IBAN = re.compile(r"(?<![A-Z0-9])FI(?:[ .:-]{0,2}\d){13,20}(?!\d)", re.I)
ANY_IBAN = re.compile(r"(?<![A-Z0-9])(?=([A-Z]{2})[ ]?\d\d)", re.I)
OLD_ACCOUNT = re.compile(r"(?<![\d/.-])([1-8]\d{5}) ?- ?(\d{2,8})(?![\dA-Za-z/-])")
ACCOUNT_WORD = re.compile(r"tili|konto|pankki|bank|acc", re.I)
LONG_NUMBER = re.compile(r"(?<![\d.,+-])\d(?:[ -]?\d){12,18}(?!\d)")
_SPOKEN_AT = r"(?:at|ät|miuku(?:mauku)?|snabel-?a)"
AT_SIGN = re.compile(rf" ?@ ?| ?[(\[{{<] ?(?:a|{_SPOKEN_AT}) ?[)\]}}>] ?| {_SPOKEN_AT} ", re.I)
_DOT = r"(?:\.| ?[(\[](?:dot|piste|punkt|\.)[)\]] ?| (?:piste|punkt|dot) )"
MAIL_LEFT = re.compile(rf"[\w+%'-]{{1,64}}(?:{_DOT}[\w+%'-]{{1,64}}){{0,5}}\Z", re.I)
MAIL_RIGHT = re.compile(rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,5}}", re.I)
MAIL_WINDOW = 130


@dataclass(frozen=True)
class PersonalSpan:
    """Where something personal stands in the original text."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True)
class Masked:
    text: str
    found: tuple[PersonalSpan, ...]


@dataclass(frozen=True)
class Contact:
    """The way back to a customer: a phone number in E.164 or an e-mail address."""

    kind: Literal["phone", "email"]
    value: str


@dataclass(frozen=True)
class Folded:
    """A text with the typographic variants levelled, and where each character came from."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.offsets[start], self.offsets[end - 1] + 1


def mask(text: str) -> Masked:
    """The text without identity codes, accounts, cards, phone numbers and e-mail addresses."""
    found = spans(text)
    pieces, last = [], 0
    for span in found:
        pieces += [text[last : span.start], TOKENS[span.label]]
        last = span.end
    return Masked("".join([*pieces, text[last:]]), found)


def spans(text: str) -> tuple[PersonalSpan, ...]:
    """What is personal in the text, in order, without overlaps."""
    folded = fold(text)
    return tuple(
        PersonalSpan(*folded.original(start, end), label) for start, end, label in _found(folded)
    )


def contact(text: str) -> Contact | None:
    """The first phone number or e-mail address that works as a way back, if there is one."""
    folded = fold(text)
    for start, end, label in _found(folded):
        given = folded.text[start:end]
        if label == "PHONE" and (number := phones.e164(given)):
            return Contact("phone", number)
        if label == "EMAIL" and "." in (address := _address(given)).partition("@")[2]:
            return Contact("email", address)
    return None


def fold(text: str) -> Folded:
    """Digits, dashes and spaces of any kind become plain; invisible characters fall away."""
    if text.isascii():
        return Folded(text, range(len(text)))
    letters: list[str] = []
    offsets: list[int] = []
    for offset, letter in enumerate(text):
        if folded := (letter if letter < "\x7f" else _fold_letter(letter)):
            letters.append(folded)
            offsets.append(offset)
    return Folded("".join(letters), offsets)


@lru_cache(maxsize=5000)
def _fold_letter(letter: str) -> str:
    """One character or none, so that offsets stay simple."""
    if letter in DASHES:
        return "-"
    category = unicodedata.category(letter)
    if category == "Cf":
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(letter))
    compatible = unicodedata.normalize("NFKC", letter)
    return compatible if len(compatible) == 1 else letter


def _found(folded: Folded) -> list[tuple[int, int, Label]]:
    """Spans in the folded text; what is found first keeps its place."""
    taken = Taken()
    text = folded.text
    for match in CASE_CODE.finditer(text):
        taken.reserve(*match.span())
    for label, finder in _FINDERS:
        for start, end in finder(text):
            taken.add(start, end, label)
    return taken.in_order()


class Taken:
    """Stretches of a text that already mean something."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._labels: list[Label | None] = []

    def reserve(self, start: int, end: int) -> None:
        """Keeps a stretch from being masked at all."""
        self._insert(start, end, None)

    def add(self, start: int, end: int, label: Label) -> None:
        """Takes the stretch unless something else has it."""
        self._insert(start, end, label)

    def _insert(self, start: int, end: int, label: Label | None) -> None:
        at = bisect.bisect_right(self._starts, start)
        free_before = at == 0 or self._ends[at - 1] <= start
        free_after = at == len(self._starts) or end <= self._starts[at]
        if free_before and free_after:
            self._starts.insert(at, start)
            self._ends.insert(at, end)
            self._labels.insert(at, label)

    def in_order(self) -> list[tuple[int, int, Label]]:
        found = zip(self._starts, self._ends, self._labels, strict=True)
        return [(start, end, label) for start, end, label in found if label is not None]


def _emails(text: str) -> Iterator[tuple[int, int]]:
    """Looks outwards from each at sign, so that a long text without one costs nothing."""
    last = 0
    for at in AT_SIGN.finditer(text):
        before = text[max(last, at.start() - MAIL_WINDOW) : at.start()]
        last = at.end()
        left = MAIL_LEFT.search(before)
        right = MAIL_RIGHT.match(text, at.end(), at.end() + MAIL_WINDOW)
        spoken = at.group() != "@"
        if left and right and (not spoken or re.search(_DOT, right.group(), re.I)):
            yield at.start() - len(left.group()), right.end()


def _address(given: str) -> str:
    plain = re.sub(_DOT, ".", AT_SIGN.sub("@", given), flags=re.I)
    return plain.replace(" ", "").lower()


def _hetus(text: str) -> Iterator[tuple[int, int]]:
    for match in HETU.finditer(text):
        if match["bare"] is None or _right_without_sign(match.group()):
            yield match.span()
    for match in SWEDISH_ID.finditer(text):
        yield match.span()


def _right_without_sign(code: str) -> bool:
    digits = re.sub(r"[ .]", "", code)
    if len(digits) != 10:
        return False
    return any(hetu.is_valid(digits[:6] + sign + digits[6:], True) for sign in "-A")


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in FINNISH_IBAN.finditer(text):
        yield match.span()
    for match in ANY_IBAN.finditer(text):
        end = _iban_end(text, match.start(), match[1].upper())
        if end:
            yield match.start(), end


def _old_accounts(text: str) -> Iterator[tuple[int, int]]:
    for match in OLD_ACCOUNT.finditer(text):
        near = text[max(0, match.start() - 40) : match.start()]
        if _old_account_checks(*match.groups()) or ACCOUNT_WORD.search(near):
            yield match.span()


def _iban_end(text: str, start: int, country: str) -> int | None:
    """Where an IBAN of another country ends, spaces in it or not, or None."""
    shape = _iban_shapes().get(country)
    match = shape.match(text, start) if shape else None
    if match is None:
        return None
    written = re.sub("[ -]", "", match.group())
    # All digits and the country's length is an account, be its check digits wrong.
    return match.end() if written[2:].isdigit() or _checks(written) else None


def _checks(iban: str) -> bool:
    """ISO 7064 MOD 97-10 over the rearranged account, letters counting from 10."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


@lru_cache(maxsize=1)
def _iban_shapes() -> dict[str, re.Pattern[str]]:
    return {country: _iban_shape(country) for country in map(str, registry.get_countries())}


def _iban_shape(country: str) -> re.Pattern[str]:
    after = registry.get_iban_spec(country).iban_length - len(country)
    return re.compile(rf"[A-Z]{{2}}(?:[ -]?[A-Z0-9]){{{after}}}(?![A-Z0-9])", re.I | re.A)


def _old_account_checks(branch: str, rest: str) -> bool:
    """Finnish accounts before IBAN: filled with zeros to 14 digits, the last one a Luhn check."""
    lead = rest[:1] if branch[0] in "45" else ""  # savings and cooperative banks keep one digit
    number = branch + lead + rest[len(lead) :].zfill(8 - len(lead))
    return bool(luhn.is_valid(number))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Payment cards, and account numbers written without their country."""
    for match in LONG_NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) in (15, 16) and luhn.is_valid(digits):
            yield match.span()
        if len(digits) == 16 and digits[2] in "12345678" and _checks("FI" + digits):
            yield match.span()


_FINDERS: tuple[tuple[Label, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("EMAIL", _emails),
    ("IBAN", _ibans),
    ("HETU", _hetus),
    ("IBAN", _old_accounts),
    ("CARD", _cards),
    ("PHONE", phones.find),
)
