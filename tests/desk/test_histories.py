"""A customer's earlier matters: of the same talk always, by contact only where that is lawful."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations, tickets
from desk.conversations import Place
from desk.histories import earlier
from desk.models import Conversation, Ticket
from desk.tickets import Matter
from tests.desk.matters import a_matter, everybody_is_there, families, team
from tests.foundation import WEDNESDAY_NOON, add_service, person

MAIL, NUMBER = "eppu@example.fi", "+358401234567"


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        add_service(session, "s2")
        yield session


def of_contact(session: Session, contact: str, code: str = "demo-families") -> Ticket:
    """A matter of a talk of its own, with this contact, of this team."""
    ticket = a_matter(session)
    ticket.contact, ticket.team = contact, team(session, code)
    session.flush()
    return ticket


def seen(session: Session, ticket: Ticket, login: str = "aino", *, lawful: bool) -> set[str]:
    reader = person(session, login).id
    return {one.ticket.code for one in earlier(session, ticket, reader, by_contact=lawful)}


def test_a_matter_of_the_same_conversation_is_always_shown(session: Session) -> None:
    first = a_matter(session)
    talk = session.get_one(Conversation, first.conversation_id)
    later = WEDNESDAY_NOON + timedelta(hours=1)
    other = tickets.take(session, talk, Matter("Toinen", "asked", "s2"), now=later).ticket
    other.team = team(session, "demo-health")
    assert seen(session, first, "otso", lawful=False) == {other.code}
    (found,) = earlier(session, other, person(session, "otso").id, by_contact=False)
    assert (found.ticket.code, found.channel, found.same_talk) == (first.code, "web", True)


def test_the_same_contact_is_not_looked_for_without_a_legal_basis(session: Session) -> None:
    first, _ = of_contact(session, MAIL), of_contact(session, MAIL)
    assert seen(session, first, lawful=False) == set()


def test_with_a_legal_basis_the_readers_own_teams_matters_are_shown(session: Session) -> None:
    first, second = of_contact(session, f"{MAIL} {NUMBER}"), of_contact(session, NUMBER)
    elsewhere = of_contact(session, MAIL, "demo-health")
    assert seen(session, first, lawful=True) == {second.code}
    assert seen(session, first, "sanna", lawful=True) == {elsewhere.code}
    (found,) = earlier(session, first, person(session, "aino").id, by_contact=True)
    assert not found.same_talk


@pytest.mark.parametrize("other", [f"{NUMBER}8", "eppu@example.fi.example.com", "peppu@example.fi"])
def test_a_contact_that_only_holds_the_same_letters_is_another(
    session: Session, other: str
) -> None:
    first = of_contact(session, f"{MAIL} {NUMBER}")
    of_contact(session, other)
    assert seen(session, first, lawful=True) == set()


def test_a_contact_with_signs_of_the_database_finds_only_itself(session: Session) -> None:
    first = of_contact(session, "%_%@example.fi")
    of_contact(session, MAIL)
    assert seen(session, first, lawful=True) == set()
    again = of_contact(session, "%_%@EXAMPLE.fi")
    assert seen(session, first, lawful=True) == {again.code}


def test_a_matter_without_contact_has_no_history_by_contact(session: Session) -> None:
    first, _ = a_matter(session), a_matter(session)
    assert seen(session, first, lawful=True) == set()


def test_the_door_that_the_customer_came_by_is_told(session: Session) -> None:
    first = of_contact(session, NUMBER)
    talk = conversations.begin(
        session, language="fi", place=Place(), channel="phone", now=WEDNESDAY_NOON
    )
    call = tickets.take(session, talk, Matter("Puhelu", "asked"), now=WEDNESDAY_NOON).ticket
    call.contact, call.team = NUMBER, team(session, "demo-families")
    session.flush()
    (found,) = earlier(session, first, person(session, "aino").id, by_contact=True)
    assert found.channel == "phone"
