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

from catalog import accounts, identity_codes, phones

Label = Literal["HETU", "IBAN", "CARD", "PHONE", "EMAIL"]

# What stands in the text instead: the same in both languages, and no word of either.
TOKENS: dict[Label, str] = {
    "HETU": "[ID]",
    "IBAN": "[IBAN]",
    "CARD": "[CARD]",
    "PHONE": "[TEL]",
    "EMAIL": "[EMAIL]",
}

DASHES = "−⁃⁻₋˗─━"  # beside those that Unicode itself calls dashes
# Letters of identity codes as other alphabets draw them.
LOOKALIKES = str.maketrans(
    "АВСЕНКМРТХУЅЈасехуѕјΑΒΕΗΚΜΝΡΤΥΧΙ",
    "ABCEHKMPTXYSJacexysjABEHKMNPTYXI",
)
CONTROLS = re.compile(r"[\0-\x08\x0e-\x1b\x7f]")
BREAKS = {ord(letter): " " for letter in "\t\n\v\f\r\x1c\x1d\x1e\x1f"}
OTHER_CODES = re.compile(
    r"\bLK-[0-9A-Z]+(?:-[0-9A-Z]+)*"  # a ticket's
    r"|(?<!\d)\d{1,6}/\d\d(?:\.\d\d){1,5}/(?:19|20)\d\d(?!\d)"  # an authority's case
    r"|(?<![\d-])\d{3}-\d{3}-\d{4}-\d{4}(?![\d-])"  # a property
    r"|\bFI ?\d{8}(?![ .-]{0,2}\d)",  # a business, to the tax administration
    re.I,
)

_SPOKEN_AT = r"(?:[aä]t(?:-merkki|-tecken)?|miuku(?:mauku)?|snabel-?a)"
AT_SIGN = re.compile(rf" ?@ ?| ?[(\[{{<] ?(?:a|@|{_SPOKEN_AT}) ?[)\]}}>] ?| {_SPOKEN_AT} ", re.I)
_DOT = r"(?:\.| ?[(\[](?:dot|piste|punkt|\.)[)\]] ?| (?:piste|punkt|dot) )"
MAIL_LEFT = re.compile(rf"[\w+%'-]{{1,64}}(?:{_DOT}[\w+%'-]{{1,64}}){{0,5}}\Z", re.I)
MAIL_RIGHT = re.compile(rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,5}}", re.I)
MAIL_WINDOW = 130
LONGEST_ADDRESS = 200  # characters; no real one comes near


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
        if label == "EMAIL" and _works(address := _address(given)):
            return Contact("email", address)
    return None


def _works(address: str) -> bool:
    return "." in address.partition("@")[2] and len(address) <= LONGEST_ADDRESS


def fold(text: str) -> Folded:
    """Digits, dashes and spaces of any kind become plain; invisible characters fall away.

    A line break is a space too: numbers are broken where the line was full.
    """
    if text.isascii() and not CONTROLS.search(text):
        return Folded(text.translate(BREAKS), range(len(text)))
    letters: list[str] = []
    offsets: list[int] = []
    for offset, letter in enumerate(text):
        if folded := (letter if " " <= letter < "\x7f" else _fold_letter(letter)):
            letters.append(folded)
            offsets.append(offset)
    return Folded("".join(letters), offsets)


@lru_cache(maxsize=5000)
def _fold_letter(letter: str) -> str:
    """One character or none, so that offsets stay simple."""
    category = unicodedata.category(letter)
    if category == "Pd" or letter in DASHES:
        return "-"
    if letter.isspace():
        return " "
    # Marks upon a digit, and what nobody sees, part it from the next one for a machine only.
    if category in ("Cf", "Cc", "Mn", "Me", "Cs"):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(letter))
    compatible = unicodedata.normalize("NFKC", letter)
    return (compatible if len(compatible) == 1 else letter).translate(LOOKALIKES)


def _found(folded: Folded) -> list[tuple[int, int, Label]]:
    """Spans in the folded text; what is found first keeps its place."""
    taken = Taken()
    text = folded.text
    for match in OTHER_CODES.finditer(text):
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


_FINDERS: tuple[tuple[Label, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("EMAIL", _emails),
    ("IBAN", accounts.find),
    ("CARD", accounts.find_cards),
    ("HETU", identity_codes.find),
    ("IBAN", accounts.find_old),
    ("PHONE", phones.find),
)
