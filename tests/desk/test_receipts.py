"""Documents left at a counter: each has an owner, a due time and a receipt."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Service
from desk import conversations, ownership, receipts
from desk.conversations import Place
from desk.door_records import Receipt
from desk.errors import NothingLeft, ReceiverUnknown
from desk.models import Message, Ticket
from desk.receipts import Left
from tests.foundation import Clock, Desk, person

LEFT = Left("Kirjasto, tiski 2", "Vuokrasopimus ja tiliotteet", 3)


def leave(session: Session, left: Left, now: datetime) -> Receipt:
    begun = conversations.begin(
        session, language="fi", place=Place(None), now=now, channel="counter"
    )
    eero = person(session, "eero")
    return receipts.receive(session, begun, left, eero, text="Jätit asiakirjoja.", now=now)


def a_service(session: Session) -> str:
    """A service that a team of its own answers for, and not the last resort."""
    for service_id in session.scalars(select(Service.id).where(Service.status == "current")):
        if len(ownership.teams_for(session, service_id, None)) > 1:
            return service_id
    raise AssertionError("no service has a team of its own")


def test_what_is_left_has_an_owner_a_due_time_and_a_receipt(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session:
        kept = leave(session, LEFT, clock())
        ticket = receipts.ticket_of(session, kept)
        assert (kept.documents, kept.place) == (3, "Kirjasto, tiski 2")
        assert kept.received_by.login == "eero"
        assert ticket.owner.active
        assert ticket.due_at > clock()
        assert (ticket.reason, ticket.tags) == ("documents", ["documents"])
        told = session.scalars(select(Message).where(Message.kind == "received")).one()
        assert (told.audience, told.text) == ("customer", "Jätit asiakirjoja.")
        assert told.data["documents"] == 3


def test_documents_for_a_service_go_to_those_who_answer_for_it(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session:
        service_id = a_service(session)
        kept = leave(session, Left("Kirjasto", "Liitteet", 1, service_id), clock())
        ticket = receipts.ticket_of(session, kept)
        assert ticket.service_id == service_id
        assert ticket.team in ownership.teams_for(session, service_id, None)
        assert not ticket.team.last_resort


def test_documents_of_which_nobody_knows_go_to_the_last_resort(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session:
        ticket = receipts.ticket_of(session, leave(session, LEFT, clock()))
        assert ticket.team.last_resort


def test_what_was_meant_for_another_place_is_marked_for_its_owner(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session:
        left = Left("Kirjasto", "Verottajan kirje", 1, misdelivered=True)
        ticket = receipts.ticket_of(session, leave(session, left, clock()))
        assert ticket.tags == ["documents", "misdelivered"]


@pytest.mark.parametrize(
    "left",
    [Left("Kirjasto", " ", 1), Left(" ", "Kirje", 1), Left("Kirjasto", "Kirje", 0)],
)
def test_nothing_is_received_without_what_where_and_how_many(
    desk: Desk, clock: Clock, left: Left
) -> None:
    with desk.writing() as session:
        with pytest.raises(NothingLeft):
            leave(session, left, clock())
        assert session.scalars(select(Ticket)).all() == []


def test_a_receiver_that_does_not_exist_is_refused(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session, pytest.raises(ReceiverUnknown):
        leave(session, Left("Kirjasto", "Kirje", 1, "no-such-service"), clock())


def test_a_button_pressed_twice_finds_the_receipt_and_another_customer_does_not(
    desk: Desk, clock: Clock
) -> None:
    with desk.writing() as session:
        kept, eero = leave(session, LEFT, clock()), person(session, "eero")
        clock.forward(seconds=5)
        assert receipts.just_received(session, LEFT, eero, now=clock()) is kept
        clock.forward(seconds=30)
        assert receipts.just_received(session, LEFT, eero, now=clock()) is None
