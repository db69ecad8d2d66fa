"""Telephone numbers as people write them in a message.

Finding goes by shape, since a number with a digit too few still belongs to somebody; only the
number that we are to call back must be one that `phonenumbers` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

# Dates, times, months and ranges of them begin with a nought as often as telephone numbers do.
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATES = [rf"{_DAY}{cut}{_MONTH}{cut}{_YEAR}" for cut in (r"\. ?", "/", "-", " ")]
_DATES += [rf"{_DAY}{cut}{_MONTH}{cut}\d\d" for cut in (r"\. ?", "/")]
_DATES += [rf"{_YEAR}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])"]
_DATE = f"(?:{'|'.join(_DATES)})"
_TIME = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
NO_PHONE = re.compile(
    r"(?=\d)(?<![\d/+])(?<!\d[.-])(?:"
    r"\d{7}-\d"  # a business id
    rf"|(?:{_DATE}|{_DAY}\.(?:{_MONTH}\.)?) ?- ?{_DATE}|{_DATE}(?:/\d{{1,4}})?"  # an act's number
    # After an area code stands no nought.
    r"|(?<!\d )(?:0[1-9]|[12]\d|3[01])0[1-9](?:19\d\d|20[0-4]\d)"
    rf"|{_MONTH} ?[./-] ?{_YEAR}"
    rf"|(?!0[235689]\.\d\d \d\d \d\d){_TIME}(?:[.:][0-5]\d)?(?: ?- ?{_TIME})?"
    r")(?![.:/-]?\d)"
)
RUN = re.compile(r"(?<!\d)(?:(?<!\d,)|(?=\d{4}))(?:\+ ?|\()*\d+(?:[ ()./-]{1,3}\d+)*")
SURE_RUN = re.compile(
    r"(?<!\d)(?:\(?(?:\+ ?|00 ?)(?:358|46)|\(0[1-9]\d{0,2}\))(?:[ ()./-]{0,3}\d)+"
)
GROUP = re.compile(r"(?:\+ ?|\()*\d+")
MOST_GROUPS = 14  # a number said digit by digit, its country with it

FEWEST_DIGITS, MOST_DIGITS = 6, 19  # brackets and a plus are counted with them
BEGINS = re.compile(r"(?:\+ ?|\()*(?:00?[ ()./-]{0,3}[1-9]|358)|\(*\+")

NUMBER = re.compile(
    r"(?:\+|00)[1-9]\d{7,14}"
    r"|358[1-9]\d{6,9}"  # without its plus, told from other numbers by its length
    r"|0[1-9]\d{5,8}|0(?:4\d|50)\d{8}"
)
# As long as these are today: what comes after one is another number.
WHOLE = re.compile(r"(?:(?:(?:\+|00)?358|0)(?:4\d|50)|(?:\+|00)467\d)\d{7}")
# With a slash only after an area that there is: "R 02/1234" is a court's case.
SLASHED = re.compile(r"(?:\+|00|0\d{2,3}/).*|0[235689]/(?:\D*\d){6,}")
# One, or two of them: "00100 02150", "09736 23855".
POSTAL_CODES = re.compile(r"00(?!358|46[1-9])\d{3}(?!\d).*|0(?!4\d|50)\d{4} \d{5}|0\d{4} 0\d{4}")
SEPARATORS = str.maketrans("", "", " ()./-")
BRACKETED = re.compile(r"0[1-9]\d{4,8}")
UNBROKEN = re.compile(r"0[1-9]\d{5,11}")
MOBILE = re.compile(r"0(?:4\d|50)\d{4,8}|(?:\+|00)358\d{6,}")
MOBILE_TYPES = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
PHONE_WORD = re.compile(
    r"(?<![a-zåäö])(?:puh(?:elin)?|tel(?:efon)?|gsm|mob(?:il)?|n(?:ume|umme)?ro?|[pt])\Z", re.I
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand, in a text of plain digits, dashes and spaces.

    Some come twice or overlap: the first is the better.
    """
    plain = NO_PHONE.sub(lambda match: "|" * len(match.group()), text)
    yield from _in_runs(plain, RUN)
    # In what begins like no date, "18.25" is no time.
    yield from _in_runs(text, SURE_RUN)


def _in_runs(text: str, runs: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for run in runs.finditer(text):
        for start, end in _in_run(text, *run.span()):
            if start > run.start() or _may_be_glued(text, start, end):
                yield start + _opened_around(text[start:end]), end


def _opened_around(written: str) -> int:
    """How many brackets before the number close only after it."""
    return max(0, written.count("(") - written.count(")"))


def _may_be_glued(text: str, start: int, end: int) -> bool:
    """ "A0123456" is a code of something, "puh0401234567" a telephone."""
    before = text[max(0, start - 10) : start]
    if not before[-1:].isalnum() or PHONE_WORD.search(before):
        return True
    return MOBILE.match(_digits(text[start:end])) is not None


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


def takes_text_messages(number: str) -> bool:
    """Whether an E.164 number is a mobile one, or may be; false where there is no such number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) in MOBILE_TYPES


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
    inside = at > 0 and text[start - 1] == "-" and groups[at - 1][1] == start - 1
    likely = [(taken, text[start : groups[at + taken - 1][1]]) for taken in _likely(groups, at)]
    whole = (taken for taken, written in likely if WHOLE.fullmatch(_digits(written)))
    # In the middle of "978-951-04-6604-3" begins no number that could be shorter.
    longest = (taken for taken, written in likely if not inside and _is_phone(written, taken))
    return next(whole, 0) or next(longest, 0)


def _likely(groups: list[tuple[int, int]], at: int) -> list[int]:
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
    if written.lstrip("(").startswith("0.") or POSTAL_CODES.fullmatch(written):
        return False
    if "/" in written and not SLASHED.fullmatch(written.lstrip("(")):
        return False
    if groups == 1 and UNBROKEN.fullmatch(digits):
        return True
    if written.startswith("(") and ")" in written and BRACKETED.fullmatch(digits):
        return True
    return NUMBER.fullmatch(digits) is not None


def _digits(written: str) -> str:
    return written.replace("(0)", "").translate(SEPARATORS)
