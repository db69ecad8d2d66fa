"""A matter that the desk has taken: one owner, one due time, until it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.hand import Desk
from api.database import Database
from desk import conversations, tickets
from desk.clock import due
from desk.conversations import Place
from desk.errors import TicketClosed, TicketUnknown
from desk.models import Conversation, Message, Ticket
from desk.secrets import Keys
from desk.tickets import CODE_TRIES, SUBJECT_LENGTH, Matter
from tests.foundation import WEDNESDAY_NOON, Clock, Talk, add_service, person

KEYS = Keys(b"k" * 32)
ASKED = Matter("Lapsen päivähoitopaikka", "asked")


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


@pytest.fixture
def conversation(session: Session) -> Conversation:
    return conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)


def take(session: Session, conversation: Conversation, matter: Matter = ASKED) -> Ticket:
    return tickets.take(session, conversation, matter, now=WEDNESDAY_NOON).ticket


def test_a_taken_matter_has_a_code_an_owner_and_a_due_time(
    session: Session, conversation: Conversation
) -> None:
    ticket = take(session, conversation)
    assert ticket.code.startswith("LK-")
    assert ticket.owner.active
    assert ticket.due_at == due(WEDNESDAY_NOON)
    assert (ticket.stage, ticket.language, ticket.contact) == ("open", "fi", None)


def test_a_second_message_before_an_answer_adds_to_the_ticket(
    session: Session, conversation: Conversation
) -> None:
    first = tickets.take(session, conversation, ASKED, now=WEDNESDAY_NOON)
    again = tickets.take(
        session, conversation, Matter("vielä yksi asia", "unsure"), now=first.ticket.due_at
    )
    assert (first.new, again.new) == (True, False)
    assert again.ticket is first.ticket
    assert again.ticket.due_at == due(WEDNESDAY_NOON)  # adding does not put the answer off


def test_a_matter_of_another_service_is_another_ticket(
    session: Session, conversation: Conversation
) -> None:
    add_service(session, "one")
    add_service(session, "other")
    first = take(session, conversation, Matter("?", "asked", service_id="one"))
    second = take(session, conversation, Matter("?", "asked", service_id="other"))
    assert first is not second


def test_danger_is_told_to_the_owner_of_a_ticket_that_was_open_already(
    session: Session, conversation: Conversation
) -> None:
    ticket = take(session, conversation)
    take(session, conversation, Matter("?", "danger"))
    assert ticket.reason == "danger"
    take(session, conversation, Matter("?", "unsure"))
    assert ticket.reason == "danger"


def test_a_new_matter_after_an_answer_is_a_new_ticket(
    session: Session, conversation: Conversation
) -> None:
    first = take(session, conversation)
    tickets.answer(session, first, first.owner, "Paikka löytyy.", now=WEDNESDAY_NOON)
    assert take(session, conversation) is not first


def test_a_ticket_from_aland_is_due_by_alands_calendar(session: Session) -> None:
    day_before = WEDNESDAY_NOON.replace(month=6, day=8)
    for area, days in (("municipality:478", 2), ("municipality:091", 1)):
        talk = conversations.begin(session, language="sv", place=Place(area), now=day_before)
        taken = tickets.take(session, talk, ASKED, now=day_before)
        assert taken.ticket.due_at == day_before + timedelta(days=days)


def test_a_long_message_gives_a_short_subject(session: Session, conversation: Conversation) -> None:
    ticket = take(session, conversation, Matter("pitkä " * 500, "unsure"))
    assert len(ticket.subject) == SUBJECT_LENGTH


def test_a_code_that_is_taken_is_drawn_again(
    session: Session, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(session, conversation)
    other = conversations.begin(session, language="fi", place=Place(), now=WEDNESDAY_NOON)
    drawn = iter([first.code] * (CODE_TRIES - 1) + ["LK-000-0000"])
    monkeypatch.setattr(tickets, "new_ticket_code", lambda: next(drawn))
    assert take(session, other).code == "LK-000-0000"
    assert session.scalar(select(func.count()).select_from(Ticket)) == 2


def test_a_ticket_is_found_by_its_code_and_secret(
    session: Session, conversation: Conversation
) -> None:
    ticket = take(session, conversation)
    secret = KEYS.ticket_secret(ticket.code)
    digits = ticket.code.removeprefix("LK-").replace("-", "")
    assert tickets.by_code(session, KEYS, digits, secret.upper()) is ticket


@pytest.mark.parametrize(
    "code", ["", "LK", "LK-000-0000", "LK-123-4567", "x" * 20, "²²²²²²²", "1;--"]
)
def test_an_unknown_code_and_a_wrong_secret_cannot_be_told_apart(
    session: Session, conversation: Conversation, code: str
) -> None:
    ticket = take(session, conversation)
    with pytest.raises(TicketUnknown):
        tickets.by_code(session, KEYS, code, KEYS.ticket_secret(ticket.code))
    with pytest.raises(TicketUnknown):
        tickets.by_code(session, KEYS, ticket.code, KEYS.ticket_secret("LK-123-4567"))


def test_an_answer_reaches_the_customers_chat_under_the_name_of_who_wrote_it(
    session: Session, conversation: Conversation
) -> None:
    ticket = take(session, conversation)
    eero = person(session, "eero")
    tickets.answer(session, ticket, eero, "Paikka löytyy.", now=WEDNESDAY_NOON)
    [line] = conversations.lines_after(session, conversation.id, 0, authors=("staff",))
    assert (line.text, line.person_id, line.ticket_id) == ("Paikka löytyy.", eero.id, ticket.id)
    assert ticket.stage == "answered"


def test_a_closed_ticket_refuses_an_answer_an_addition_and_a_second_closing(
    session: Session, conversation: Conversation
) -> None:
    ticket = take(session, conversation)
    tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)
    assert (ticket.stage, ticket.closed_at) == ("closed", WEDNESDAY_NOON)
    with pytest.raises(TicketClosed):
        tickets.answer(session, ticket, ticket.owner, "vielä", now=WEDNESDAY_NOON)
    with pytest.raises(TicketClosed):
        tickets.add_from_customer(session, ticket, now=WEDNESDAY_NOON)
    with pytest.raises(TicketClosed):
        tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)


def test_a_closing_is_seen_by_the_staff_alone(session: Session, conversation: Conversation) -> None:
    ticket = take(session, conversation)
    tickets.close(session, ticket, ticket.owner, now=WEDNESDAY_NOON)
    assert not conversations.lines_after(session, conversation.id, 0, authors=("staff",))
    [line] = session.scalars(select(Message).where(Message.kind == "closed"))
    assert line.audience == "staff"


def test_a_message_after_the_closing_opens_a_new_ticket(talk: Talk) -> None:
    first = talk.write("haluan ihmisen", "ask_person").ticket
    assert first is not None
    with talk.desk.writing() as session:
        ticket = session.get_one(Ticket, first.id)
        tickets.close(session, ticket, ticket.owner, now=talk.desk.now())
    second = talk.write("haluan ihmisen", "ask_person").ticket
    assert second is not None
    assert second.id != first.id


def test_two_turns_of_one_conversation_decided_at_once_share_one_ticket(
    talk: Talk, desk: Desk, clock: Clock
) -> None:
    from actions import fallback

    turn_ids = [talk.open("hukkasin henkilökortin"), talk.open("ja passin")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: fallback.take_over(desk, one, "bot_down"), turn_ids))
    told = [talk.told(one) for one in turn_ids]
    assert [one.kind for one in told] == ["handover", "handover"]
    assert told[0].turn.ticket_id == told[1].turn.ticket_id
