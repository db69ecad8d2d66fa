"""A ticket changes hands, and colleagues help with it: each in one transaction."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy.orm import Session

from api.doors import Doors
from api.staff_pages import row_id
from api.staff_telling import teller
from api.staff_views import ticket_by_code
from desk import notes, subtasks, telling, transfers
from desk.clock import HELSINKI
from desk.errors import GoalIncomplete, ReceiverUnclear, ReceiverUnknown
from desk.models import Person, Ticket
from desk.records import Subtask
from desk.subtasks import Goal
from desk.transfers import Receiver

DAYS_WORK_ENDS = time(16)  # help that is wanted on a day is wanted before people go home


def receiver_of(chosen: str) -> Receiver:
    """What a form's choice names: "service:…", "team:3" or "person:7".

    Raises ReceiverUnclear when it names nothing, ReceiverUnknown when no such thing can be.
    """
    kind, _, named = chosen.partition(":")
    if not named:
        raise ReceiverUnclear
    if kind == "service":
        return Receiver(service_id=named)
    if kind == "team":
        return Receiver(team_id=_number(named))
    if kind == "person":
        return Receiver(person_id=_number(named))
    raise ReceiverUnclear


def _number(text: str) -> int:
    number = row_id(text)
    if number is None:
        raise ReceiverUnknown
    return number


def take_over(at: Doors, code: str, person_id: int, seen_owner_id: int) -> None:
    """The ticket is the person's, and the customer knows. Raises TakenAlready, TicketClosed."""
    with at.desk.writing() as session:
        ticket, person, now = _at_hand(session, at, code, person_id)
        before = ticket.owner_id
        transfers.take_over(
            session,
            ticket,
            person,
            seen_owner_id=seen_owner_id,
            tell=teller(session, ticket, now=now),
            now=now,
        )
        if ticket.owner_id != before:
            telling.owner_changed(session, ticket, now=now)


def accept(at: Doors, code: str, person_id: int) -> None:
    """Who handed the ticket on is free of it. Raises TakenAlready, TicketClosed."""
    with at.desk.writing() as session:
        ticket, person, now = _at_hand(session, at, code, person_id)
        transfers.accept(session, ticket, person, now=now)


def transfer(
    at: Doors, code: str, person_id: int, chosen: str, reason: str, seen_owner_id: int
) -> str:
    """The name of the new owner, whom the customer knows too. Raises what `transfers` does."""
    with at.desk.writing() as session:
        ticket, person, now = _at_hand(session, at, code, person_id)
        to = transfers.transfer(
            session,
            ticket,
            person,
            receiver_of(chosen),
            reason=reason,
            tell=teller(session, ticket, now=now),
            seen_owner_id=seen_owner_id,
            now=now,
        )
        telling.owner_changed(session, ticket, now=now)
        return to.person.name


def note(at: Doors, code: str, person_id: int, text: str) -> None:
    """Colleagues read the text in the thread. Raises ReasonMissing."""
    with at.desk.writing() as session:
        ticket, person, now = _at_hand(session, at, code, person_id)
        notes.note(session, ticket, person, text, now=now)


def ask_help(
    at: Doors, code: str, person_id: int, helper: str, goal: str, done_when: str, day: str
) -> None:
    """The helper is asked, by the end of that day's work. Raises what `subtasks.ask` does."""
    with at.desk.writing() as session:
        ticket, person, now = _at_hand(session, at, code, person_id)
        wanted = Goal(goal=goal, done_when=done_when, due_at=_end_of(day))
        asked = session.get(Person, _number(helper))
        if asked is None:
            raise ReceiverUnknown
        subtasks.ask(session, ticket, person, asked, wanted, now=now)


def help_done(at: Doors, code: str, person_id: int, subtask_id: int, result: str) -> None:
    """The result is before who asked. Raises what `subtasks.done` does."""
    with at.desk.writing() as session:
        ticket, person, now = _at_hand(session, at, code, person_id)
        asked = session.get(Subtask, subtask_id)
        if asked is None or asked.ticket_id != ticket.id:
            raise ReceiverUnknown
        subtasks.done(session, asked, person, result, now=now)


def _end_of(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), DAYS_WORK_ENDS, HELSINKI)
    except ValueError:
        raise GoalIncomplete("due_at") from None


def _at_hand(
    session: Session, at: Doors, code: str, person_id: int
) -> tuple[Ticket, Person, datetime]:
    return ticket_by_code(session, code), session.get_one(Person, person_id), at.desk.now()
