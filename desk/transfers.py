"""A matter changes hands: always to one named person, with its promise, and never back by refusal.

There is no way to reject a matter. Whoever has got it by mistake hands it on in turn, and until it
is accepted it never comes back to anybody who has handed it on: so it visits each person once at
most, and ends.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk import notes
from desk.conversations import give_floor_back, happened, say
from desk.errors import ReasonMissing, TakenAlready, TicketClosed
from desk.models import Conversation, Person, Team, Ticket
from desk.ownership import Owner
from desk.receiving import Receiver as Receiver
from desk.receiving import next_at, refuse_unfit, team_of

# A row held so takes new lines meanwhile, which refer to it: to wait for those would be a deadlock.
HELD = {"key_share": True}

type Tell = Callable[[Person, Team], str]  # what the customer reads: who has the matter now


# --- handing on ---


def transfer(
    session: Session,
    ticket: Ticket,
    by: Person,
    receiver: Receiver,
    *,
    reason: str,
    tell: Tell,
    now: datetime,
    seen_owner_id: int | None = None,
) -> Owner:
    """The matter has a new owner who is there to have it, the same promise, and a customer who
    knows who; `by` answers for it until the new owner accepts.

    `reason` is for the new owner alone. `tell` words the customer's line, in the conversation's
    language. Whoever hands a matter on to themselves takes it over. A service handed on to is the
    matter's service from now on.

    Raises, with everything as it was: TicketClosed, TakenAlready (the owner is no longer
    `seen_owner_id`, where that is given, or the receiver has the matter already), ReasonMissing,
    ReceiverUnknown, ReceiverUnfit, HandedOnAlready, NobodyElse.
    """
    if not notes.clean(reason):
        raise ReasonMissing
    _hold(session, ticket, seen_owner_id)
    if receiver.person_id == by.id != ticket.owner_id:
        take_over(session, ticket, by, seen_owner_id=ticket.owner_id, now=now, tell=tell)
        return Owner(ticket.owner, ticket.team)
    to = next_at(session, ticket, by, receiver, now=now)
    said = {"why": "transferred", "to": to.person.id, "team": to.team.id}
    notes.note(session, ticket, by, reason, now=now, data=said)
    ticket.service_id = receiver.service_id or ticket.service_id
    ticket.handed_by = by
    move(session, ticket, to, by=by, why="transferred", text=tell(to.person, to.team), now=now)
    return to


# --- accepting ---


def take_over(
    session: Session,
    ticket: Ticket,
    person: Person,
    *,
    seen_owner_id: int,
    now: datetime,
    tell: Tell | None = None,
) -> None:
    """The matter is this person's and accepted, its promise as it was; of two at once one wins.

    The other gets TakenAlready with the winner's name: `seen_owner_id` is the owner that they saw.
    Said again, it changes nothing. With `tell` the customer hears who has the matter now. Raises
    also TicketClosed, and ReceiverUnfit for one who has left or may not answer.
    """
    _hold(session, ticket, None)
    refuse_unfit(person)
    if ticket.owner_id == person.id:
        _accept(session, ticket, person, now)
        return
    if ticket.owner_id != seen_owner_id:
        raise TakenAlready(ticket.owner.name)
    to, before = Owner(person, team_of(session, ticket, person)), ticket.owner_id
    text = tell(person, to.team) if tell else None
    move(session, ticket, to, by=person, why="taken_over", text=text, now=now)
    _accepted(session, ticket, person, before, now)


def accept(session: Session, ticket: Ticket, person: Person, *, now: datetime) -> None:
    """The owner answers for the matter alone from now on; who handed it on is free of it.

    Said again, it changes nothing. Raises TicketClosed, and TakenAlready with the owner's name when
    the matter is not this person's.
    """
    _hold(session, ticket, person.id)
    _accept(session, ticket, person, now)


def accept_by_answering(session: Session, ticket: Ticket, person: Person, *, now: datetime) -> None:
    """An owner who answers has accepted; anybody else's answer leaves the matter as it is."""
    if ticket.handed_by_id is None:
        return
    session.refresh(ticket, with_for_update=HELD)
    if person.id == ticket.owner_id:
        _accept(session, ticket, person, now)


def accountable(ticket: Ticket) -> Person:
    """Who answers for the matter: who handed it on, until it is accepted; else its owner."""
    handed_by = ticket.handed_by
    return handed_by if handed_by is not None and handed_by.active else ticket.owner


def _accept(session: Session, ticket: Ticket, person: Person, now: datetime) -> None:
    if ticket.handed_by_id is not None:
        _accepted(session, ticket, person, ticket.handed_by_id, now)


def _accepted(
    session: Session, ticket: Ticket, person: Person, from_id: int, now: datetime
) -> None:
    ticket.handed_by = None
    data = {"by": person.id, "from": from_id, "to": person.id}
    happened(session, ticket, "accepted", now=now, person=person, data=data)


# --- changing hands ---


def move(
    session: Session,
    ticket: Ticket,
    to: Owner,
    *,
    by: Person | None,
    why: str,
    text: str | None,
    now: datetime,
) -> None:
    """The ticket is theirs, the customer has read `text` if there is any, and the promise stands.

    `by`: who of the staff did it; none where the desk did. Who had the matter no longer keeps the
    bot silent in its chat, unless they have another matter there.
    """
    data = {"why": why, "from": ticket.owner_id, "to": to.person.id}
    data |= {"from_team": ticket.team_id, "team": to.team.id}
    before = ticket.owner_id
    ticket.owner, ticket.team = to.person, to.team
    session.flush()
    conversation = session.get_one(Conversation, ticket.conversation_id)
    if text:
        say(
            session,
            conversation,
            author="staff",
            kind="transferred",
            text=text,
            now=now,
            ticket_id=ticket.id,
            person=by,
            data=data,
        )
    if conversation.floor_person_id == before and not _has_another(session, conversation, before):
        give_floor_back(conversation)
        session.flush()


def _has_another(session: Session, conversation: Conversation, person_id: int) -> bool:
    held = select(Ticket.id).where(
        Ticket.conversation_id == conversation.id,
        Ticket.owner_id == person_id,
        Ticket.stage != "closed",
    )
    return session.scalar(held.limit(1)) is not None


def _hold(session: Session, ticket: Ticket, seen_owner_id: int | None) -> None:
    """Nobody else changes the ticket until this transaction ends, and it is as it was seen."""
    session.refresh(ticket, with_for_update=HELD)
    if ticket.stage == "closed":
        raise TicketClosed(ticket.code)
    if seen_owner_id is not None and ticket.owner_id != seen_owner_id:
        raise TakenAlready(ticket.owner.name)
