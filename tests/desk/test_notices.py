"""The outbox: each event told once, by a way that works, and a failure never the end of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.first_look import Given
from actions.hand import Desk
from api.database import Database
from catalog.personal_data import Contact
from desk import contacts, conversations, notices, telling, tickets
from desk.conversations import Place, say
from desk.models import Conversation, Message, Ticket
from desk.notices import BACK_OFF, LEASE, Refusal, channels_open
from desk.records import Notice
from desk.tickets import Matter
from tests.foundation import WEDNESDAY_NOON, Clock, PlantedFinder, Talk, a_desk

NOW = WEDNESDAY_NOON
MAIL, PHONE, LANDLINE = "aino@esimerkki.fi", "+358401234567", "+35892345678"
LATER = Refusal("SMTP 451 4.3.0", retry=True)
NEVER = Refusal("SMTP 550 5.1.1", retry=False)


@pytest.fixture
def telling_house(house: Database) -> Iterator[Database]:
    """The house with both ways out of the desk open."""
    database = Database(house.url, channels_open(("email", "sms")))
    yield database
    database.dispose()


def a_ticket(session: Session, *ways: str, language: str = "fi") -> Ticket:
    conversation = conversations.begin(session, language=language, place=Place(), now=NOW)
    say(session, conversation, author="customer", text="Katuvalo on rikki", now=NOW)
    ticket = tickets.take(session, conversation, Matter("Katuvalo", "asked"), now=NOW).ticket
    for way in ways:
        contacts.keep(ticket, way)
    return ticket


def written(session: Session) -> list[Notice]:
    return list(session.scalars(select(Notice).order_by(Notice.id)))


def notes(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    found = select(Message.data).where(Message.ticket_id == ticket.id, Message.kind == "note")
    return list(session.scalars(found))


# --- writing ---


def test_what_is_told_twice_is_one_notice(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        first = telling.taken(session, ticket, now=NOW)
        again = telling.taken(session, ticket, now=NOW)
        assert first is not None
        assert first is again
        assert len(written(session)) == 1


def test_a_notice_says_code_owner_and_due_time_and_nothing_of_the_matter(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL, language="sv")
        notice = telling.taken(session, ticket, now=NOW)
        assert notice is not None
        assert (notice.channel, notice.recipient, notice.language) == ("email", MAIL, "sv")
        assert notice.values == {
            "code": ticket.code,
            "owner": ticket.owner.name,
            "due_at": ticket.due_at.isoformat(),
        }


def test_a_matter_that_waits_for_no_answer_is_told_without_a_time(telling_house: Database) -> None:
    with telling_house.writing() as session:
        answered, late = a_ticket(session, MAIL), a_ticket(session, MAIL)
        answered.stage = "answered"
        for ticket, now in ((answered, NOW), (late, late.due_at)):
            notice = telling.owner_changed(session, ticket, now=now)
            assert notice is not None
            assert notice.values["due_at"] is None


def test_a_notice_does_not_name_a_protected_owner(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        ticket.owner.protected = True
        notice = telling.taken(session, ticket, now=NOW)
        assert notice is not None
        assert notice.values["owner"] == ticket.team.name_fi


def test_without_a_way_out_nothing_is_written(house: Database) -> None:
    with house.writing() as session:
        assert telling.taken(session, a_ticket(session, MAIL), now=NOW) is None
        assert written(session) == []


@pytest.mark.parametrize("ways", [(), (LANDLINE,)])
def test_without_a_usable_contact_nothing_is_written(
    telling_house: Database, ways: tuple[str, ...]
) -> None:
    with telling_house.writing() as session:
        assert telling.taken(session, a_ticket(session, *ways), now=NOW) is None
        assert written(session) == []


def test_a_mobile_number_is_told_by_text_message(telling_house: Database) -> None:
    with telling_house.writing() as session:
        notice = telling.taken(session, a_ticket(session, PHONE), now=NOW)
        assert notice is not None
        assert (notice.channel, notice.recipient) == ("sms", PHONE)


def test_a_notice_is_gone_with_the_transaction_that_it_tells_of(telling_house: Database) -> None:
    def fails_after_telling() -> None:
        with telling_house.writing() as session:
            telling.taken(session, a_ticket(session, MAIL), now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_after_telling()
    with telling_house.reading() as session:
        assert written(session) == []


def test_nobodys_mailbox_is_filled_by_matters_opened_in_their_name(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        told = [telling.taken(session, a_ticket(session, MAIL), now=NOW) for _ in range(8)]
        assert [one is not None for one in told] == [True] * 5 + [False] * 3
        tomorrow = NOW + timedelta(days=1, minutes=1)
        assert telling.taken(session, a_ticket(session, MAIL), now=tomorrow) is not None


def test_a_live_chat_is_one_notice_of_an_answer_until_the_customer_writes(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        conversation = session.get_one(Conversation, ticket.conversation_id)
        for text in ("Hei", "Katson", "Valo korjataan"):
            say(session, conversation, author="staff", text=text, now=NOW, ticket_id=ticket.id)
            telling.answered(session, ticket, now=NOW)
        assert len(written(session)) == 1
        say(session, conversation, author="customer", text="Milloin?", now=NOW)
        telling.answered(session, ticket, now=NOW)
        assert len(written(session)) == 2


def test_who_reads_the_answer_in_the_chat_gets_no_notice_of_it(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        notice = telling.answered(session, ticket, now=NOW)
        assert notice is not None
        assert notices.lease(session, "one", now=NOW + timedelta(minutes=4)) == []
        conversation = session.get_one(Conversation, ticket.conversation_id)
        later = NOW + timedelta(minutes=4)
        say(session, conversation, author="customer", text="Kiitos", now=later)
        assert notices.lease(session, "one", now=NOW + timedelta(hours=1)) == []
        assert written(session) == []


def test_who_does_not_write_gets_the_notice_after_five_minutes(telling_house: Database) -> None:
    with telling_house.writing() as session:
        telling.answered(session, a_ticket(session, MAIL), now=NOW)
        assert len(notices.lease(session, "one", now=NOW + timedelta(minutes=5))) == 1


def test_an_answer_that_also_closes_is_told_once(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        telling.answered(session, ticket, now=NOW)
        telling.closed(session, ticket, now=NOW)
        assert [one.template for one in written(session)] == ["closed"]


def test_a_closed_matter_is_not_told_as_taken(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        ticket.stage = "closed"
        assert telling.taken(session, ticket, now=NOW) is None


# --- where contacts are kept ---


def test_a_contact_given_in_the_chat_is_told_that_the_matter_is_taken(
    telling_house: Database, clock: Clock, planted: PlantedFinder
) -> None:
    with ThreadPoolExecutor(2) as pool:
        talk = Talk(a_desk(telling_house, clock, planted, pool))
        talk.write("haluan puhua ihmiselle", "ask_person")
        told = talk.told(talk.open(MAIL, Given(Contact("email", MAIL), alone=True)))
        talk.open(PHONE, Given(Contact("phone", PHONE), alone=True))
    with telling_house.reading() as session:
        assert told.ticket is not None
        (notice,) = written(session)
        assert (notice.template, notice.recipient) == ("taken", MAIL)
        kept = session.get_one(Ticket, told.ticket.id)
        assert {way.recipient for way in contacts.ways(kept)} == {MAIL, PHONE}


def test_a_second_address_takes_the_firsts_place_and_leaves_the_number(desk: Desk) -> None:
    with desk.writing() as session:
        ticket = a_ticket(session, "aion@esimerkki.fi", PHONE, MAIL)
        assert {way.recipient for way in contacts.ways(ticket)} == {MAIL, PHONE}
        assert contacts.ways(ticket)[0].channel == "email"


def test_two_contacts_too_long_together_leave_the_newer(desk: Desk) -> None:
    long = "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + ".fi"
    with desk.writing() as session:
        ticket = a_ticket(session, PHONE, long)
        assert contacts.ways(ticket)[0].recipient == long
        assert len(ticket.contact or "") <= contacts.LONGEST


# --- leasing ---


def test_a_leased_notice_is_nobody_elses_until_the_lease_ends(telling_house: Database) -> None:
    with telling_house.writing() as session:
        telling.taken(session, a_ticket(session, MAIL), now=NOW)
        (leased,) = notices.lease(session, "one", now=NOW)
        assert leased.lease == "one"
        assert notices.lease(session, "two", now=NOW + LEASE - timedelta(seconds=1)) == []
        (again,) = notices.lease(session, "two", now=NOW + LEASE)
        assert again.lease == "two"


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_ran_ahead_and_was_set_right_leaves_no_notice_waiting_for_it(
    telling_house: Database, ahead: timedelta
) -> None:
    with telling_house.writing() as session:
        for address in (MAIL, "toinen@esimerkki.fi"):
            telling.taken(session, a_ticket(session, address), now=NOW + ahead)
        (in_hand,) = notices.lease(session, "killed", now=NOW + ahead, limit=1)
        assert notices.any_due(session, now=NOW)
        found = notices.lease(session, "alive", now=NOW)
        assert {one.id for one in found} == {one.id for one in written(session)}
        assert in_hand in found
        assert not notices.any_due(session, now=NOW)
        assert notices.lease(session, "third", now=NOW) == []
        refused = notices.refused(session, in_hand.id, "alive", LATER, now=NOW)
        assert refused == "waiting"
        assert notices.lease(session, "alive", now=NOW) == []
        (again,) = notices.lease(session, "alive", now=NOW + BACK_OFF[0])
        assert again is in_hand


def test_machines_whose_clocks_differ_by_less_than_a_lease_never_share_a_notice(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        telling.taken(session, a_ticket(session, MAIL), now=NOW)
        assert notices.lease(session, "one", now=NOW)
        assert notices.lease(session, "two", now=NOW - LEASE) == []
        assert notices.lease(session, "two", now=NOW + LEASE - timedelta(seconds=1)) == []


def test_senders_that_lease_at_once_never_share_a_notice(telling_house: Database) -> None:
    with telling_house.writing() as session:
        for number in range(40):
            telling.taken(session, a_ticket(session, f"a{number}@esimerkki.fi"), now=NOW)
    others = [Database(telling_house.url, channels_open(("email",))) for _ in range(4)]

    def lease_all(worker: int) -> list[int]:
        taken: list[int] = []
        while True:
            with others[worker].writing() as session:
                leased = notices.lease(session, str(worker), now=NOW, limit=3)
            if not leased:
                return taken
            taken += [one.id for one in leased]

    with ThreadPoolExecutor(4) as pool:
        each = list(pool.map(lease_all, range(4)))
    for database in others:
        database.dispose()
    together = [one for taken in each for one in taken]
    assert len(together) == 40
    assert len(set(together)) == 40


def test_what_was_sent_is_never_leased_again(telling_house: Database) -> None:
    with telling_house.writing() as session:
        telling.taken(session, a_ticket(session, MAIL), now=NOW)
        (leased,) = notices.lease(session, "one", now=NOW)
        assert notices.sent(session, leased.id, now=NOW)
        assert not notices.sent(session, leased.id, now=NOW)
        assert notices.lease(session, "two", now=NOW + timedelta(days=9)) == []


def test_who_has_lost_the_lease_cannot_refuse(telling_house: Database) -> None:
    with telling_house.writing() as session:
        telling.taken(session, a_ticket(session, MAIL), now=NOW)
        (leased,) = notices.lease(session, "one", now=NOW)
        notices.lease(session, "two", now=NOW + LEASE)
        assert notices.refused(session, leased.id, "one", NEVER, now=NOW + LEASE) is None
        assert leased.state == "waiting"


# --- refusals ---


def refuse(
    session: Session, ticket: Ticket, refusal: Refusal, now: Any = NOW
) -> tuple[str | None, Notice]:
    (leased,) = notices.lease(session, "one", now=now)
    return notices.refused(session, leased.id, "one", refusal, now=now), leased


def test_a_refusal_for_now_is_tried_again_later_and_later_and_then_fails(
    telling_house: Database,
) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        telling.taken(session, ticket, now=NOW)
        at = NOW
        for wait in BACK_OFF:
            state, notice = refuse(session, ticket, LATER, at)
            assert (state, notice.next_at) == ("waiting", at + wait)
            assert notices.lease(session, "one", now=at + wait - timedelta(seconds=1)) == []
            assert ticket.tags == []
            at += wait
        state, notice = refuse(session, ticket, LATER, at)
        assert (state, notice.attempts) == ("failed", 6)
        assert notices.lease(session, "one", now=at + timedelta(days=9)) == []


def test_a_notice_that_failed_is_before_the_owner(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        telling.taken(session, ticket, now=NOW)
        _, notice = refuse(session, ticket, NEVER)
        assert ticket.tags == [notices.FAILED]
        assert notes(session, ticket) == [
            {
                "why": "notice_last",
                "notice": notice.id,
                "template": "taken",
                "channel": "email",
                "problem": "SMTP 550 5.1.1",
                "next": None,
            }
        ]
        line = session.scalars(select(Message).where(Message.kind == "note")).one()
        assert (line.author, line.audience) == ("desk", "staff")


def test_the_other_way_is_tried_before_the_owner_must(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL, PHONE)
        telling.taken(session, ticket, now=NOW)
        refuse(session, ticket, NEVER)
        assert ticket.tags == []
        assert [one["next"] for one in notes(session, ticket)] == ["sms"]
        _, by_phone = refuse(session, ticket, NEVER)
        assert (by_phone.channel, by_phone.recipient, by_phone.template) == ("sms", PHONE, "taken")
        assert ticket.tags == [notices.FAILED]
        assert [one["next"] for one in notes(session, ticket)] == ["sms", None]
        assert len(written(session)) == 2


def test_a_notice_that_goes_through_later_takes_the_mark_away(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        telling.taken(session, ticket, now=NOW)
        refuse(session, ticket, NEVER)
        telling.owner_changed(session, ticket, now=NOW)
        (leased,) = notices.lease(session, "one", now=NOW)
        notices.sent(session, leased.id, now=NOW)
        assert ticket.tags == []


def test_a_transfer_and_a_new_promise_are_told_each_time(telling_house: Database) -> None:
    with telling_house.writing() as session:
        ticket = a_ticket(session, MAIL)
        conversation = session.get_one(Conversation, ticket.conversation_id)
        for kind in ("transferred", "promised", "transferred"):
            say(session, conversation, author="desk", kind=kind, text="…", now=NOW)
            tell = telling.owner_changed if kind == "transferred" else telling.promise_changed
            tell(session, ticket, now=NOW)
            tell(session, ticket, now=NOW)
        assert [one.template for one in written(session)] == ["owner", "promise", "owner"]


def test_a_notice_goes_to_its_own_tickets_customer_alone(telling_house: Database) -> None:
    with telling_house.writing() as session:
        first, second = a_ticket(session, MAIL), a_ticket(session)
        telling.taken(session, first, now=NOW)
        assert telling.taken(session, second, now=NOW) is None
        assert [one.ticket_id for one in written(session)] == [first.id]
