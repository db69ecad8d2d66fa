"""Finnish and Swedish identity codes as people write them in a message.

Text comes here folded: digits, dashes and spaces plain, a line break a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.fi import hetu

_GAP = " {0,2}"
_CUT = "[ ./-]{0,2}"
_NUMBER = rf"\d{_GAP}\d{_GAP}\d"
# The lookahead lets a code begin inside of what turned out to be none.
HETU = re.compile(
    rf"(?<!\d)(?=(?P<date>\d\d{_CUT}\d\d{_CUT}(?:18|19|20)?\d\d|\d(?: {{1,2}}\d){{5,7}})(?:"
    rf"[ .]{{0,2}}(?P<sign>[-+A-FU-Y])[ .]{{0,2}}"
    rf"(?P<number>{_NUMBER}(?:[0-9A-Z](?!\d)|{_GAP}[0-9A-Z](?!\w)))"
    # Without its sign, the check character must be right.
    rf"|(?P<cut>[ ./_*:]{{0,2}}| (?:(?:väli)?viiva|miinus|minus|(?:binde)?streck) )"
    rf"(?P<bare>\d{{3}}{_GAP}[0-9A-Z])(?!\w)))",
    re.I,
)
SIGNS = "-+ABCDEFUVWXY"
# Swedish-speakers who moved here may give their Swedish number.
SWEDISH = re.compile(r"(?<!\d)(?:19|20)\d{2}[01]\d[0-3]\d ?[-+] ?\d{4}(?!\d)")
MOBILE = re.compile(r"0(?:4\d|50)\d{7}")  # a telephone that a code without its sign may look like
MONEY = re.compile(r",\d| ?(?:€|e(?:uro?|uroa)?\b|kr)", re.I)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where identity codes stand; one with a wrong check character still tells who it is."""
    for match in HETU.finditer(text):
        end = match.end("number" if match["sign"] else "bare")
        is_code = _is_signed if match["sign"] else _is_bare
        if is_code(match, text, end):
            yield match.start(), end
    for match in SWEDISH.finditer(text):
        yield match.span()


def _is_signed(match: re.Match[str], text: str, end: int) -> bool:
    """With its sign and no other marks, it is a code whatever stands last."""
    born, number = _plain(match["date"]), _plain(match["number"])
    compact = match["date"].isdigit()
    if not compact and MONEY.match(text, end):
        return False
    if _right(born, match["sign"], number):
        return True
    if len(born) == 8 or "/" in match["date"] or "-" in match["date"]:
        return False  # more often a date, and a sum or a time after it
    # A telephone fits no day: 045442-0627, +358500-5783.
    telephone = born.startswith(("0", "358", "46")) and number.isdigit()
    return _is_day(born) or (compact and not telephone)


def _is_bare(match: re.Match[str], text: str, end: int) -> bool:
    born, number = _plain(match["date"]), _plain(match["bare"])
    cuts = re.findall(r"\D+", match["date"])
    if MOBILE.fullmatch(born + number) or len(cuts) == 1 or (cuts and "/" in match["cut"]):
        return False
    return _right(born, SIGNS, number)


def _right(born: str, signs: str, number: str) -> bool:
    """Date and check character fit one of the signs."""
    day = born[:4] + born[-2:]
    return any(hetu.is_valid(f"{day}{sign}{number}", True) for sign in signs)


def _is_day(born: str) -> bool:
    return 1 <= int(born[:2]) <= 31 and 1 <= int(born[2:4]) <= 12


def _plain(written: str) -> str:
    return re.sub("[ ./-]", "", written)
