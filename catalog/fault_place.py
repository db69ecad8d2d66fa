"""Where a fault is, by the street or place that its report names.

Nothing is looked up in a register: streets are told by the ends of their names and by capital
letters, so a place that nobody has listed is found too, and a misspelt one is kept as it was told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from catalog.fault_report import READ_CHARACTERS, WORD, Report
from catalog.language import plain

JOINED = re.compile(r"\s(?:ja|och)\s|\s?[/–-]\s?")
MARKED_ROAD = re.compile(
    r"\b(?:(?:[VvKkSsMm][Tt]\.? ?\d{1,5})|E ?(?:8|12|18|63|75)|(?:[Kk]ehä|Ring) ?(?:I{1,3}|[1-3]))"
    r"(?![^\W:])"
)
ROAD = re.compile(
    r"\b((?:valta|kanta|seutu|yhdys|maan)?tie)(n|llä|ltä|lle|tä|ssä|stä|hen)?(?=\s\d)"
    r"|\b((?:riks|stam|lands|regional|förbindelse)?väg)(en)?(?=\s\d)",
    re.I,
)
CROSSING = ("risteyks", "risteys", "kulma")
# Forms of other words too: "laskuja", "poliisilta", "miettiessä".
DOUBTFUL = ("kuja", "kujan", "kujaa", "silta", "tiessa", "tiesta", "tieta")
CORNER = {"korsningen": "korsningen", "hörnet": "hörnet", "korsning": "korsningen"}
# Of adjectives, and of places that end in a case of their own: "Rikkinäisen pysäkin".
NO_NAMES = ("isen", "toman", "neen", "nen", "lla", "lta", "lle", "ssa", "sta")


@dataclass(frozen=True)
class Street:
    """A street in a text: its name in the basic form, and the characters that tell it."""

    name: str
    start: int
    end: int
    number: str = ""

    @property
    def told(self) -> str:
        return f"{self.name} {self.number}".strip()


def place_of(text: str, language: str) -> str | None:
    """The street, crossing, road or named place that the report tells; none where it tells none.

    `language` is the report's: what the other language calls a place is looked for after it.
    """
    read = Report(unicodedata.normalize("NFC", text[:READ_CHARACTERS]), language)
    both = (_finnish, _swedish) if language == "fi" else (_swedish, _finnish)
    streets = sorted((one for find in both for one in find(read)), key=lambda one: one.start)
    crossing = _crossing(read, streets)
    if crossing is not None:
        return crossing
    if streets:
        return max(streets, key=lambda one: bool(one.number)).told
    landmarks = (_finnish_landmarks, _swedish_landmarks)
    named = (found for find in (_roads, *landmarks, _between) for found in find(read))
    return next(named, None)


def _finnish(read: Report) -> Iterator[Street]:
    for index in range(len(read.words)):
        found = read.known.finnish_end(read.plain(index))
        if found is None:
            continue
        end, length = found
        word = read.word(index)
        street = (
            _named(read, index, end.name, word[:-length], "fi", basic=end.basic)
            if length < len(word)
            else _possessed(read, index, end.name, basic=end.basic)
        )
        if street is not None:
            yield _with_adjective(read, index, street)


def _swedish(read: Report) -> Iterator[Street]:
    for index in range(len(read.words)):
        word, known = read.word(index), read.known
        end = known.swedish_end(read.plain(index))
        street: Street | None = None
        if end == read.plain(index):
            street = _alone(read, index)
        elif end is not None:
            bare = word[:-1] if read.plain(index).endswith("s") else word
            first, last = bare[: -len(end)], bare[-len(end) :].lower()
            street = _named(read, index, last, first, "sv", basic=True)
        elif word in known.swedish_short_ends:
            street = _possessed(read, index, word, basic=True, genitive="s")
        if street is not None:
            yield _with_adjective(read, index, street)


def _alone(read: Report, index: int) -> Street | None:
    """ "Norra Esplanaden": the end is a name with its adjective."""
    if not read.is_capital(index) or read.known.adjective(read.plain(index - 1)) is None:
        return None
    match = read.words[index]
    return Street(
        match.group(), match.start(), match.end(), read.number_after(match.end(), basic=True)
    )


def _named(
    read: Report, index: int, end: str, first: str, language: str, *, basic: bool
) -> Street | None:
    """ "Kauppakadun" and "storgatan": one word with its end."""
    match = read.words[index]
    number = read.number_after(match.end(), basic=basic)
    sure = read.is_capital(index) and (bool(number) or not read.begins_sentence(index))
    sure = sure or f"-{end.capitalize()}"[:2] in match.group()  # "Etelä-Esplanadilla"
    told = plain(first).strip("-")
    if len(told) < 3 or told + plain(end) in read.known.no_streets:
        return None
    if read.plain(index).endswith(("tien", "tori", "torin")) and _many(read, told):
        return None
    if not sure and not (language == read.language and _likely(read, index, plain(end), told)):
        return None
    if match.group().isupper():
        first = first.lower()
    elif match.group()[len(first)].isupper():
        end = end.capitalize()  # "Etelä-Esplanadi"
    name = first[:1].upper() + first[1:] + end
    return Street(name, match.start(), match.end(), number)


def _many(read: Report, first: str) -> bool:
    """ "Tonttien", "konttorin": the plots, an office, and no street."""
    return len(first) < 4 or first.endswith(read.known.plural_ends)


def _likely(read: Report, index: int, end: str, first: str) -> bool:
    """Whether a word that no capital tells to be a name is one: it begins a sentence, or nobody
    writes capitals in a chat."""
    word, known = read.plain(index), read.known
    if first in known.kinds_of_road or word.endswith(DOUBTFUL):
        return False
    of_a_name = read.is_capital(index) and first.endswith("n")  # "Kaisaniemenpuistossa"
    return end in known.sure_ends or of_a_name


def _possessed(
    read: Report, index: int, end: str, *, basic: bool, genitive: str = "n"
) -> Street | None:
    """ "Aleksis Kiven kadulla", "Alexis Kivis gata": the end is a word of its own."""
    if not read.plain(index - 1).endswith(genitive):
        return None
    fits = _is_name if genitive == "n" else _is_no_other
    first = read.name_before(index, lambda one: fits(read, one))
    if first is None or (index - first == 1 and read.begins_sentence(first)):
        return None
    match, start = read.words[index], read.words[first].start()
    number = read.number_after(match.end(), basic=basic)
    return Street(f"{read.text[start : match.start()]}{end}", start, match.end(), number)


def _with_adjective(read: Report, index: int, street: Street) -> Street:
    """ "Vanhalla Turuntiellä", "Norra Esplanaden"."""
    before = index - 1
    if before < 0 or street.start != read.words[index].start() or not read.is_capital(before):
        return street
    adjective = read.known.adjective(read.plain(before))
    if adjective is None:
        return street
    start = read.words[before].start()
    return Street(f"{adjective} {street.name}", start, street.end, street.number)


def _crossing(read: Report, streets: list[Street]) -> str | None:
    """ "Kauppakadun ja Torikadun risteys", "korsningen av Storgatan och Skolvägen"."""
    for one, other in pairwise(streets):
        if not JOINED.fullmatch(read.text[one.end : other.start]):
            continue
        after = WORD.match(read.text[other.end :].lstrip(" "))
        if after and after.group().lower().startswith(CROSSING):
            kind = "kulma" if after.group().lower().startswith("kulma") else "risteys"
            return f"{read.text[one.start : other.end]} {kind}"
        before = [word.lower() for word in WORD.findall(read.text[: one.start])[-2:]]
        corner = next((CORNER[word] for word in before if word in CORNER), None)
        if corner is not None:
            return f"{corner} {one.name} och {other.name}"
    return None


def _roads(read: Report) -> Iterator[str]:
    """ "Kantatie 66", "E18", "riksväg 8": roads that have numbers."""
    for match in ROAD.finditer(read.text):
        kind = (match[1] or match[3]).lower()
        number = read.number_after(match.end(), basic=not match[2] or kind != "tie")
        if number:
            yield f"{kind} {number}"
    for match in MARKED_ROAD.finditer(read.text):
        yield match.group()


def _finnish_landmarks(read: Report) -> Iterator[str]:
    """ "Haagan koulun kohdalla"."""
    for index in range(1, len(read.words)):
        landmark = read.known.finnish_landmark(read.plain(index))
        if landmark is None or not read.plain(index - 1).endswith("n"):
            continue
        first = read.name_before(index, lambda one: _is_name(read, one))
        if first is not None and (index - first > 1 or not read.begins_sentence(first)):
            start, end = read.words[first].start(), read.words[index].start()
            yield f"{read.text[start:end]}{landmark}"


def _is_no_other(read: Report, index: int) -> bool:
    return read.plain(index) not in read.known.no_names


def _is_name(read: Report, index: int) -> bool:
    """ "Aleksis Kiven", "Pikku Huopalahden", and no word that only stands before the name."""
    word = read.plain(index)
    return word not in read.known.no_names and not word.endswith(NO_NAMES)


def _swedish_landmarks(read: Report) -> Iterator[str]:
    """ "Tenala kyrka", "skolan i Malm"."""
    known = read.known
    for index in range(len(read.words)):
        word = read.plain(index)
        if word in known.swedish_landmarks:
            first = read.name_before(index, lambda one: _is_no_other(read, one))
            if first is not None and not read.begins_sentence(first):
                yield read.text[read.words[first].start() : read.words[index].end()]
        there = read.plain(index + 1) == "i" and read.is_capital(index + 2)
        if word in known.swedish_definite and there:
            yield f"{read.word(index).lower()} i {read.word(index + 2)}"


def _between(read: Report) -> Iterator[str]:
    """ "Fiskarsin ja Karjaan välillä", "mellan Ingå och Fagervik"."""
    for index in range(len(read.words) - 3):
        one, joint = read.words[index], read.words[index + 1]
        names = read.is_capital(index) and read.is_capital(index + 2)
        if names and joint.group() == "ja" and read.plain(index + 3).startswith("valil"):
            yield read.text[one.start() : read.words[index + 3].end()]
        if read.plain(index) != "mellan" or read.plain(index + 2) != "och":
            continue
        if read.is_capital(index + 1) and read.is_capital(index + 3):
            yield f"mellan {joint.group()} och {read.word(index + 3)}"
