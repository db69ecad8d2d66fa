"""In the chat a customer who wants a call chooses when, and has the time that was chosen."""

from __future__ import annotations

from actions.first_look import Given
from catalog.personal_data import contact
from desk import callbacks
from desk.conversations import pending
from desk.models import Ticket
from tests.desk.matters import everybody_is_there
from tests.foundation import Talk, Told

NUMBER = "044 765 4321"


def given(text: str) -> Given:
    found = contact(text)
    assert found is not None
    return Given(found, alone=True)


def asked(talk: Talk, wish: str = "voisko joku soittaa mulle") -> Told:
    with talk.desk.writing() as session:
        everybody_is_there(session)
    talk.write(wish, "call_me_back")
    return talk.told(talk.open(NUMBER, given(NUMBER)))


def booked(talk: Talk, ticket: Ticket | None) -> str | None:
    assert ticket is not None
    with talk.desk.reading() as session:
        call = callbacks.booked(session, session.get_one(Ticket, ticket.id))
        return call.starts_at.isoformat() if call else None


def test_after_the_number_come_times_to_choose_from(talk: Talk) -> None:
    told = asked(talk)
    assert "Milloin sinulle sopisi" in told.said
    assert told.buttons == [
        "keskiviikkona 11.3. klo 12.30",
        "torstaina 12.3. klo 8.00",
        "torstaina 12.3. klo 12.00",
    ]


def test_the_time_that_is_pressed_is_booked(samtal: Talk) -> None:
    told = asked(samtal, "kan nån ringa mig")
    assert told.buttons[1] == "torsdag 12.3 kl. 8.00"
    done = samtal.told(samtal.open("torsdag 12.3 kl. 8.00"))
    assert "vi ringer dig torsdag 12.3 kl. 8.00 eller strax därefter" in done.said
    assert done.kind == "handover"
    assert booked(samtal, done.ticket) == "2026-03-12T06:00:00+00:00"
    assert pending(done.conversation).slots == ()


def test_its_place_in_the_list_will_do(talk: Talk) -> None:
    asked(talk)
    done = talk.told(talk.open("ensimmäinen"))
    assert booked(talk, done.ticket) == "2026-03-11T10:30:00+00:00"


def test_a_time_that_was_not_offered_is_not_taken_for_one_that_was(talk: Talk) -> None:
    ticket = asked(talk).ticket
    talk.write("torstaina 12.3. klo 9.00")
    assert booked(talk, ticket) is None


def test_a_time_that_is_gone_brings_others(talk: Talk) -> None:
    first = asked(talk)
    talk.desk.now.forward(hours=1)  # type: ignore[attr-defined]
    told = talk.told(talk.open(first.buttons[0]))
    assert "Sopisiko jokin näistä?" in told.said
    assert first.buttons[0] not in told.buttons
    assert booked(talk, told.ticket) is None


def test_a_number_in_the_wish_itself_brings_the_times_at_once(talk: Talk) -> None:
    with talk.desk.writing() as session:
        everybody_is_there(session)
    assert len(talk.write(f"soittakaa numeroon {NUMBER}", "call_me_back").buttons) == 3


def test_who_asked_for_no_call_is_offered_no_time(talk: Talk) -> None:
    talk.write("haluan ihmisen", "ask_person")
    told = talk.told(talk.open(NUMBER, given(NUMBER)))
    assert told.buttons == []


def test_who_asks_for_a_person_at_night_is_told_when_somebody_is_there(talk: Talk) -> None:
    with talk.desk.writing() as session:
        everybody_is_there(session)
    told = talk.write("haluan ihmisen", "ask_person")
    assert "Juuri nyt kukaan ei ole" not in told.said
    talk.desk.now.forward(hours=9)  # type: ignore[attr-defined]
    night = Talk(talk.desk).write("haluan ihmisen", "ask_person")
    assert "Seuraavan kerran joku on paikalla torstaina 12.3. klo 8.00." in night.said
