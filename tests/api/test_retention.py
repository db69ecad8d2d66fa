"""The clocks: what each of them removes, and what it leaves, on either database."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, select

from api.database import Database
from api.doors import Doors
from catalog.base import Base
from desk import access, conversations, erasing, retention, webhooks
from desk.access import Thing
from desk.conversations import Place
from desk.door_records import AccessEntry, Call, Delivery, PassCode
from desk.models import Conversation, StaffSession, Ticket
from desk.records import Notice
from tests.api.privacy_doors import EMAIL, house, matter, write
from tests.api.test_forgetting import closed, forget
from tests.foundation import Clock, Talk, person

__all__ = ["house"]  # a fixture


def test_a_talk_without_a_ticket_goes_after_its_last_word_and_a_lively_one_stays(
    botless_doors: Doors, house: Database, clock: Clock
) -> None:
    gone, stays = Talk(botless_doors.desk), Talk(botless_doors.desk)
    gone.write("Moi", "greet")
    stays.write("Moi", "greet")
    clock.forward(days=60)
    stays.write("Kiitos", "thanks")
    clock.forward(days=31)
    assert forget(botless_doors)["talks"] == 1
    with house.reading() as session:
        assert session.scalars(select(Conversation.id)).all() == [stays.conversation_id]


@pytest.mark.parametrize("tag", erasing.KEPT_FOR)
def test_an_open_or_held_matter_keeps_its_whole_talk(
    client: TestClient, botless_doors: Doors, house: Database, clock: Clock, tag: str
) -> None:
    open_one, held = matter(client, "Missä neuvola on?"), closed(client)
    with house.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == held.code)).one()
        ticket.tags = [*ticket.tags, tag]
    clock.forward(days=5_000)
    assert forget(botless_doors).keys() & {"talks", "contacts", "files"} == set()
    with house.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == held.code)).one()
        assert ticket.contact
        erasing.release(session, ticket)
    assert forget(botless_doors)["talks"] == 1
    with house.reading() as session:
        assert session.scalars(select(Ticket.code)).all() == [open_one.code]


def test_a_second_process_that_removes_the_same_does_no_harm(
    client: TestClient, botless_doors: Doors, house: Database, clock: Clock
) -> None:
    own = closed(client)
    clock.forward(days=731)
    clocks = botless_doors.settings.clocks
    with house.reading() as session:
        ids = retention.talks_due(session, clocks, now=clock(), most=10)
        tickets = retention.contacts_due(session, clocks, now=clock(), most=10)
    assert (len(ids), len(tickets)) == (1, 1)
    assert forget(botless_doors)["talks"] == 1
    with house.writing() as session:
        assert retention.remove_talk(session, ids[0], clocks, now=clock()) is None
        assert retention.remove_contact(session, tickets[0], clocks, now=clock()) is None
    assert client.post("/ticket", data=own.pair).status_code == 404
    again = write(client, "Missä neuvola on?", own.conversation_id)
    assert again["conversation_id"] != own.conversation_id


def test_a_talk_written_to_since_it_was_found_due_stays(
    botless_doors: Doors, house: Database, clock: Clock
) -> None:
    talk, clocks = Talk(botless_doors.desk), botless_doors.settings.clocks
    talk.write("Moi", "greet")
    clock.forward(days=91)
    with house.reading() as session:
        assert retention.talks_due(session, clocks, now=clock(), most=10) == [talk.conversation_id]
    talk.write("Olen täällä taas", "greet")
    with house.writing() as session:
        assert retention.remove_talk(session, talk.conversation_id, clocks, now=clock()) is None


def test_calls_codes_sessions_notices_events_and_old_looks_go(
    client: TestClient, botless_doors: Doors, house: Database, clock: Clock
) -> None:
    own, now = closed(client), clock()
    with house.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == own.code)).one()
        hook = webhooks.add(session, "https://example.org/hook", [], now=now)
        old = {"attempts": 0, "next_at": now}
        for number, state in enumerate(("sent", "failed", "waiting", "sent")):
            body = {"data": {"ticket": {"code": own.code}}}
            session.add(
                Delivery(webhook_id=hook.id, key=f"e{number}", event="x", body=body, state=state,
                         written_at=now, **old)
            )  # fmt: skip
            session.add(
                Notice(key=f"n{number}", ticket_id=ticket.id, channel="email", recipient=EMAIL,
                       language="fi", template="x", values={}, state=state, written_at=now, **old)
            )  # fmt: skip
        talk = conversations.begin(session, language="fi", place=Place(), now=now)
        session.add(Call(id="a", conversation_id=talk.id, opened_at=now, seen_at=now))
        session.add(PassCode(code_hash="b", conversation_id=talk.id, made_at=now, expires_at=now))
        who = person(session, "eero").id
        access.note(session, who, "saw", [Thing("ticket", own.code)], now=now)
    clock.forward(days=31)
    removed = forget(botless_doors)
    assert {"notices": 3, "deliveries": 2, "calls": 1, "codes": 1}.items() <= removed.items()
    with house.reading() as session:
        assert session.scalars(select(StaffSession)).all() == []
        states = session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
        assert states == ["waiting", "sent"]  # the last one of a webhook keeps the numbers rising
    clock.forward(days=1_825)
    forget(botless_doors)
    with house.reading() as session:
        left = session.scalars(select(AccessEntry)).all()
        assert len(left) == 1
        kept = botless_doors.settings.clocks.access
        assert access.verify(session, kept=kept, now=clock()) is None


def test_every_table_that_names_a_customers_talk_is_emptied_with_it(house: Database) -> None:
    emptied = {one.__table__.name for one in (*erasing.OF_TICKET, *erasing.OF_CONVERSATION)}
    emptied |= {"message", "turn", "ticket", "conversation"}
    found = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("conversation", "ticket", "turn", "message")
    }
    assert found <= emptied
    assert found <= set(inspect(house.engine).get_table_names())
