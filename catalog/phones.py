"""Telephone numbers as people write them in a message.

Finding goes by shape, since a number with a digit too few still belongs to somebody; only the
number that we are to call back must be one that `phonenumbers` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

# Dates, times, months and ranges of them begin with a nought as often as telephone numbers do.
NO_PHONE = re.compile(
    r"(?<![\d/+])(?<!\d[.-])(?:"
    r"\d{7}-\d|"  # a business id
    r"(?:0?[1-9]|[12]\d|3[01])(?:\. ?|/|-| )(?:0?[1-9]|1[0-2])(?:\. ?|/|-| )(?:19|20)\d\d"
    r"|(?:0?[1-9]|[12]\d|3[01])[./] ?(?:0?[1-9]|1[0-2])[./] ?\d\d"
    r"|(?:0?[1-9]|1[0-2]) ?[./-] ?(?:19|20)\d\d"
    r"|(?:[01]?\d|2[0-4])[.:][0-5]\d(?:[.:][0-5]\d)?"
    r"(?: ?- ?(?:[01]?\d|2[0-4])[.:][0-5]\d)?"
    r")(?![.:/-]?\d)"
)
RUN = re.compile(r"(?<!\d)(?:\+ ?|\()*\d+(?:[ ()./-]{1,3}\d+)*")
GROUP = re.compile(r"(?:\+ ?)?\(?\d+")
MOST_GROUPS = 14  # a number said digit by digit, its country with it

FEWEST_DIGITS, MOST_DIGITS = 6, 19  # brackets and a plus are counted with them
BEGINS = re.compile(r"(?:\+ ?|\()*(?:00?[ ()./-]{0,3}[1-9]|358)|\+")

NUMBER = re.compile(
    r"(?:\+|00)[1-9]\d{7,14}"
    r"|358[1-9]\d{6,9}"  # without its plus, told from other numbers by its length
    r"|0[1-9]\d{5,8}|045\d{7,8}"
)
POSTAL_CODE = re.compile(r"00(?!358)\d{3}(?!\d)")
SEPARATORS = str.maketrans("", "", " ()./-")
BRACKETED = re.compile(r"0[1-9]\d{4,8}")
UNBROKEN = re.compile(r"0[1-9]\d{5,11}")
MOBILE = re.compile(r"0(?:4\d|50)\d{4,8}|(?:\+|00)358\d{6,}")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand, in a text of plain digits, dashes and spaces."""
    plain = NO_PHONE.sub(lambda match: "|" * len(match.group()), text)
    for run in RUN.finditer(plain):
        glued = plain[run.start() - 1 : run.start()].isalnum()
        for start, end in _in_run(plain, *run.span()):
            # "A0123456" is a code of something, "puh0401234567" a telephone.
            if not (glued and start == run.start()) or MOBILE.match(_digits(plain[start:end])):
                yield start, end


def e164(written: str) -> str | None:
    """The number in international form, or None where there can be no such number."""
    for region in ("FI", "SE"):
        try:
            number = phonenumbers.parse(written.replace("(0)", ""), region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _in_run(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Telephone numbers in a run of groups of digits, which may hold other numbers too."""
    groups = [match.span() for match in GROUP.finditer(text, start, end)]
    at = 0
    while at < len(groups):
        taken = _groups_taken(text, groups, at)
        if taken:
            yield groups[at][0], groups[at + taken - 1][1]
        at += taken or 1


def _groups_taken(text: str, groups: list[tuple[int, int]], at: int) -> int:
    """How many groups from `at` on make one telephone number, none if it begins no such."""
    start = groups[at][0]
    if not BEGINS.match(text, start):
        return 0
    for taken in _likely_counts(groups, at):
        if _is_phone(text[start : groups[at + taken - 1][1]], taken):
            return taken
    return 0


def _likely_counts(groups: list[tuple[int, int]], at: int) -> list[int]:
    """Numbers of groups that hold as many digits as a telephone number, most first."""
    counts, held = [], 0
    for taken, (start, end) in enumerate(groups[at : at + MOST_GROUPS], start=1):
        held += end - start
        if held > MOST_DIGITS:
            break
        if held >= FEWEST_DIGITS:
            counts.append(taken)
    return counts[::-1]


def _is_phone(written: str, groups: int) -> bool:
    digits = _digits(written)
    if written.startswith("0.") or _postal_code(written):
        return False
    if groups == 1 and UNBROKEN.fullmatch(digits):
        return True
    if written.startswith("(") and BRACKETED.fullmatch(digits):
        return True
    return NUMBER.fullmatch(digits) is not None


def _postal_code(written: str) -> bool:
    """ "00100 02150" begins like an international call and is two postal codes."""
    return POSTAL_CODE.match(written) is not None


def _digits(written: str) -> str:
    return written.replace("(0)", "").translate(SEPARATORS)
