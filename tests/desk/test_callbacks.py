"""Calls back: offered where there is room, booked once, made by somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from api.database import Database
from desk import callback_slots, callbacks, callers
from desk.clock import HELSINKI
from desk.door_records import Callback
from desk.errors import CallbackUnknown, NoNumber, SlotTaken, TicketClosed
from tests.desk.calls import NUMBER, at, book, caller, on_duty, race_for_the_last_place, starts
from tests.desk.matters import away, everybody_is_there, families, only, said, team
from tests.foundation import WEDNESDAY_NOON, person


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as opened:
        everybody_is_there(opened)
        families(opened)
        yield opened


# --- what is offered ---


def test_the_offers_are_the_soonest_and_one_of_each_later_half_day(session: Session) -> None:
    ticket = caller(session)
    assert starts(callbacks.free(session, ticket, now=WEDNESDAY_NOON)) == [
        "Wed 12.30",
        "Thu 08.00",
        "Thu 12.00",
    ]


def test_who_rings_sees_the_call_a_quarter_of_an_hour_before(session: Session) -> None:
    ticket = caller(session)
    assert starts(callbacks.every(session, ticket, now=at(11, 12, 20)))[0] == "Wed 13.00"


def test_slots_are_whole_half_hours_of_five_working_days(session: Session) -> None:
    slots = callbacks.every(session, caller(session), now=at(11, 7))
    assert len(slots) == 5 * 16
    assert starts(slots)[0] == "Wed 08.00"
    assert starts(slots)[-1] == "Tue 15.30"
    assert not [one for one in starts(slots) if one.startswith(("Sat", "Sun"))]


def test_nobody_is_rung_on_a_day_off(session: Session) -> None:
    slots = callbacks.every(session, caller(session), now=datetime(2026, 4, 2, 7, tzinfo=HELSINKI))
    days = {one.starts_at.astimezone(HELSINKI).date().isoformat() for one in slots}
    assert days == {"2026-04-02", "2026-04-07", "2026-04-08", "2026-04-09", "2026-04-10"}


def test_the_rota_says_when_there_is_room(session: Session) -> None:
    on_duty(session, "aino", 3, 9, 10)
    slots = callbacks.every(session, caller(session), now=WEDNESDAY_NOON)
    assert starts(slots) == ["Thu 09.00", "Thu 09.30"]


def test_who_is_away_for_a_part_of_the_slot_makes_no_call_in_it(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino")
    away(session, "aino", start=at(12, 8, 45), end=at(30, 8))
    slots = starts(callbacks.every(session, caller(session), now=at(11, 15)))
    assert slots == ["Wed 15.30", "Thu 08.00"]


def test_a_swedish_customer_is_rung_by_one_who_speaks_swedish(session: Session) -> None:
    on_duty(session, "aino", 3, 9, 10)  # Finnish alone
    on_duty(session, "gunilla", 3, 13, 14)  # Swedish alone
    swedish = callbacks.every(session, caller(session, "sv", "maria"), now=WEDNESDAY_NOON)
    finnish = callbacks.every(session, caller(session), now=WEDNESDAY_NOON)
    assert starts(swedish) == ["Thu 13.00", "Thu 13.30"]
    assert starts(finnish) == ["Thu 09.00", "Thu 09.30"]


def test_where_nobody_is_there_nothing_is_offered(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino")
    away(session, "aino", end=at(30, 8))
    assert callbacks.free(session, caller(session), now=WEDNESDAY_NOON) == []


def test_the_desks_own_rhythm_cuts_the_slots_and_says_how_many_fit(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino")
    session.info.update(callback_slots.told(20, 2))
    first = caller(session)
    slot = callbacks.free(session, first, now=WEDNESDAY_NOON)[0]
    assert slot.ends_at - slot.starts_at == timedelta(minutes=20)
    callbacks.book(session, first, slot, now=WEDNESDAY_NOON)
    callbacks.book(session, caller(session), slot, now=WEDNESDAY_NOON)
    with pytest.raises(SlotTaken):
        callbacks.book(session, caller(session), slot, now=WEDNESDAY_NOON)


def test_a_peak_is_spread_over_the_emptier_slots(session: Session) -> None:
    for _ in range(2):
        book(session, caller(session), at(12, 8))
    offered = callbacks.free(session, caller(session), now=WEDNESDAY_NOON)
    assert starts(offered) == ["Wed 12.30", "Thu 08.30", "Thu 12.00"]


# --- booking ---


def test_a_booking_takes_its_place_and_the_thread_tells_it(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino")
    ticket = caller(session)
    kept = book(session, ticket, at(12, 8))
    assert (kept.state, kept.place, kept.team.code) == ("booked", 0, "demo-families")
    assert callbacks.booked(session, ticket) is kept
    assert [one.data["event"] for one in said(session, ticket, "callback")] == ["booked"]
    assert "Thu 08.00" not in starts(callbacks.every(session, caller(session), now=WEDNESDAY_NOON))
    with pytest.raises(SlotTaken):
        book(session, caller(session), at(12, 8))


def test_the_same_slot_again_is_the_same_booking(session: Session) -> None:
    ticket = caller(session)
    assert book(session, ticket, at(12, 8)) is book(session, ticket, at(12, 8))


def test_another_slot_changes_the_booking_and_frees_the_place(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino")
    ticket = caller(session)
    first = book(session, ticket, at(12, 8))
    second = book(session, ticket, at(12, 9))
    assert (first.state, first.place, second.state) == ("cancelled", None, "booked")
    assert "Thu 08.00" in starts(callbacks.every(session, caller(session), now=WEDNESDAY_NOON))


def test_a_change_to_a_slot_that_is_gone_leaves_the_booking_as_it_was(session: Session) -> None:
    only(session, team(session, "demo-families"), "aino")
    ticket = caller(session)
    first = book(session, ticket, at(12, 8))
    book(session, caller(session), at(12, 9))
    with pytest.raises(SlotTaken):
        book(session, ticket, at(12, 9))
    assert callbacks.booked(session, ticket) is first


@pytest.mark.parametrize("when", [at(12, 8, 10), at(12, 6), at(14, 9), at(11, 12), at(19, 9)])
def test_a_time_that_is_no_slot_is_refused(session: Session, when: datetime) -> None:
    with pytest.raises(SlotTaken):
        book(session, caller(session), when)


def test_without_a_number_nobody_can_ring(session: Session) -> None:
    ticket = caller(session)
    for contact in (None, "a@example.fi"):
        ticket.contact = contact
        with pytest.raises(NoNumber):
            book(session, ticket, at(12, 8))
    ticket.contact = f"a@example.fi {NUMBER}"
    assert book(session, ticket, at(12, 8)).state == "booked"


def test_a_closed_matter_books_no_call(session: Session) -> None:
    ticket = caller(session)
    ticket.stage = "closed"
    with pytest.raises(TicketClosed):
        book(session, ticket, at(12, 8))


def test_a_call_is_settled_once(session: Session) -> None:
    aino = person(session, "aino")
    ticket = caller(session)
    call = book(session, ticket, at(12, 8))
    callbacks.missed(session, call, aino, now=at(12, 8, 5))
    assert (call.state, call.place, ticket.stage) == ("missed", 0, "open")
    with pytest.raises(CallbackUnknown):
        callbacks.made(session, call, aino, now=at(12, 8, 6))
    callbacks.cancel(session, call, now=at(12, 8, 7))
    assert call.state == "missed"
    again = book(session, ticket, at(12, 10), now=at(12, 8, 10))
    callbacks.made(session, again, aino, now=at(12, 10, 5))
    assert (again.state, callbacks.booked(session, ticket)) == ("made", None)


# --- who rings ---


def who(session: Session, call: Callback) -> str:
    return next(
        one.person.login
        for one in callers.ringing(session, [call], now=WEDNESDAY_NOON)
        if one.covered
    )


def test_the_owner_rings_and_a_colleague_where_the_owner_is_away(session: Session) -> None:
    call = book(session, caller(session), at(12, 8))
    assert who(session, call) == "aino"
    away(session, "aino", end=at(30, 8))
    assert who(session, call) == "maria"


def test_calls_at_once_go_to_people_who_speak_their_languages(session: Session) -> None:
    only(session, team(session, "demo-families"), "maria", "aino")  # maria speaks both
    finnish = book(session, caller(session, "fi", "maria"), at(12, 8))
    swedish = book(session, caller(session, "sv", "maria"), at(12, 8))
    ringing = callers.ringing(session, [finnish, swedish], now=WEDNESDAY_NOON)
    assert [one.person.login for one in ringing] == ["aino", "maria"]


# --- two at once ---


def test_of_two_who_want_the_last_place_one_has_it_and_the_other_the_next(house: Database) -> None:
    race_for_the_last_place(house)
