"""What a customer does with their matter, and whom they are told to have it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations, customers, ledger, ratings, tickets
from desk.clock import due
from desk.conversations import Place
from desk.customers import REOPEN_WITHIN, add, reopen, shown_owner, shown_writer
from desk.errors import NothingToRate, RatingFixed, ReopenTooLate, TicketClosed
from desk.models import Absence, Conversation, Message, Person, Team, Ticket
from desk.ratings import CHANGES_WITHIN, low_ratings, rate
from desk.records import LedgerEntry
from desk.tickets import Matter
from tests.foundation import WEDNESDAY_NOON, person

NOW = WEDNESDAY_NOON
LATER = NOW + timedelta(days=1, hours=3)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


@pytest.fixture
def talk(session: Session) -> Conversation:
    return conversations.begin(session, language="fi", place=Place(), now=NOW)


@pytest.fixture
def ticket(session: Session, talk: Conversation) -> Ticket:
    return tickets.take(session, talk, Matter("Kadonnut passi", "asked"), now=NOW).ticket


@pytest.fixture
def answered(session: Session, ticket: Ticket) -> Ticket:
    tickets.answer(session, ticket, ticket.owner, "Se löytyi.", now=NOW + timedelta(hours=2))
    return ticket


@pytest.fixture
def closed(session: Session, answered: Ticket) -> Ticket:
    tickets.close(session, answered, answered.owner, now=NOW + timedelta(hours=3))
    return answered


def promises(session: Session, ticket: Ticket) -> list[str]:
    wanted = select(LedgerEntry.event).where(LedgerEntry.ticket_code == ticket.code)
    return list(session.scalars(wanted.order_by(LedgerEntry.id)))


# --- writing on ---


def test_a_message_to_an_open_matter_changes_no_promise(session: Session, ticket: Ticket) -> None:
    line = add(session, ticket, "Se oli punainen.", now=NOW + timedelta(hours=5))
    assert (line.author, line.audience, line.ticket_id) == ("customer", "customer", ticket.id)
    assert (ticket.stage, ticket.due_at) == ("open", due(NOW))
    assert promises(session, ticket) == ["given"]


def test_a_message_to_an_answered_matter_begins_a_new_promise(
    session: Session, answered: Ticket
) -> None:
    add(session, answered, "Ei se ollut minun.", now=LATER)
    assert (answered.stage, answered.due_at) == ("open", due(LATER))
    assert promises(session, answered) == ["given", "kept", "given"]
    assert ledger.verify(session) is None


def test_a_closed_matter_takes_no_message(session: Session, closed: Ticket) -> None:
    with pytest.raises(TicketClosed):
        add(session, closed, "vielä", now=LATER)


def test_what_identifies_a_person_is_masked_and_a_way_back_is_kept_with_the_ticket_alone(
    session: Session, ticket: Ticket
) -> None:
    line = add(session, ticket, "Olen 131052-308T, numeroni on 040 123 4567", now=LATER)
    assert line.text == "Olen [ID], numeroni on [TEL]"
    assert ticket.contact == "+358401234567"
    [told] = session.scalars(select(Message).where(Message.kind == "contact"))
    assert (told.text, told.audience) == ("", "staff")


def test_a_new_number_alone_replaces_the_old_and_a_number_in_passing_does_not(
    session: Session, ticket: Ticket
) -> None:
    ticket.contact = "+358401112223"
    passing = "Isännöitsijän mukaan avain on isännällä, jonka numero on 040 123 4567, kysykää"
    add(session, ticket, passing, now=LATER)
    assert ticket.contact == "+358401112223"
    add(session, ticket, "uusi numeroni on 040 765 4321", now=LATER)
    assert ticket.contact == "+358407654321"
    add(session, ticket, "minut.saa@example.fi", now=LATER)
    assert ticket.contact == "+358407654321 minut.saa@example.fi"


def test_the_same_words_after_the_line_that_was_seen_are_kept_once(
    session: Session, ticket: Ticket
) -> None:
    first = add(session, ticket, "Hei!", now=LATER, seen=0)
    assert add(session, ticket, "Hei!", now=LATER, seen=0) is first
    assert add(session, ticket, "Hei!", now=LATER, seen=first.id) is not first


def test_a_second_press_after_the_answer_came_does_not_open_the_matter_again(
    session: Session, ticket: Ticket
) -> None:
    add(session, ticket, "Hei!", now=NOW, seen=0)
    tickets.answer(session, ticket, ticket.owner, "Hei.", now=NOW + timedelta(hours=1))
    add(session, ticket, "Hei!", now=LATER, seen=0)
    assert ticket.stage == "answered"


def test_danger_is_seen_by_the_owner_at_once(session: Session, ticket: Ticket) -> None:
    add(session, ticket, "apua", now=LATER, danger=True)
    assert (ticket.reason, ticket.priority, ticket.tags) == ("danger", "urgent", ["danger"])


# --- opening again ---


def test_a_reopened_matter_has_the_same_owner_and_a_new_promise(
    session: Session, closed: Ticket
) -> None:
    owner = closed.owner_id
    line = reopen(session, closed, "Väärä passi.", now=LATER)
    assert (line.kind, line.text) == ("reopened", "Väärä passi.")
    assert (closed.stage, closed.owner_id, closed.closed_at) == ("open", owner, None)
    assert closed.due_at == due(LATER)
    assert promises(session, closed)[-1] == "given"


def test_a_reopened_matter_whose_owner_has_left_has_another_at_once(
    session: Session, closed: Ticket
) -> None:
    gone = closed.owner
    gone.active = False
    reopen(session, closed, "Väärä passi.", now=LATER)
    assert closed.owner_id != gone.id
    assert closed.owner.active


def test_a_reopened_matter_whose_owner_is_away_is_somebodys_who_is_there(
    session: Session, closed: Ticket
) -> None:
    away = closed.owner
    session.add(Absence(person_id=away.id, starts_at=NOW, ends_at=NOW + timedelta(days=30)))
    session.flush()
    reopen(session, closed, "Väärä passi.", now=LATER)
    assert closed.owner_id != away.id


def test_sixty_days_after_closing_is_still_in_time_and_later_is_not(
    session: Session, closed: Ticket
) -> None:
    assert closed.closed_at is not None
    last = closed.closed_at + REOPEN_WITHIN
    with pytest.raises(ReopenTooLate):
        reopen(session, closed, "vielä", now=last + timedelta(seconds=1))
    reopen(session, closed, "vielä", now=last)
    assert closed.stage == "open"


def test_reopening_a_matter_that_is_not_closed_is_a_message(
    session: Session, answered: Ticket
) -> None:
    assert reopen(session, answered, "vielä", now=LATER).kind == "text"
    assert answered.stage == "open"


def test_pressing_reopen_twice_gives_one_promise(session: Session, closed: Ticket) -> None:
    first = reopen(session, closed, "vielä", now=LATER, seen=0)
    assert reopen(session, closed, "vielä", now=LATER, seen=0) is first
    assert promises(session, closed).count("given") == 2


# --- rating ---


def test_a_rating_is_kept_on_the_ticket_and_before_its_staff(
    session: Session, answered: Ticket
) -> None:
    line = rate(session, answered, 5, "Kiitos, soitan 040 123 4567", now=LATER)
    assert answered.rating == 5
    assert (line.kind, line.audience, line.text) == ("rated", "staff", "Kiitos, soitan [TEL]")
    assert line.data == {"stars": 5}
    assert answered.stage == "answered"


def test_the_same_rating_again_changes_nothing_and_another_replaces_it_in_time(
    session: Session, answered: Ticket
) -> None:
    first = rate(session, answered, 4, "", now=LATER)
    assert rate(session, answered, 4, "", now=LATER) is first
    rate(session, answered, 3, "", now=LATER + CHANGES_WITHIN)
    with pytest.raises(RatingFixed):
        rate(session, answered, 5, "", now=LATER + CHANGES_WITHIN + timedelta(seconds=1))
    given = ratings.rating(session, answered)
    assert given is not None
    assert (given.stars, given.changeable_until) == (3, LATER + CHANGES_WITHIN)


def test_nothing_can_be_rated_before_an_answer_and_the_next_answer_is_rated_anew(
    session: Session, ticket: Ticket
) -> None:
    with pytest.raises(NothingToRate):
        rate(session, ticket, 5, "", now=NOW)
    tickets.answer(session, ticket, ticket.owner, "Noin.", now=NOW)
    rate(session, ticket, 1, "", now=NOW)
    tickets.close(session, ticket, ticket.owner, now=NOW)
    reopen(session, ticket, "Ei auttanut.", now=LATER)
    assert ratings.rating(session, ticket) is None
    with pytest.raises(NothingToRate):
        rate(session, ticket, 5, "", now=LATER)
    tickets.answer(session, ticket, ticket.owner, "Näin.", now=LATER)
    rate(session, ticket, 5, "", now=LATER + CHANGES_WITHIN)
    assert ticket.rating == 5


@pytest.mark.parametrize("stars", [1, 2])
def test_a_low_rating_is_before_the_lead_until_the_lead_writes_in_the_matter(
    session: Session, answered: Ticket, stars: int
) -> None:
    lead = other_than(session, answered.owner_id)
    answered.team.lead_id = lead.id
    line = rate(session, answered, stars, "Ei apua.", now=LATER)
    assert low_ratings(session, lead.id) == [line]
    assert low_ratings(session, answered.owner_id) == []
    tickets.answer(session, answered, lead, "Pahoittelen.", now=LATER)
    assert low_ratings(session, lead.id) == []


def test_a_low_rating_changed_to_a_better_one_leaves_the_lead_in_peace(
    session: Session, answered: Ticket
) -> None:
    lead = other_than(session, answered.owner_id)
    answered.team.lead_id = lead.id
    rate(session, answered, 1, "", now=LATER)
    rate(session, answered, 4, "", now=LATER)
    assert low_ratings(session, lead.id) == []


def test_a_low_rating_of_a_leads_own_answer_is_before_somebody_else(
    session: Session, answered: Ticket
) -> None:
    for team in session.scalars(select(Team)):
        team.lead_id = answered.owner_id
    line = rate(session, answered, 1, "", now=LATER)
    assert line.data["lead_id"] != answered.owner_id


# --- names ---


def other_than(session: Session, person_id: int) -> Person:
    return next(one for one in session.scalars(select(Person)) if one.id != person_id)


def test_the_owner_is_told_by_name(ticket: Ticket) -> None:
    assert shown_owner(ticket, "fi") == ticket.owner.name


def test_a_protected_owner_is_told_as_the_team_in_the_language_asked_for(
    session: Session, answered: Ticket
) -> None:
    answered.owner.protected = True
    assert shown_owner(answered, "fi") == answered.team.name_fi
    assert shown_owner(answered, "sv") == answered.team.name_sv
    line = customers.last_answer(session, answered)
    assert line is not None
    assert shown_writer(session, line) is None


@pytest.mark.parametrize("mark", ["tag", "reason"])
def test_who_handles_a_threat_is_told_as_the_team(
    session: Session, answered: Ticket, mark: str
) -> None:
    if mark == "tag":
        answered.tags = ["threat"]
    else:
        answered.reason = "threat"
    assert shown_owner(answered, "fi") == answered.team.name_fi
    line = customers.last_answer(session, answered)
    assert line is not None
    assert shown_writer(session, line) is None
    assert person(session, "eero").name
