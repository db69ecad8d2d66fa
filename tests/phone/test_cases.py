"""How a matter stands, by telephone: its code, its digits, its answer; and a talk moved there."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import select

from api.database import Database
from api.doors import Doors
from desk import passing, tickets
from desk.conversations import Place, begin
from desk.models import Ticket
from tests.foundation import Clock
from tests.phone.caller import Caller
from tests.phone.conftest import Opened
from tests.phone.test_calls import KEYS, the_ticket


def test_how_a_matter_stands_is_told_to_who_keys_its_code_and_digits(
    caller: Caller, house: Database, phone: TestClient
) -> None:
    caller.rings()
    caller.presses("1", "0", "3")
    ticket = the_ticket(house)
    digits = "".join(one for one in ticket.code if one.isdigit())
    later = Caller(phone)
    later.rings()
    later.presses("1", "2", digits)
    heard = later.presses(KEYS.ticket_pin(ticket.code))
    assert "vastaa sinulle viimeistään torstaina kahdestoista maaliskuuta" in heard


def test_the_secret_of_the_web_opens_a_matter_by_the_letters_on_the_keys(
    botless_doors: Doors, opened: Opened
) -> None:
    client = opened(botless_doors)
    told = client.post("/api/chat", json={"message_id": "a" * 12, "text": "haluan ihmisen"}).json()[
        "outcome"
    ]["ticket"]
    keypad = {sign: key for key, signs in KEYPAD.items() for sign in signs}
    keyed = "".join(keypad.get(one, one) for one in told["secret"])
    caller = Caller(client)
    caller.rings()
    heard = caller.presses("1", "2", told["code"].replace("LK-", "").replace("-", ""), keyed)
    assert "Asiasi, haluan ihmisen" in heard


KEYPAD = {
    "2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"
}  # fmt: skip


def test_guessing_ends_with_a_person_and_over_calls_with_a_refusal(
    caller: Caller, house: Database, phone: TestClient
) -> None:
    caller.rings()
    caller.presses("1", "0", "3")
    ticket = the_ticket(house)
    digits = "".join(one for one in ticket.code if one.isdigit())
    wrong = f"{(int(KEYS.ticket_pin(ticket.code)) + 1) % 10**6:06d}"
    for number in range(2):
        guesser = Caller(phone, number=f"+35850123456{number}")
        guesser.rings()
        guesser.presses("1", "2")
        for _ in range(3):
            heard = (
                guesser.presses(digits, wrong) if "seitsemän numeroa" in guesser.heard[-1] else ""
            )
        assert "liian monta" in guesser.heard[-1] or "liian monta" in heard
    honest = Caller(phone)
    honest.rings()
    assert "liian monta" in honest.presses("1", "2", digits, KEYS.ticket_pin(ticket.code))


def test_a_call_has_three_wrong_tries_though_a_ticket_comes_between(
    caller: Caller, house: Database, phone: TestClient
) -> None:
    caller.rings()
    caller.presses("1", "0", "3")
    ticket = the_ticket(house)
    digits, pin = "".join(filter(str.isdigit, ticket.code)), KEYS.ticket_pin(ticket.code)
    guesser = Caller(phone, number="+358501234567")
    guesser.rings()
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    assert "liian monta" in guesser.presses("1", "2", digits, wrong, digits, wrong, digits, wrong)
    heard = guesser.presses("3", "3", "2", digits)
    assert "liian monta" in heard
    assert "kuusi numeroa" not in heard


def test_a_call_that_found_its_own_matter_has_no_more_tries_for_that(
    caller: Caller, house: Database, phone: TestClient
) -> None:
    caller.rings()
    caller.presses("1", "0", "3")
    ticket = the_ticket(house)
    digits, pin = "".join(filter(str.isdigit, ticket.code)), KEYS.ticket_pin(ticket.code)
    guesser = Caller(phone, number="+358501234567")
    guesser.rings()
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    assert "Asiasi" in guesser.presses("1", "2", digits, wrong, digits, wrong, digits, pin)
    assert "liian monta" in guesser.presses("*", "3", "00000000")


def test_an_answer_of_the_staff_is_read_aloud(
    caller: Caller, house: Database, phone: TestClient, clock: Clock
) -> None:
    caller.rings()
    caller.presses("1", "0", "3")
    with house.writing() as session:
        ticket = session.scalars(select(Ticket)).one()
        tickets.answer(session, ticket, ticket.owner, "Hinta on 45,50 €. Tervetuloa!", now=clock())
        code, pin = ticket.code, KEYS.ticket_pin(ticket.code)
    later = Caller(phone)
    later.rings()
    later.presses("1", "2", "".join(one for one in code if one.isdigit()), pin)
    assert "neljäkymmentäviisi euroa viisikymmentä senttiä" in later.presses("1")


def test_a_talk_of_another_door_goes_on_with_its_code(
    caller: Caller, house: Database, clock: Clock, botless_doors: Doors
) -> None:
    with house.writing() as session:
        begun = begin(session, language="fi", place=Place(), now=clock())
        code = passing.code(session, botless_doors.desk.keys, begun, now=clock())
        conversation = begun.id
    caller.rings()
    assert "ei tarvitse kertoa" in caller.presses("1", "3", code)
    caller.presses("0")
    assert the_ticket(house).conversation_id == conversation
