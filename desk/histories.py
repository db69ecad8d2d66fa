"""What the same customer has had at the desk before, as far as the law lets staff look (P45)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from desk.models import Conversation, Member, Team, Ticket

MOST = 20  # of each kind, the newest


@dataclass(frozen=True)
class Earlier:
    """Another matter of the same customer."""

    ticket: Ticket
    channel: str  # the door that its conversation began at
    same_talk: bool  # of the same conversation; else known by the contact alone


def earlier(session: Session, ticket: Ticket, person_id: int, *, by_contact: bool) -> list[Earlier]:
    """The customer's other matters, the newest first.

    Those of the same conversation always: the customer has told them in one talk. Those that only
    share a contact where `by_contact` says that there is a legal basis, and then of the reader's
    own teams alone.
    """
    found = [Earlier(one, channel, True) for one, channel in _of_talk(session, ticket)]
    if by_contact:
        known = {ticket.id, *(one.ticket.id for one in found)}
        shared = _of_contact(session, ticket, person_id)
        found += [Earlier(one, door, False) for one, door in shared if one.id not in known]
    return sorted(found, key=lambda one: one.ticket.opened_at, reverse=True)


def _of_talk(session: Session, ticket: Ticket) -> Iterable[tuple[Ticket, str]]:
    same = select(Ticket, Conversation.channel).join(
        Conversation, Conversation.id == Ticket.conversation_id
    )
    return session.execute(
        same.where(Ticket.conversation_id == ticket.conversation_id, Ticket.id != ticket.id)
        .order_by(Ticket.id.desc())
        .limit(MOST)
    ).tuples()


def _of_contact(session: Session, ticket: Ticket, person_id: int) -> list[tuple[Ticket, str]]:
    """Matters of the reader's teams whose contact has an address or a number in common."""
    given = set((ticket.contact or "").casefold().split())
    if not given:
        return []
    alike = or_(*(Ticket.contact.icontains(one, autoescape=True) for one in sorted(given)))
    rows = session.execute(
        select(Ticket, Conversation.channel)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.team_id.in_(_teams_of(session, person_id)), alike)
        .order_by(Ticket.id.desc())
        .limit(10 * MOST)
    ).tuples()
    # A part of a longer number is another number.
    same = [
        (one, door) for one, door in rows if given & set((one.contact or "").casefold().split())
    ]
    return same[:MOST]


def _teams_of(session: Session, person_id: int) -> list[int]:
    member = select(Member.team_id).where(Member.person_id == person_id)
    return list(
        session.scalars(select(Team.id).where(or_(Team.id.in_(member), Team.lead_id == person_id)))
    )
