"""How alike those are served who have the same need: `python -m eval.twins`, writes eval/TWINS.md.

The pairs were written before anybody had seen what the desk makes of them.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import yaml
from sqlalchemy import select

from api.ask import scratch_desk
from api.contract import ChatIn, ChatOut, Language
from api.doors import Doors
from api.settings import PROJECT, Settings
from desk.models import Ticket
from desk.outcomes import MOST_CHOICES

FILE = Path(__file__).parent / "TWINS.md"
PAIRS = PROJECT / "tests" / "e2e" / "twins.yml"

Kind = Literal["polite and rude", "Finnish and Swedish"]
KINDS: tuple[Kind, ...] = ("polite and rude", "Finnish and Swedish")


@dataclass(frozen=True)
class Message:
    text: str
    language: Language


@dataclass(frozen=True)
class Twins:
    """Two customers' first messages about one need; `owed` says that both are owed a person."""

    kind: Kind
    need: str
    owed: bool
    messages: tuple[Message, Message]


@dataclass(frozen=True)
class Served:
    """What came of one message."""

    outcome: str
    first: tuple[str, ...]  # ids: the one service answered with, or those offered in a question
    found: tuple[str, ...]  # ids, best first
    ticket: str | None
    priority: str | None = None
    wait: timedelta | None = None  # from the ticket's opening to when its answer is due

    @classmethod
    def of(cls, told: ChatOut) -> Served:
        """What the public answer tells; priority and wait stand on the ticket alone."""
        found = tuple(one.id for one in told.outcome.services)
        ticket = told.outcome.ticket.code if told.outcome.ticket else None
        return cls(told.outcome.kind, _first(told), found, ticket)


@dataclass(frozen=True)
class Pair:
    """Twins and how each was served."""

    twins: Twins
    served: tuple[Served, Served]

    @property
    def alike(self) -> bool:
        """The same outcome with the same service, or the same services to choose from."""
        one, other = self.served
        return one.outcome == other.outcome and set(one.first) == set(other.first)

    @property
    def within_reach(self) -> bool:
        """Alike, or what one is led to is among the first that the other's message finds."""
        one, other = self.served
        return self.alike or any(
            bool(set(a.found[:1]) & set(b.found[:MOST_CHOICES]))
            for a, b in ((one, other), (other, one))
        )

    @property
    def both_tickets(self) -> bool:
        return all(one.ticket is not None for one in self.served)

    @property
    def same_promise(self) -> bool:
        """Of two tickets: the same priority, and due after the same time."""
        one, other = self.served
        return (one.priority, one.wait) == (other.priority, other.wait)


def twins() -> tuple[Twins, ...]:
    """Every pair of the file."""
    document = yaml.safe_load(PAIRS.read_text("utf-8"))
    mannered = [
        _twins("polite and rude", row, ((row["polite"], language), (row["rude"], language)))
        for language in ("fi", "sv")
        for row in document["polite_rude"][language]
    ]
    spoken = [
        _twins("Finnish and Swedish", row, ((row["fi"], "fi"), (row["sv"], "sv")))
        for row in document["fi_sv"]
    ]
    return (*mannered, *spoken)


def _twins(
    kind: Kind, row: dict[str, Any], texts: tuple[tuple[str, Any], tuple[str, Any]]
) -> Twins:
    (one, in_one), (other, in_other) = texts
    messages = (Message(one, in_one), Message(other, in_other))
    return Twins(kind, row["need"], bool(row.get("ticket")), messages)


def _first(told: ChatOut) -> tuple[str, ...]:
    """What the customer is led to: nothing in a ticket, small talk or an open question."""
    services = told.outcome.services
    if told.outcome.kind == "answer":
        return tuple(one.id for one in services[:1])
    offered = {choice.title for reply in told.replies for choice in reply.choices or ()}
    if told.outcome.kind != "clarify":
        return ()
    return tuple(one.id for one in services[:MOST_CHOICES] if one.name in offered)


def share(pairs: Sequence[Pair], kind: Kind | None = None) -> float:
    """How many of the pairs are served alike, 0 to 1."""
    some = [one for one in pairs if kind in (None, one.twins.kind)]
    return sum(one.alike for one in some) / len(some)


async def measured(doors: Doors, asked: Sequence[Twins]) -> list[Pair]:
    """Each pair in turn, its two messages at once."""
    pairs = []
    for one in asked:
        served = await asyncio.gather(*(_served(doors, message) for message in one.messages))
        pairs.append(Pair(one, (served[0], served[1])))
    return pairs


async def _served(doors: Doors, message: Message) -> Served:
    told = await doors.front.take(
        ChatIn.model_validate(
            {
                "message_id": uuid.uuid4().hex,
                "text": message.text,
                "language": message.language,
            }
        )
    )
    return await doors.work(_with_promise, doors, Served.of(told))


def _with_promise(doors: Doors, served: Served) -> Served:
    with doors.database.reading() as session:
        query = select(Ticket).where(Ticket.code == served.ticket)
        ticket = session.scalars(query).first()
        if ticket is None:
            return served
        wait = ticket.due_at - ticket.opened_at
        return replace(served, priority=ticket.priority, wait=wait)


def main() -> None:
    pairs = asyncio.run(_all(Settings()))
    lines = list(_report(pairs))
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


async def _all(settings: Settings) -> list[Pair]:
    async with scratch_desk(settings, print) as doors:
        return await measured(doors, twins())


def _report(pairs: Sequence[Pair]) -> Iterator[str]:
    yield "# Twins: the same need, the same service"
    yield ""
    yield "Written by `python -m eval.twins`, on the pairs of `tests/e2e/twins.yml`: the same need"
    yield "told politely and rudely, or in Finnish and in Swedish. Alike: the same outcome, and the"
    yield "same service in an answer, the same services in a question. Within reach: alike, or one"
    yield "twin's first service is among the other's first three."
    yield ""
    yield from _shares(pairs)
    yield from _tickets(pairs)
    yield "Served differently:"
    yield ""
    yield "| twins | need | one | the other | within reach |"
    yield "|---|---|---|---|---|"
    for pair in pairs:
        if not pair.alike:
            one, other = (served.outcome for served in pair.served)
            languages = " and ".join(dict.fromkeys(one.language for one in pair.twins.messages))
            yield (
                f"| {pair.twins.kind} ({languages}) | {pair.twins.need} | {one} | {other} "
                f"| {'yes' if pair.within_reach else 'no'} |"
            )


def _shares(pairs: Sequence[Pair]) -> Iterator[str]:
    yield "| twins | language | pairs | alike | within reach |"
    yield "|---|---|---|---|---|"
    for kind in KINDS:
        for languages in _languages(pairs, kind):
            some = [
                one for one in pairs if one.twins.kind == kind and _spoken(one.twins) == languages
            ]
            yield f"| {kind} | {' and '.join(languages)} | {len(some)} | {_both(some)} |"
    yield f"| all | fi and sv | {len(pairs)} | {_both(pairs)} |"
    yield ""


def _languages(pairs: Sequence[Pair], kind: Kind) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(_spoken(one.twins) for one in pairs if one.twins.kind == kind))


def _spoken(one: Twins) -> tuple[str, ...]:
    return tuple(dict.fromkeys(message.language for message in one.messages))


def _both(pairs: Sequence[Pair]) -> str:
    return f"{_share([one.alike for one in pairs])} | {_share([one.within_reach for one in pairs])}"


def _tickets(pairs: Sequence[Pair]) -> Iterator[str]:
    owed = [one.both_tickets for one in pairs if one.twins.owed]
    promised = [one.same_promise for one in pairs if one.both_tickets]
    yield f"Of the pairs that are owed a person, both twins get one in {_share(owed)}."
    yield f"Where both get a ticket, priority and due time are the same in {_share(promised)}."
    yield ""


def _share(holds: Sequence[bool]) -> str:
    return f"{sum(holds)} of {len(holds)} ({sum(holds) / len(holds):.0%})" if holds else "–"


if __name__ == "__main__":
    main()
