"""A matter changes hands, and is always one named person's, by the promise that it had."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from desk import conversations, tickets
from desk.errors import (
    HandedOnAlready,
    NobodyElse,
    ReasonMissing,
    ReceiverUnclear,
    ReceiverUnfit,
    ReceiverUnknown,
    TakenAlready,
    TicketClosed,
)
from desk.models import Conversation, Person, Responsibility, Team, Ticket
from desk.ownership import Owner
from desk.transfers import Receiver, accept, accountable, take_over, transfer
from tests.desk.matters import (
    DAY,
    SERVICE,
    a_matter,
    away,
    everybody_is_there,
    families,
    only,
    said,
    team,
    tell,
)
from tests.foundation import WEDNESDAY_NOON, add_service, person

LATER = WEDNESDAY_NOON.replace(hour=11)


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        yield session


@pytest.fixture
def ticket(session: Session) -> Ticket:
    """Aino's."""
    return a_matter(session)


def hand(session: Session, ticket: Ticket, by: str, to: str, reason: str = "Kuuluu sinne") -> Owner:
    receiver = Receiver(person_id=person(session, to).id)
    return hand_to(session, ticket, by, receiver, reason)


def hand_to(
    session: Session, ticket: Ticket, by: str, receiver: Receiver, reason: str = "Kuuluu sinne"
) -> Owner:
    sender = person(session, by)
    return transfer(session, ticket, sender, receiver, reason=reason, tell=tell, now=LATER)


def test_a_transfer_gives_the_matter_to_one_named_person_by_the_same_promise(
    session: Session, ticket: Ticket
) -> None:
    due_at = ticket.due_at
    to = hand(session, ticket, "aino", "hanna")
    assert to.person.login == ticket.owner.login == "hanna"
    assert (ticket.due_at, ticket.stage) == (due_at, "open")


def test_the_customer_is_told_who_has_the_matter_now(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    [line] = said(session, ticket, "transferred")
    assert (line.audience, line.author) == ("customer", "staff")
    assert line.text == tell(ticket.owner, ticket.team)
    assert line.data["to"] == person(session, "hanna").id
    assert line.data["from"] == line.person_id == person(session, "aino").id


def test_the_reason_is_for_the_new_owner_alone(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna", reason="Asiakas 131052-308T tietää")
    [line] = said(session, ticket, "note")
    assert (line.audience, line.text) == ("staff", "Asiakas [ID] tietää")


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_transfer_without_a_reason_changes_nothing(
    session: Session, ticket: Ticket, reason: str
) -> None:
    with pytest.raises(ReasonMissing):
        hand(session, ticket, "aino", "hanna", reason)
    assert ticket.owner.login == "aino"


def test_a_transfer_to_a_service_is_to_who_answers_for_it(session: Session, ticket: Ticket) -> None:
    add_service(session, "s2")
    housing = team(session, "demo-housing")
    session.add(Responsibility(team=housing, service_id="s2"))
    session.flush()
    to = hand_to(session, ticket, "aino", Receiver(service_id="s2"))
    assert to.team is housing is ticket.team
    assert ticket.service_id == "s2"


def test_a_transfer_to_a_team_is_to_one_of_it_who_speaks_the_language(session: Session) -> None:
    ticket = a_matter(session, language="sv")
    health = team(session, "demo-health")
    to = hand_to(session, ticket, "aino", Receiver(team_id=health.id))
    assert to.team is health
    assert "sv" in to.person.languages


def test_a_transfer_to_one_who_is_away_is_to_who_stands_in(
    session: Session, ticket: Ticket
) -> None:
    away(session, "hanna", "johan")
    assert hand(session, ticket, "aino", "hanna").person.login == "johan"


def test_where_nobody_stands_in_one_of_the_same_team_has_it(
    session: Session, ticket: Ticket
) -> None:
    away(session, "hanna")
    to = hand(session, ticket, "aino", "hanna")
    assert to.person.login in {"maria", "johan", "gunilla"}
    assert to.team.code == "demo-families"


def test_a_team_where_nobody_is_there_leaves_it_to_whoever_answers_for_the_matter(
    session: Session, ticket: Ticket
) -> None:
    health = team(session, "demo-health")
    for member in health.members:
        away(session, member.person.login)
    to = hand_to(session, ticket, "aino", Receiver(team_id=health.id))
    assert to.team.code == "demo-families"
    assert to.person.login != "aino"


def test_one_who_has_left_is_given_nothing(session: Session, ticket: Ticket) -> None:
    person(session, "hanna").active = False
    with pytest.raises(ReceiverUnfit):
        hand(session, ticket, "aino", "hanna")


def test_one_who_may_not_answer_is_given_nothing(session: Session, ticket: Ticket) -> None:
    person(session, "hanna").roles = ["auditor"]
    with pytest.raises(ReceiverUnfit):
        hand(session, ticket, "aino", "hanna")


@pytest.mark.parametrize(
    "receiver",
    [Receiver(service_id="none"), Receiver(team_id=9_999), Receiver(person_id=9_999)],
)
def test_an_unknown_receiver_is_refused(
    session: Session, ticket: Ticket, receiver: Receiver
) -> None:
    with pytest.raises(ReceiverUnknown):
        hand_to(session, ticket, "aino", receiver)


def test_a_transfer_names_exactly_one_receiver() -> None:
    with pytest.raises(ReceiverUnclear):
        Receiver()
    with pytest.raises(ReceiverUnclear):
        Receiver(team_id=1, person_id=1)


def test_a_matter_is_not_handed_to_who_has_it(session: Session, ticket: Ticket) -> None:
    with pytest.raises(TakenAlready, match="Aino"):
        hand(session, ticket, "hanna", "aino")


def test_where_nobody_else_is_there_the_matter_stays(session: Session, ticket: Ticket) -> None:
    for one in session.scalars(select(Person)).all():
        if one.login != "aino":
            away(session, one.login)
    with pytest.raises(NobodyElse):
        hand_to(session, ticket, "aino", Receiver(service_id=SERVICE))
    assert ticket.owner.login == "aino"


def test_a_closed_matter_is_not_handed_on(session: Session, ticket: Ticket) -> None:
    tickets.close(session, ticket, person(session, "aino"), now=LATER)
    with pytest.raises(TicketClosed):
        hand(session, ticket, "aino", "hanna")
    with pytest.raises(TicketClosed):
        take(session, ticket, "hanna")


def test_a_transfer_from_a_page_that_shows_an_earlier_owner_is_refused(
    session: Session, ticket: Ticket
) -> None:
    aino = person(session, "aino")
    take(session, ticket, "hanna")
    with pytest.raises(TakenAlready, match="Hanna"):
        transfer(
            session,
            ticket,
            aino,
            Receiver(person_id=person(session, "johan").id),
            reason="Kuuluu sinne",
            tell=tell,
            now=LATER,
            seen_owner_id=aino.id,
        )


# --- who answers for it ---


def test_the_sender_answers_for_the_matter_until_it_is_accepted(
    session: Session, ticket: Ticket
) -> None:
    hand(session, ticket, "aino", "hanna")
    assert accountable(ticket).login == "aino"
    accept(session, ticket, person(session, "hanna"), now=LATER)
    assert accountable(ticket).login == "hanna"
    assert [line.audience for line in said(session, ticket, "accepted")] == ["staff"]


def test_one_who_has_left_answers_for_nothing(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    person(session, "aino").active = False
    assert accountable(ticket).login == "hanna"


def test_accepting_twice_is_accepting_once(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    for _ in range(2):
        accept(session, ticket, person(session, "hanna"), now=LATER)
    assert len(said(session, ticket, "accepted")) == 1


def test_nobody_accepts_for_another(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    with pytest.raises(TakenAlready, match="Hanna"):
        accept(session, ticket, person(session, "johan"), now=LATER)
    assert accountable(ticket).login == "aino"


def test_who_answers_has_accepted(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    tickets.answer(session, ticket, person(session, "hanna"), "Hei!", now=LATER)
    assert accountable(ticket).login == "hanna"


def test_an_answer_of_another_accepts_nothing(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    tickets.answer(session, ticket, person(session, "aino"), "Hei!", now=LATER)
    assert accountable(ticket).login == "aino"


def test_who_takes_over_has_accepted(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    take(session, ticket, "johan")
    assert (ticket.owner.login, accountable(ticket).login) == ("johan", "johan")


# --- no reject ---


def test_a_wrong_receiver_hands_it_on(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    hand(session, ticket, "hanna", "johan")
    assert (ticket.owner.login, accountable(ticket).login) == ("johan", "hanna")


def test_an_unaccepted_matter_never_goes_back(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    hand(session, ticket, "hanna", "johan")
    for earlier in ("aino", "hanna"):
        with pytest.raises(HandedOnAlready):
            hand(session, ticket, "johan", earlier)
    for _ in range(3):
        to = hand_to(session, ticket, ticket.owner.login, Receiver(service_id=SERVICE))
        assert to.person.login not in {"aino", "hanna"}


def test_an_unaccepted_matter_visits_each_person_once_at_most(
    session: Session, ticket: Ticket
) -> None:
    everybody = session.scalars(select(Person)).all()
    seen = [ticket.owner.login]
    for _ in everybody:
        try:
            to = hand_to(session, ticket, ticket.owner.login, Receiver(service_id=SERVICE))
        except NobodyElse:
            break
        seen.append(to.person.login)
    assert 3 < len(seen) < len(everybody)
    assert len(seen) == len(set(seen))
    assert ticket.owner.login == seen[-1]


def test_an_accepted_matter_may_go_to_anybody(session: Session, ticket: Ticket) -> None:
    hand(session, ticket, "aino", "hanna")
    accept(session, ticket, person(session, "hanna"), now=LATER)
    assert hand(session, ticket, "hanna", "aino").person.login == "aino"


# --- taking over ---


def take(session: Session, ticket: Ticket, login: str, seen: str = "") -> None:
    owner = person(session, seen) if seen else ticket.owner
    take_over(session, ticket, person(session, login), seen_owner_id=owner.id, now=LATER)


def test_a_matter_taken_over_is_in_a_team_of_who_took_it(session: Session, ticket: Ticket) -> None:
    take(session, ticket, "leena")
    assert (ticket.owner.login, ticket.team.code) == ("leena", "demo-health")


def test_one_in_no_team_takes_it_for_the_team_where_it_is(session: Session, ticket: Ticket) -> None:
    only(session, team(session, "demo-health"), "sanna", "eero")
    take(session, ticket, "leena")
    assert (ticket.owner.login, ticket.team.code) == ("leena", "demo-families")


def test_taking_what_is_taken_tells_who_has_it(session: Session, ticket: Ticket) -> None:
    take(session, ticket, "hanna", seen="aino")
    with pytest.raises(TakenAlready, match="Hanna"):
        take(session, ticket, "johan", seen="aino")


def test_taking_twice_is_taking_once(session: Session, ticket: Ticket) -> None:
    for _ in range(2):
        take(session, ticket, "hanna", seen="aino")
    assert len(said(session, ticket, "accepted")) == 1


def test_who_hands_a_matter_on_to_themselves_takes_it_over(
    session: Session, ticket: Ticket
) -> None:
    hand(session, ticket, "hanna", "hanna")
    assert (ticket.owner.login, accountable(ticket).login) == ("hanna", "hanna")
    assert said(session, ticket, "transferred")


def test_the_bot_answers_again_when_who_had_the_chat_hands_the_matter_on(
    session: Session, ticket: Ticket
) -> None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    conversations.take_floor(conversation, person(session, "aino"))
    hand(session, ticket, "aino", "hanna")
    assert conversation.floor == "bot"


def test_who_has_another_matter_in_the_chat_stays_in_it(session: Session, ticket: Ticket) -> None:
    conversation = session.get_one(Conversation, ticket.conversation_id)
    add_service(session, "s2")
    other = tickets.Matter("Toinen", "asked", "s2")
    tickets.take(session, conversation, other, now=LATER).ticket.owner = person(session, "aino")
    conversations.take_floor(conversation, person(session, "aino"))
    hand(session, ticket, "aino", "hanna")
    assert conversation.floor == "staff"


@pytest.mark.parametrize("round_", range(5))
def test_of_two_who_take_a_matter_at_once_one_wins_and_the_other_sees_who(
    house: Database, round_: int
) -> None:
    """On two connections, as two processes would be."""
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        ticket = a_matter(session)
    second = Database(house.url)
    start = threading.Barrier(2)

    def take_it(asked: tuple[Database, str]) -> str:
        at, login = asked
        start.wait()
        try:
            with at.writing() as session:
                mine = session.get_one(Ticket, ticket.id)
                me = person(session, login)
                take_over(session, mine, me, seen_owner_id=ticket.owner_id, now=LATER)
            return me.name
        except TakenAlready as taken:
            return f"taken by {taken.name}"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(take_it, [(house, "hanna"), (second, "johan")]))
    second.dispose()
    with house.reading() as session:
        winner = session.get_one(Ticket, ticket.id).owner.name
    assert told == [winner, f"taken by {winner}"]


def test_a_transfer_that_fails_leaves_everything_as_it_was(house: Database) -> None:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        ticket = a_matter(session)

    def broken(who: Person, of: Team) -> str:
        raise RuntimeError

    def hand_it_on() -> None:
        with house.writing() as session:
            mine = session.get_one(Ticket, ticket.id)
            to = Receiver(person_id=person(session, "hanna").id)
            aino = person(session, "aino")
            transfer(session, mine, aino, to, reason="Kuuluu sinne", tell=broken, now=LATER)

    with pytest.raises(RuntimeError):
        hand_it_on()
    with house.reading() as session:
        kept = session.get_one(Ticket, ticket.id)
        assert (kept.owner.login, kept.handed_by_id) == ("aino", None)
        assert not said(session, kept, "transferred") + said(session, kept, "note")


def test_what_is_late_is_for_whoever_is_there_now(session: Session, ticket: Ticket) -> None:
    away(session, "hanna", start=ticket.due_at - DAY, end=ticket.due_at + DAY)
    to = Receiver(person_id=person(session, "hanna").id)
    late = ticket.due_at + 2 * DAY
    aino = person(session, "aino")
    found = transfer(session, ticket, aino, to, reason="Kuuluu sinne", tell=tell, now=late)
    assert found.person.login == "hanna"
