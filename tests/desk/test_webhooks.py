"""What the agencies' own systems are told: each event of a ticket, in order and without words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from actions.hand import Desk
from api.database import Database
from desk import conversations, customers, tickets, transfers, webhooks
from desk.conversations import Place
from desk.door_records import Delivery, Webhook
from desk.models import Ticket
from desk.outbox import LEASE, Refusal
from desk.tickets import Matter
from desk.transfers import Receiver
from desk.webhooks import BACK_OFF, CLOCK, GONE, KEPT
from tests.desk.matters import everybody_is_there
from tests.foundation import WEDNESDAY_NOON, Clock, Talk, person

NOW = WEDNESDAY_NOON
URL = "https://asianhallinta.esimerkki.fi/luukku"
LATER = Refusal("HTTP 503", retry=True)


@pytest.fixture
def telling_house(house: Database, clock: Clock) -> Iterator[Database]:
    database = Database(house.url, {CLOCK: clock})
    yield database
    database.dispose()


def a_webhook(session: Session, url: str = URL, *events: str) -> Webhook:
    return webhooks.add(session, url, events, now=NOW)


def a_ticket(session: Session, words: str = "Koira karkasi") -> Ticket:
    conversation = conversations.begin(session, language="fi", place=Place(), now=NOW)
    return tickets.take(session, conversation, Matter(words, "asked"), now=NOW).ticket


def told(session: Session) -> list[Delivery]:
    return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def names(session: Session) -> list[str]:
    return [one.event for one in told(session)]


def fresh(session: Session) -> None:
    """What was told until now is forgotten, so that a test sees what comes."""
    session.execute(text("delete from delivery"))


# --- what is told ---


def test_a_matter_is_told_of_from_beginning_to_end(telling_house: Database) -> None:
    with telling_house.writing() as session:
        everybody_is_there(session)
        a_webhook(session)
        ticket, eero = a_ticket(session), person(session, "eero")
        customers.add(session, ticket, "Se on ruskea", now=NOW)
        tickets.change_due(session, ticket, NOW + timedelta(days=3), text="Huomenna", now=NOW)
        tickets.answer(session, ticket, eero, "Löytyi", now=NOW)
        customers.add(session, ticket, "Kiitos!", now=NOW)
        tickets.answer(session, ticket, eero, "Hyvä", now=NOW)
        tickets.close(session, ticket, eero, now=NOW)
        customers.reopen(session, ticket, "Karkasi taas", now=NOW + timedelta(days=9))
        assert names(session) == [
            "ticket.opened",
            "ticket.message_added",
            "ticket.due_changed",
            "ticket.message_added",
            "ticket.answered",
            "ticket.due_changed",  # the customer wrote on: an answer is promised anew
            "ticket.message_added",
            "ticket.message_added",
            "ticket.answered",
            "ticket.closed",
            "ticket.reopened",
            "ticket.due_changed",
            "ticket.message_added",
        ]


def test_a_matter_handed_on_is_told_of_with_its_new_team(telling_house: Database) -> None:
    with telling_house.writing() as session:
        everybody_is_there(session)
        a_webhook(session)
        ticket = a_ticket(session)
        fresh(session)
        to = next(one for one in ("aino", "maria") if person(session, one).id != ticket.owner_id)
        transfers.transfer(
            session,
            ticket,
            ticket.owner,
            Receiver(person_id=person(session, to).id),
            reason="Osaa tämän",
            tell=lambda who, team: "Asiasi siirtyi.",
            now=NOW,
        )
        (moved,) = told(session)
        assert moved.event == "ticket.owner_changed"
        data = moved.body["data"]["ticket"]
        assert (data["owner_id"], data["team"]) == (person(session, to).id, ticket.team.code)


def test_nothing_that_anybody_wrote_or_is_called_is_told(telling_house: Database) -> None:
    secret_words = "Puhelimeni on 040 123 4567 ja nimeni Aino Asiakas"
    with telling_house.writing() as session:
        everybody_is_there(session)
        a_webhook(session)
        ticket, eero = a_ticket(session, secret_words), person(session, "eero")
        customers.add(session, ticket, secret_words, now=NOW)
        tickets.answer(session, ticket, eero, secret_words, now=NOW)
        sent = json.dumps([one.body for one in told(session)], ensure_ascii=False)
        assert len(told(session)) >= 4
        hidden = ["040", "+35840", "Aino Asiakas", "Puhelimeni", eero.name, ticket.owner.name]
        assert ticket.contact
        assert not [one for one in (*hidden, ticket.contact) if one in sent]
        assert all(one.body["data"]["ticket"]["code"] == ticket.code for one in told(session))


def test_a_customers_turn_is_told_as_a_ticket_and_its_message(
    desk: Desk, telling_house: Database, clock: Clock
) -> None:
    with telling_house.writing() as session:
        a_webhook(session)
    over = replace(desk, writing=telling_house.writing, reading=telling_house.reading)
    ticket = Talk(over).write("Haluan puhua ihmiselle", "ask_person").ticket
    assert ticket is not None
    with telling_house.reading() as session:
        opened, added = told(session)
        assert (opened.event, added.event) == ("ticket.opened", "ticket.message_added")
        assert opened.body["data"]["ticket"]["due_at"] == ticket.due_at.isoformat()
        assert added.body["data"]["message"]["author"] == "customer"
        assert opened.body["timestamp"] == clock.at.isoformat()


def test_what_is_rolled_back_is_not_told(telling_house: Database) -> None:
    with telling_house.writing() as session:
        a_webhook(session)

    def fails() -> None:
        with telling_house.writing() as session:
            a_ticket(session)
            assert len(told(session)) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with telling_house.reading() as session:
        assert told(session) == []


def test_each_webhook_is_told_what_it_asked_for_and_a_paused_one_nothing(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        everything = a_webhook(session)
        closings = a_webhook(session, f"{URL}/2", "ticket.closed")
        paused = a_webhook(session, f"{URL}/3")
        paused.active = False
        session.flush()
        ticket = a_ticket(session)
        tickets.close(session, ticket, ticket.owner, now=NOW)
        by_hook: dict[int, list[str]] = {}
        for one in told(session):
            by_hook.setdefault(one.webhook_id, []).append(one.event)
        assert by_hook == {
            everything.id: ["ticket.opened", "ticket.closed"],
            closings.id: ["ticket.closed"],
        }
        keys = {one.key for one in told(session) if one.event == "ticket.closed"}
        assert len(keys) == 1  # one event, whoever is told


def test_an_event_that_there_is_not_cannot_be_asked_for(telling_house: Database) -> None:
    with telling_house.writing() as session, pytest.raises(ValueError, match=r"ticket\.eaten"):
        a_webhook(session, URL, "ticket.eaten")


# --- on its way ---


def leased(session: Session, worker: str = "w", at: Any = NOW) -> list[Delivery]:
    return webhooks.lease(session, worker, now=at)


def test_a_delivery_is_one_senders_alone_until_its_lease_ends(telling_house: Database) -> None:
    with telling_house.writing() as session:
        a_webhook(session)
        a_ticket(session)
        (one,) = leased(session, "first")
        assert leased(session, "second") == []
        (again,) = leased(session, "second", NOW + LEASE)
        assert again.id == one.id
        assert webhooks.refused(session, one.id, "first", LATER, now=NOW) is None
        assert webhooks.sent(session, one.id, now=NOW)
        assert not webhooks.sent(session, one.id, now=NOW)


def test_a_delivery_leased_by_a_clock_that_ran_ahead_goes_when_the_clock_is_right(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        a_webhook(session)
        a_ticket(session)
        (one,) = leased(session, "killed", NOW + timedelta(hours=1))
        (again,) = leased(session, "alive")
        assert again.id == one.id
        assert leased(session, "third") == []


def test_a_receiver_that_is_away_is_asked_for_two_days_and_then_no_more(
    telling_house: Database,
) -> None:
    at, asked = NOW, []
    with telling_house.writing() as session:
        a_webhook(session)
        a_ticket(session)
        for _ in range(len(BACK_OFF) + 1):
            (one,) = leased(session, "w", at)
            asked.append(at)
            state = webhooks.refused(session, one.id, "w", LATER, now=at)
            at = one.next_at
        assert state == "failed"
        assert asked[-1] - asked[0] == sum(BACK_OFF, timedelta())
        assert timedelta(days=2) <= asked[-1] - asked[0] <= timedelta(days=3)
        assert leased(session, "w", at + timedelta(days=9)) == []


def test_one_that_is_away_keeps_no_other_waiting(telling_house: Database) -> None:
    with telling_house.writing() as session:
        away = a_webhook(session, f"{URL}/away", "ticket.opened")
        for number in range(20):
            a_ticket(session, f"Asia {number}")
        there = a_webhook(session, f"{URL}/there")
        a_ticket(session, "Viimeinen asia")
        first = leased(session)
        assert {one.webhook_id for one in first} == {away.id}
        for one in first:
            webhooks.refused(session, one.id, "w", LATER, now=NOW)
        assert {one.webhook_id for one in leased(session)} == {there.id}
        assert len(leased(session, "w", NOW + BACK_OFF[0])) == 8  # they all come in time


def test_a_receiver_that_is_gone_for_good_is_paused(telling_house: Database) -> None:
    with telling_house.writing() as session:
        webhook = a_webhook(session)
        a_ticket(session)
        (one,) = leased(session)
        gone = Refusal(GONE, retry=False)
        assert webhooks.refused(session, one.id, "w", gone, now=NOW) == "failed"
        assert not webhook.active
        webhook.active = True
        session.flush()
        assert webhooks.again(session, webhook, now=NOW) == 1
        assert [each.id for each in leased(session)] == [one.id]


def test_numbers_only_grow_whatever_is_forgotten(telling_house: Database) -> None:
    with telling_house.writing() as session:
        stays, goes = a_webhook(session), a_webhook(session, f"{URL}/2")
        a_ticket(session)
        for one in leased(session):
            webhooks.sent(session, one.id, now=NOW)
        last = max(one.id for one in told(session))
        webhooks.remove(session, goes)
        mine = max(one.id for one in told(session))
        leased(session, "w", NOW + KEPT + timedelta(days=1))
        a_ticket(session)
        assert [one.webhook_id for one in told(session)] == [stays.id] * len(told(session))
        assert told(session)[-1].id > mine
        assert last > 1
