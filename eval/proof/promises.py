"""What must hold after every turn and of every owner, each with a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.replies import day_and_time
from catalog.models import Service
from desk import ownership
from desk.models import Conversation, Person, Team, Ticket, Turn
from desk.outcomes import KINDS
from desk.ownership import Owner
from desk.promised import is_late
from desk.records import LedgerEntry
from desk.roles import may

# "Not ours", "ask another", "wrong place": what the desk exists never to say.
BOUNCE = re.compile(
    r"ei kuulu|ota yhteyttä|otathan yhteyttä|toiseen yksikköön|toiseen virastoon|väärä(?:ssä|än)"
    r"|en voi auttaa|emme voi auttaa|kysy muualta|ei ole meidän|en löytänyt"
    r"|hör inte till|kontakta|ta kontakt med|en annan (?:enhet|myndighet)|fel (?:ställe|myndighet)"
    r"|kan inte hjälpa|vänd dig till|fråga någon annan|hittade inte",
    re.IGNORECASE,
)
# Which office it is, is the desk's to know (P3).
ASKS_FOR_OFFICE = re.compile(
    r"(?:mi[nt]kä|mihin|mille|kenelle) (?:virasto|viranomai|yksik|organisaatio|osasto)\w*[^.]*\?"
    r"|vilken (?:myndighet|enhet|organisation|avdelning)[^.]*\?",
    re.IGNORECASE,
)

ADMITS = re.compile("myöhässä|försenat")
ITS_OWN = ("name", "summary", "description", "instruction", "requirements", "charge_info")
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


def broken_of_turn(session: Session, turn: Turn, *, danger: bool, before: int) -> Iterator[str]:
    """The promises that this turn breaks. `before`: tickets there were when it began."""
    conversation = session.get_one(Conversation, turn.conversation_id)
    if turn.state != "closed" or turn.kind not in KINDS.values():
        yield "open: no outcome"
        return
    said = "\n".join(str(one["text"]) for one in turn.replies)
    if not said.strip() and turn.kind != "person":
        yield "silent: nothing is said"
    if turn.kind == "person" and conversation.floor != "staff":
        yield "person: nobody has the floor"
    if any(broken_of_words(said)):
        yield from broken_of_words(_own_words(session, turn, said))
    if danger and "112" not in said:
        yield "danger: 112 is not named"
    if turn.first and said and not turn.replies[0].get("language") and "auto" not in said.lower():
        yield "automaton: the customer is not told"
    yield from _broken_of_kind(session, turn, conversation, said, before)


def _own_words(session: Session, turn: Turn, said: str) -> str:
    """What the desk says by itself: a service's own text may say whom to contact about it."""
    services = [session.get(Service, str(one["id"])) for one in turn.candidates]
    texts = [text for service in services if service for text in service.texts]
    quoted = [part for text in texts for name in ITS_OWN for part in _parts(getattr(text, name))]
    for part in sorted(quoted, key=len, reverse=True):
        said = said.replace(part, "")
    return said


def _parts(text: str) -> list[str]:
    """The whole and its sentences: of a long text the desk quotes those that answer."""
    return [one for one in (text, *SENTENCE_ENDS.split(text)) if one.strip()]


def _broken_of_kind(
    session: Session, turn: Turn, conversation: Conversation, said: str, before: int
) -> Iterator[str]:
    choices = [one for reply in turn.replies for one in reply.get("choices") or ()]
    if turn.kind == "clarify" and len(choices) < 1:
        yield "clarify: nothing to choose"
    if turn.kind == "answer":
        named = turn.candidates[0]["id"] if turn.candidates else None
        if named is None or session.get(Service, named) is None:
            yield "answer: of no service"
    if turn.kind == "handover":
        yield from _broken_of_handover(session, turn, conversation, said, before)


def _broken_of_handover(
    session: Session, turn: Turn, conversation: Conversation, said: str, before: int
) -> Iterator[str]:
    ticket = session.get(Ticket, turn.ticket_id) if turn.ticket_id else None
    if ticket is None:
        yield "handover: no ticket"
        return
    if ticket.conversation_id != conversation.id:
        yield "handover: another customer's ticket"
    owner, team = session.get(Person, ticket.owner_id), session.get(Team, ticket.team_id)
    if owner is None or team is None:
        yield "handover: no owner"
        return
    if not owner.active:
        yield "handover: the owner has left"
    if not any(one in said for one in (owner.name, team.name_fi, team.name_sv)):
        yield "handover: nobody is named"
    if ticket.code not in said:
        yield "handover: no code"
    promised = any(day_and_time(ticket.due_at, language) in said for language in ("fi", "sv"))
    if promised and is_late(ticket, turn.opened_at) and not ADMITS.search(said):
        yield "promise: a time that has passed"
    made = session.scalar(select(func.count()).select_from(Ticket)) or 0
    if made > before:
        yield from broken_of_promise(session, ticket, turn.opened_at)
    elif made < before:
        yield "handover: a ticket is lost"


def broken_of_promise(session: Session, ticket: Ticket, at: datetime) -> Iterator[str]:
    """Of a new ticket: a due time to come, no later than the desk's own, and in the ledger."""
    area = session.get_one(Conversation, ticket.conversation_id).municipality_id
    if not at < ticket.due_at <= ownership.due_at(session, area, at):
        yield f"promise: due at {ticket.due_at}"
    given = select(LedgerEntry.due_at).where(
        LedgerEntry.ticket_code == ticket.code, LedgerEntry.event == "given"
    )
    if ticket.due_at not in session.scalars(given).all():
        yield "promise: not in the ledger"
    if session.scalar(select(func.count()).where(Ticket.code == ticket.code)) != 1:
        yield "promise: two tickets have one code"


def broken_of_owner(owner: Owner, in_teams: Set[int]) -> Iterator[str]:
    """One active person, with a role that answers, for a team that there is. `in_teams`: the ids of
    all who are in any; a substitute may be in another one than the owner's."""
    person = owner.person
    if not person.active:
        yield "owner: has left"
    if not may(person, "answer"):
        yield "owner: has no role that answers"
    if owner.team.id is None or not owner.team.members:
        yield "owner: for no team"
    if person.id not in in_teams:
        yield "owner: in no team at all"


def broken_of_words(text: str) -> Iterator[str]:
    """Of a sentence that stands ready: it sends nobody away, and asks nobody for the office."""
    if BOUNCE.search(text):
        yield f"bounce: {BOUNCE.search(text)}"
    if ASKS_FOR_OFFICE.search(text):
        yield "office: the customer is asked whose matter it is"
