"""What a customer is told when their matter changes hands, in the conversation's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from api.page_texts import language_of, local_time, texts
from desk import telling
from desk.customers import shown_name
from desk.models import Conversation, Person, Team, Ticket
from desk.promised import stands


def tell_of(session: Session, *, now: datetime) -> Callable[[Ticket, Person, Team], str]:
    """Words the line that names a ticket's new owner, or the team alone where the owner is not
    named to customers; with the due time, which is as it was, where an answer is awaited."""

    def tell(ticket: Ticket, person: Person, team: Team) -> str:
        conversation = session.get_one(Conversation, ticket.conversation_id)
        language = language_of(conversation.language, "")
        t, called = texts("staff", language), team.named(language)
        name = shown_name(ticket, person, team, language)
        line = "line_transferred_team" if name == called else "line_transferred"
        owed = stands(ticket, now)
        due = t["line_due"].format(due=local_time(ticket.due_at, language)) if owed else ""
        return " ".join(filter(None, (t[line].format(name=name, team=called), due)))

    return tell


def teller(session: Session, ticket: Ticket, *, now: datetime) -> Callable[[Person, Team], str]:
    """The same for one ticket."""
    tell = tell_of(session, now=now)
    return lambda person, team: tell(ticket, person, team)


def tell_silent(session: Session, *, now: datetime) -> Callable[[Ticket, Person], str]:
    """Words the line by which a chat goes back to the bot when the person does not answer."""

    def tell(ticket: Ticket, person: Person) -> str:
        conversation = session.get_one(Conversation, ticket.conversation_id)
        language = language_of(conversation.language, "")
        t = texts("live", language)
        owed = stands(ticket, now)
        due = t["line_silent_due"].format(due=local_time(ticket.due_at, language)) if owed else ""
        return t["line_silent"].format(
            name=shown_name(ticket, person, ticket.team, language),
            owner=shown_name(ticket, ticket.owner, ticket.team, language),
            due=due,
        )

    return tell


def write_notices(session: Session, moved: Iterable[Ticket], *, now: datetime) -> None:
    """Each customer who can be reached outside the chat hears of the new owner there too."""
    for ticket in moved:
        telling.owner_changed(session, ticket, now=now)
