"""Wishes, feedback and worse: each is a ticket that says what it is, and nothing is dropped."""

from __future__ import annotations

import pytest

from desk.conversations import pending
from tests.foundation import PlantedFinder, Talk, add_service

WISHES = [
    ("call_me_back", "voisko joku soittaa mulle", "kan nån ringa mig", "callback"),
    ("feedback", "teidän sivut on sekavat", "era sidor är röriga", "feedback"),
    ("complaint", "kukaan ei vastaa, haluan selvityksen", "ingen svarar, jag klagar", "complaint"),
    ("ask_invoice", "lasku jota en ymmärrä", "en räkning som jag inte förstår", "invoice"),
    ("emergency", "täällä palaa", "det brinner här", "danger"),
    ("threat", "tulen sinne ja hajotan paikan", "jag kommer och slår sönder allt", "threat"),
]


@pytest.mark.parametrize(("intent", "fi", "sv", "tag"), WISHES)
def test_a_wish_is_a_ticket_that_says_what_it_is(
    talk: Talk, samtal: Talk, intent: str, fi: str, sv: str, tag: str
) -> None:
    for told in (talk.write(fi, intent), samtal.write(sv, intent)):
        assert told.kind == "handover"
        assert told.ticket is not None
        assert told.ticket.tags == [tag]


def test_a_call_back_asks_for_the_number_and_only_for_that(talk: Talk) -> None:
    told = talk.write("soittakaa takaisin", "call_me_back")
    assert "Mihin numeroon soitetaan?" in told.said
    assert "Se ei ole pakollista" not in told.said
    assert told.ticket is not None
    assert pending(told.conversation).contact_for == told.ticket.id


def test_a_number_given_with_the_wish_is_not_asked_for_again(talk: Talk) -> None:
    told = talk.write("soittakaa numeroon 050 123 4567", "call_me_back")
    assert "Mihin numeroon" not in told.said
    assert pending(told.conversation).contact_for is None


def test_a_call_back_is_about_what_was_told_before(talk: Talk, planted: PlantedFinder) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("päiväkoti", ("s1", 0.9))
    talk.write("päiväkotipaikka puuttuu")
    told = talk.write("voisitteko soittaa", "call_me_back")
    assert told.ticket is not None
    assert (told.ticket.subject, told.ticket.service_id) == ("päiväkotipaikka puuttuu", "s1")


def test_a_bill_whose_service_is_plain_gets_that_service(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("jätelasku", ("s1", 0.8))
    assert talk.write("jätelasku on väärin", "ask_invoice").kind == "answer"


def test_a_bill_that_the_search_only_guesses_at_goes_to_a_person(
    talk: Talk, planted: PlantedFinder
) -> None:
    with talk.desk.writing() as session:
        for service in ("s1", "s2", "s3"):
            add_service(session, service)
    planted.plant("summa", ("s1", 0.1), ("s2", 0.06), ("s3", 0.05))
    told = talk.write("laskussa on väärä summa", "ask_invoice")
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.tags == ["invoice"]


def test_a_threat_is_urgent_names_112_and_keeps_the_words(talk: Talk) -> None:
    talk.write("haluan ihmisen", "ask_person")
    told = talk.write("tuun sinne ja hakkaan jonkun", "threat")
    assert told.ticket is not None
    assert (told.ticket.priority, told.ticket.reason) == ("urgent", "threat")
    assert "112" in told.said


@pytest.mark.parametrize("intent", ["complaint", "feedback", "threat", "emergency", "repeat"])
def test_what_the_classifier_is_unsure_of_is_searched_as_a_need(
    talk: Talk, planted: PlantedFinder, intent: str
) -> None:
    with talk.desk.writing() as session:
        add_service(session, "s1")
    planted.plant("katuvalo", ("s1", 0.9))
    assert talk.write("katuvalo on rikki taas", intent, confidence=0.45).kind == "answer"


@pytest.mark.parametrize("rude", ["", "perkele "])
def test_rude_words_change_neither_owner_nor_priority_nor_due_time(talk: Talk, rude: str) -> None:
    told = talk.write(f"{rude}haluan ihmisen", "ask_person")
    assert told.ticket is not None
    assert told.ticket.priority == "normal"
