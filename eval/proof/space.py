"""What a turn and a matter can meet: every dimension with its values, and their enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# Of the bot's word: below every gate, at the plain one, at the strict ones, as sure as it gets.
CONFIDENCES = (0.3, 0.55, 0.85, 0.97)
FOUND = (
    "nothing",  # no known word
    "weak",  # a word, and nothing likely
    "several",  # one of three is likely
    "sure",
    "one_place",  # a service of one municipality's people
    "no_longer",  # a service that the catalogue has lost since
    "two_needs",
    "life_event",
)
TALKS = (
    "fresh",
    "asked",  # the desk waits for one of three choices
    "missed",  # a question has not helped once
    "offered",  # the desk has offered to take the matter
    "told",  # a service has been told, with channels of its own
    "steps",  # of a life event
    "taken",  # a ticket waits for its answer, and a contact is asked for
    "reachable",  # the same with a contact
    "answered",
    "closed",
    "with_person",  # staff have the floor
    "complaint",
)
# What the customer writes, in each language; several are read by rules and not by the bot.
TEXTS = {
    "need": ("haluan hakea asumistukea tänne", "jag vill ansöka om bostadsbidrag hit"),
    "junk": ("qwxz plörf zzkt", "qwxz plörf zzkt"),
    "mark": ("?", "?"),
    "number": ("2", "2"),
    "yes": ("joo", "ja"),
    "no": ("ei kiitos", "nej tack"),
    "none": ("ei mikään näistä", "inget av dessa"),
    "follow_up": ("entä lauantaina?", "och på lördag?"),
    "place": ("Porvoo", "Borgå"),
    "danger": ("isä ei hengitä, apua", "pappa andas inte, hjälp"),
    "contact": ("040 123 4567", "040 123 4567"),
    "foreign": (
        "Здравствуйте, где можно получить вид на жительство?",
        "Здравствуйте, где можно получить вид на жительство?",
    ),
    "long": ("mökin kaivo " * 400, "stugans brunn " * 400),
}
BOTS = ("fine", "slow", "down", "wrong", "no_action", "search_broken", "late")
LANGUAGES = ("fi", "sv")
CHANNELS = ("web", "widget", "phone", "counter", "open311", "api")
CUSTOMERS = ("public", "internal")
ABSENCES = ("nobody", "every_other", "chain", "circle", "all_but_one", "half_have_left")
# Nowhere, a demo municipality, cities, bilingual and Swedish ones, Åland, Lapland.
AREAS = (
    None,
    "municipality:638",
    "municipality:091",
    "municipality:049",
    "municipality:149",
    "municipality:478",
    "municipality:698",
    "municipality:889",
)
# Working hours, evening, night, weekend, the hours that the clocks change, eves and holidays.
INSTANTS = tuple(
    datetime(*one, tzinfo=UTC)
    for one in (
        (2026, 3, 11, 10, 0),
        (2026, 3, 11, 17, 30),
        (2026, 3, 12, 0, 15),
        (2026, 3, 14, 9, 0),
        (2026, 3, 27, 13, 59),
        (2026, 3, 29, 0, 30),
        (2026, 10, 25, 0, 30),
        (2026, 12, 23, 13, 0),
        (2026, 12, 31, 22, 30),
        (2026, 4, 30, 12, 0),
        (2026, 6, 18, 11, 0),
    )
)


@dataclass(frozen=True)
class TurnState:
    """One message in one situation."""

    intent: str
    confidence: float
    found: str
    talk: str
    text: str
    bot: str
    language: str
    channel: str
    customer: str
    area: str | None
    at: datetime
    absence: str
    service: str


@dataclass(frozen=True)
class MatterState:
    """One matter that needs an owner."""

    service: str | None
    area: str | None
    language: str
    at: datetime
    absence: str


def turn_states(intents: Sequence[str], services: Sequence[str]) -> Iterator[TurnState]:
    """Every combination of what the decision reads; where and when it happens goes round beside it.

    A bot that fails says nothing of intent and confidence, and one that is not asked is not heard:
    what is settled at once is closed before either is known. So these stand still then.
    """
    for number, read in enumerate(_read(intents)):
        yield TurnState(
            *read,
            channel=_turn(CHANNELS, number),
            customer=CUSTOMERS[number % 7 == 0],
            area=_turn(AREAS, number // 2),
            at=_turn(INSTANTS, number // 3),
            absence=_turn(ABSENCES, number // 5),
            service=_turn(services, number * 17),
        )


type _Read = tuple[str, float, str, str, str, str, str]  # what the decision reads of a state


def _read(intents: Sequence[str]) -> Iterator[_Read]:
    said = list(itertools.product(TALKS, TEXTS))
    heard = [one for one in said if not at_once(*one)]
    one_intent, one_confidence = intents[:1], CONFIDENCES[-1:]
    for intent, confidence, found, (talk, text), bot, language in itertools.chain(
        itertools.product(intents, CONFIDENCES, FOUND, heard, BOTS[:1], LANGUAGES),
        itertools.product(one_intent, one_confidence, FOUND, said, BOTS, LANGUAGES),
    ):
        yield intent, confidence, found, talk, text, bot, language


def at_once(talk: str, text: str) -> bool:
    """Whether the desk settles it before any bot is asked; the proof checks that it did."""
    return talk == "with_person" or text in ("danger", "foreign")


def matter_states(services: Sequence[str], areas: Sequence[str]) -> Iterator[MatterState]:
    """Every service, and none, with every municipality, and none, in both languages; instants and
    absences go round beside them."""
    pairs = itertools.product((None, *services), (None, *areas))
    for number, (service, area) in enumerate(pairs):
        # A step more for each service: else a municipality would meet some of the absences only.
        on = number + number // (len(areas) + 1)
        for language in LANGUAGES:
            yield MatterState(
                service, area, language, at=_turn(INSTANTS, on), absence=_turn(ABSENCES, on)
            )


def turns_in(intents: Sequence[str]) -> int:
    """How many `turn_states` there are."""
    heard = sum(not at_once(talk, text) for talk in TALKS for text in TEXTS)
    read = len(intents) * len(CONFIDENCES) * heard + len(BOTS) * len(TALKS) * len(TEXTS)
    return len(FOUND) * len(LANGUAGES) * read


def matters_in(services: Sequence[str], areas: Sequence[str]) -> int:
    """How many `matter_states` there are."""
    return (len(services) + 1) * (len(areas) + 1) * len(LANGUAGES)


def _turn[One](values: Sequence[One], number: int) -> One:
    return values[number % len(values)]
