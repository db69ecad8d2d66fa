"""The thread of a ticket in the words of the staff's page: what was said, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.contract import Language
from api.page_texts import local_time, texts
from desk import attachments, turns
from desk.conversations import transcript
from desk.door_records import Attachment
from desk.models import Message, Person, Team, Ticket
from desk.secrets import SECRET_PLACE

HIDDEN = "•" * 6
# What a line's `data` may hold: ids of people and of teams, and instants, by the name in the text.
PEOPLE = ("by", "from", "to", "person_id", "helper", "commissioner", "substitute")
TEAMS = ("team", "from_team")
INSTANTS = ("due_at", "from", "to", "at")
# Texts that differ by a word of the data, and that word.
VARIANTS = {
    "transferred": "why",
    "note": "why",
    "reminder": "alarm",
    "overdue": "alarm",
    "moved": "channel",
    "callback": "event",
}


@dataclass(frozen=True)
class LineFile:
    id: int
    name: str
    size: int
    state: attachments.Scan
    ready: bool  # it can be opened


@dataclass(frozen=True)
class Line:
    id: int
    author: str
    kind: str
    name: str | None
    happened: str | None  # in words; none where only something was said
    text: str
    language: str
    at: datetime
    staff_only: bool
    turn: int | None  # of a customer's message: which of them it is, where the desk answered it
    file: LineFile | None


@dataclass(frozen=True)
class _Names:
    people: Mapping[int, str]
    teams: Mapping[int, str]


def thread(session: Session, ticket: Ticket, language: Language) -> list[Line]:
    """Every line of the ticket's conversation, oldest first; what befell another ticket of the
    same customer is left to that ticket's page."""
    said = [
        one
        for one in transcript(session, ticket.conversation_id)
        if one.audience == "customer" or one.ticket_id in (None, ticket.id)
    ]
    names = _names(session, said, language)
    numbers = turns.numbers(session, ticket.conversation_id)
    files = attachments.of_lines(session, said)
    t = texts("staff", language)
    return [_line(one, names, numbers, t, language, files.get(one.id)) for one in said]


def _file(one: Message, kept: Attachment | None) -> LineFile | None:
    if kept is None:
        return None
    scan = attachments.scan_of(one)
    return LineFile(kept.id, kept.name, kept.size, scan, attachments.can_open(one))


def _names(session: Session, said: Iterable[Message], language: Language) -> _Names:
    """Everybody that the lines name, in two statements."""
    people, teams = set(), set()
    for one in said:
        people |= {one.person_id, *(_number(one.data.get(key)) for key in PEOPLE)}
        teams |= {_number(one.data.get(key)) for key in TEAMS}
    found = session.execute(
        select(Person.id, Person.name).where(Person.id.in_(people - {None}))
    ).tuples()
    known = session.scalars(select(Team).where(Team.id.in_(teams - {None})))
    return _Names(dict(found.all()), {one.id: one.named(language) for one in known})


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _line(
    one: Message,
    names: _Names,
    numbers: dict[int, int],
    t: Mapping[str, str],
    language: Language,
    file: Attachment | None,
) -> Line:
    return Line(
        id=one.id,
        author=one.author,
        kind=one.kind,
        name=names.people.get(one.person_id or 0),
        happened=_happened(one, names, t, language),
        text=one.text.replace(SECRET_PLACE, HIDDEN),
        language=one.language,
        at=one.created_at,
        staff_only=one.audience == "staff",
        turn=numbers.get(one.turn_id or 0) if one.author == "customer" else None,
        file=_file(one, file),
    )


def _happened(one: Message, names: _Names, t: Mapping[str, str], language: Language) -> str | None:
    """What happened, with the names and times that the line's data tells of.

    A line whose own text already says it all to the customer is not said twice.
    """
    if one.kind in ("text", "file") or (one.text and not one.data and one.audience == "customer"):
        return None
    variant = str(one.data.get(VARIANTS.get(one.kind, ""), ""))
    told = t.get(f"happened_{one.kind}_{variant}") or t[f"happened_{one.kind}"]
    return told.format_map(_Told(_values(one.data, names, t, language)))


class _Told(dict[str, str]):
    """What a text asks for and the data does not tell stands as a dash, not as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def _values(
    data: Mapping[str, Any], names: _Names, t: Mapping[str, str], language: Language
) -> dict[str, str]:
    told = {key: value for key, value in data.items() if isinstance(value, str)}
    told |= {key: str(value) for key, value in data.items() if isinstance(value, int)}
    for key in PEOPLE:
        number = _number(data.get(key))
        if number is not None:
            told[key] = names.people.get(number, t["somebody"])
    for key in TEAMS:
        number = _number(data.get(key))
        if number in names.teams:
            told[key] = names.teams[number or 0]
    for key in INSTANTS:
        at = _instant(data.get(key))
        if at is not None:
            told[key] = local_time(at, language)
    return told


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
