"""Who waits for a person is seen, one person has the floor, and nobody keeps it and goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations, floors, notes, presence, tickets
from desk.conversations import say
from desk.errors import TakenAlready, TicketClosed
from desk.models import Conversation, Person, Ticket
from tests.desk.matters import a_matter, everybody_is_there, families, said
from tests.foundation import WEDNESDAY_NOON, person

MINUTE = timedelta(minutes=1)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as opened:
        everybody_is_there(opened)
        families(opened)
        yield opened


def after(minutes: float) -> datetime:
    return WEDNESDAY_NOON + minutes * MINUTE


def guest(session: Session, minutes: float = 0, **more: str) -> Ticket:
    """A customer who is here and has a matter since then."""
    ticket = a_matter(session, now=after(minutes), **more)
    writes(session, ticket, minutes)
    presence.seen(session, [ticket.conversation_id], now=WEDNESDAY_NOON)
    session.expire_all()
    return ticket


def chat(session: Session, ticket: Ticket) -> Conversation:
    return session.get_one(Conversation, ticket.conversation_id)


def writes(session: Session, ticket: Ticket, minutes: float, text: str = "Hei?") -> None:
    at = chat(session, ticket)
    say(session, at, author="customer", text=text, now=after(minutes), ticket_id=ticket.id)


def waiting(session: Session, minutes: float = 0) -> list[str]:
    return [one.ticket.code for one in presence.waiting(session, now=after(minutes))]


def forsaken(session: Session, minutes: float) -> list[Ticket]:
    def tell(ticket: Ticket, who: Person) -> str:
        return f"{who.login} ei ehdi, {ticket.owner.login} vastaa"

    return floors.give_back_forsaken(session, tell=tell, now=after(minutes))


# --- who waits ---


def test_the_longest_waiting_is_first_and_who_has_left_is_not_there(session: Session) -> None:
    second, first = guest(session, -2), guest(session, -9)
    gone = guest(session, -20)
    presence.seen(session, [gone.conversation_id], now=after(-2))
    session.expire_all()
    assert waiting(session) == [first.code, second.code]
    assert waiting(session, minutes=2) == []


def test_an_answered_customer_waits_no_more_until_they_write_again(session: Session) -> None:
    ticket = guest(session, -3)
    tickets.answer(session, ticket, person(session, "aino"), "Hei!", now=after(-1))
    assert waiting(session) == []
    tickets.add_from_customer(session, ticket, now=after(0))
    writes(session, ticket, 0, "Entä nyt?")
    [one] = presence.waiting(session, now=after(0))
    assert (one.waits_since, one.last.text if one.last else "") == (after(0), "Entä nyt?")


def test_a_caller_on_the_telephone_is_no_chat(session: Session) -> None:
    chat(session, guest(session)).channel = "phone"
    assert waiting(session) == []


def test_ones_own_chats_stay_when_the_customer_has_gone(session: Session) -> None:
    ticket = guest(session)
    aino = person(session, "aino")
    floors.take(session, ticket, aino)
    assert [one.ticket.code for one in presence.held_by(session, aino.id)] == [ticket.code]
    assert presence.held_by(session, person(session, "maria").id) == []
    assert not presence.here(chat(session, ticket), after(2))


# --- who has the floor ---


def test_the_floor_is_one_persons_and_the_other_reads_whose(session: Session) -> None:
    ticket = guest(session)
    assert floors.take(session, ticket, person(session, "aino"))
    assert not floors.take(session, ticket, person(session, "aino"))
    with pytest.raises(TakenAlready, match="Aino Aalto"):
        floors.take(session, ticket, person(session, "maria"))


def test_nobody_takes_the_floor_of_a_closed_matter(session: Session) -> None:
    ticket = guest(session)
    ticket.stage = "closed"
    with pytest.raises(TicketClosed):
        floors.take(session, ticket, person(session, "aino"))


def held(session: Session, minutes: float = 0) -> Ticket:
    """A chat that Maria has taken at this time; the matter is Aino's."""
    ticket = guest(session, minutes - 1)
    maria = person(session, "maria")
    conversations.take_floor(chat(session, ticket), maria)
    at, now = chat(session, ticket), after(minutes)
    say(session, at, author="staff", kind="taken", text="", now=now, person=maria)
    return ticket


def test_a_silent_person_loses_the_floor_and_the_customer_reads_who_answers(
    session: Session,
) -> None:
    ticket = held(session)
    writes(session, ticket, 1)
    assert forsaken(session, 4.9) == []
    assert [one.code for one in forsaken(session, 6)] == [ticket.code]
    assert (chat(session, ticket).floor, chat(session, ticket).floor_person_id) == ("bot", None)
    assert [one.text for one in said(session, ticket, "handed_back")] == [
        "maria ei ehdi, aino vastaa"
    ]
    assert (ticket.stage, ticket.owner.login) == ("open", "aino")
    assert forsaken(session, 60) == []


def test_who_takes_the_floor_and_says_nothing_loses_it_too(session: Session) -> None:
    ticket = held(session)
    assert forsaken(session, 4) == []
    assert [one.code for one in forsaken(session, 5)] == [ticket.code]


def test_who_has_answered_keeps_the_floor_however_long_the_customer_thinks(
    session: Session,
) -> None:
    ticket = held(session)
    tickets.answer(session, ticket, person(session, "maria"), "Hei!", now=after(1))
    assert forsaken(session, 90) == []
    writes(session, ticket, 90)
    assert forsaken(session, 94) == []
    assert forsaken(session, 95) == [ticket]


def test_a_note_shows_that_the_person_is_at_it(session: Session) -> None:
    ticket = held(session)
    writes(session, ticket, 1)
    notes.note(session, ticket, person(session, "maria"), "Kysyn tiimiltä.", now=after(5))
    assert forsaken(session, 7) == []
    assert forsaken(session, 10) == [ticket]
