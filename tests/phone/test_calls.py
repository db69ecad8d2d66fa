"""A call from the first word to the last, through the TwiML door, on keys and on speech."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.hand import Desk
from api.contract import Language
from api.database import Database
from api.doors import Doors
from api.page_texts import LANGUAGES
from api.phone_answer import MOST_TEXTS
from api.phone_words import code_spelt, digit_by_digit
from catalog.models import Service
from catalog.spoken_map import LEVELS, Leaf, Menu, spoken_map
from desk.door_records import Call, Callback
from desk.models import Conversation, Message, Shift, Ticket
from desk.secrets import Keys
from tests.foundation import Clock, PlantedFinder, add_channel, add_service, person
from tests.phone.caller import Caller
from tests.phone.conftest import Opened

KEYS = Keys(b"k" * 32)
NUMBER = "+358401234567"


def the_ticket(house: Database) -> Ticket:
    with house.reading() as session:
        ticket = session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
        assert ticket is not None
        return ticket


def test_an_automaton_says_so_first_in_both_languages_by_their_own_voices(caller: Caller) -> None:
    heard = caller.rings()
    assert heard.index("automaatti") < heard.index("paina")
    assert heard.index("automat.") < heard.index("tryck")
    assert caller.languages == {"fi-FI", "sv-SE"}


@pytest.mark.parametrize(
    ("key", "words", "locale"), [("1", "Kerro omin", "fi-FI"), ("2", "med egna ord", "sv-SE")]
)
def test_the_key_chooses_the_language(caller: Caller, key: str, words: str, locale: str) -> None:
    caller.rings()
    assert words in caller.presses(key)
    assert caller.languages == {locale}
    assert caller.is_asked("input") == "dtmf speech"
    assert caller.is_asked("bargeIn") == "true"
    assert caller.is_asked("language") == locale


def test_keys_alone_lead_to_a_service_and_its_ticket(caller: Caller, house: Database) -> None:
    caller.rings()
    caller.presses("1", "1", "2", "4", "3")
    name = re.findall(r"palvelu\. (.+?), paina yksi", caller.heard[-1])[0]
    assert name in caller.presses("1")
    heard = caller.presses("0")
    ticket = the_ticket(house)
    assert ticket.service_id is not None
    assert ticket.subject == name
    assert heard.count(code_spelt(ticket.code, "fi")) == 2
    assert heard.count(digit_by_digit(KEYS.ticket_pin(ticket.code), "fi")) == 2


def test_every_service_is_within_four_levels_in_both_languages(house: Database, desk: Desk) -> None:
    with house.reading() as session:
        for language in LANGUAGES:
            made = spoken_map(session, language, named_in(desk, language))
            leaves = list(made.leaves())
            assert max(depth for depth, _ in leaves) <= LEVELS
            assert {leaf.service_id for _, leaf in leaves} == _to_be_asked_for(session)
            assert all(leaf.name.strip() for _, leaf in leaves)
            assert _widest_without_pages(made) <= 10


def named_in(desk: Desk, language: Language) -> Callable[[str], str]:
    return lambda aim: desk.replies.say(f"utter_aim_{aim}", language)


def _to_be_asked_for(session: Session) -> set[str]:
    wanted = select(Service.id).where(Service.status == "current", Service.audience != "internal")
    return set(session.scalars(wanted))


def _widest_without_pages(menu: Menu) -> int:
    """Levels above the services are to be heard in one or two goes."""
    below = [one for one in menu.choices if not isinstance(one, Leaf)]
    return max([len(below), *(_widest_without_pages(one) for one in below)])


def test_nine_leads_through_every_page_and_round_again(caller: Caller) -> None:
    caller.rings()
    caller.presses("1", "1", "8", "2", "2")  # all others: papers: to register, seven pages
    first = caller.heard[-1]
    pages = [first, *(caller.presses("9") for _ in range(6))]
    assert len(set(pages)) == 7
    assert caller.presses("9") == first


def test_star_goes_back_and_nine_repeats(caller: Caller) -> None:
    caller.rings()
    menu = caller.presses("1", "1")
    below = caller.presses("2")
    assert caller.presses("9") == below
    assert caller.presses("*") == menu


def test_what_is_said_is_answered_by_the_same_desk(
    caller: Caller, house: Database, planted: PlantedFinder
) -> None:
    with house.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi", "sv": "Pass"})
        add_channel(
            session, "s1", "c1", phone="0295 419 800", address="Opastinsilta 12, 00520 Helsinki"
        )
    planted.plant("passi", ("s1", 0.9))
    caller.rings()
    caller.presses("1")
    assert "Passi" in caller.says("mistä saan passin")
    details = caller.presses("1")
    assert "nolla kaksi yhdeksän" in details
    assert "Opastinsilta kaksitoista" in details
    with house.reading() as session:
        assert session.scalars(select(Conversation)).one().channel == "phone"


def test_a_call_sends_five_text_messages_and_offers_no_more(
    open_doors: Doors, opened: Opened, house: Database, planted: PlantedFinder
) -> None:
    with house.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi", "sv": "Pass"})
        add_channel(session, "s1", "c1", phone="0295 419 800")
    planted.plant("passi", ("s1", 0.9))
    caller = Caller(opened(open_doors, sms_url="http://127.0.0.1:9/"))  # nobody is there
    caller.rings()
    caller.presses("1")
    assert "Tiedot tekstiviestinä" in caller.says("mistä saan passin")
    for left in reversed(range(MOST_TEXTS)):
        heard = caller.presses("2")
        assert "Tekstiviestin lähetys" in heard
        assert ("Tiedot tekstiviestinä" in heard) == bool(left)
    assert "Tekstiviestin lähetys" not in caller.presses("2")


def test_a_question_is_read_as_keys_and_four_is_none_of_these(
    caller: Caller, house: Database, planted: PlantedFinder
) -> None:
    with house.writing() as session:
        for one, name in (("s1", "Passi"), ("s2", "Henkilökortti"), ("s3", "Ajokortti")):
            add_service(session, one, texts={"fi": name, "sv": name})
    planted.plant("", ("s1", 0.3), ("s2", 0.25), ("s3", 0.2))
    caller.rings()
    caller.presses("1")
    heard = caller.says("tarvitsen kortin")
    assert "Henkilökortti, paina kaksi" in heard
    assert "Ei mikään näistä, paina neljä" in heard
    assert "Henkilökortti" in caller.presses("2")


def test_none_of_these_opens_a_ticket(
    caller: Caller, house: Database, planted: PlantedFinder
) -> None:
    with house.writing() as session:
        for one, name in (("s1", "Passi"), ("s2", "Henkilökortti"), ("s3", "Ajokortti")):
            add_service(session, one, texts={"fi": name, "sv": name})
    planted.plant("", ("s1", 0.3), ("s2", 0.25), ("s3", 0.2))
    caller.rings()
    caller.presses("1")
    caller.says("tarvitsen kortin")
    assert "Tunnus on" in caller.presses("4")


@pytest.mark.parametrize("how", ["silent", "wrong key", "unsure"])
def test_after_two_misunderstandings_the_caller_has_a_ticket_and_is_not_cut_off(
    caller: Caller, house: Database, how: str
) -> None:
    caller.rings()
    caller.presses("1")
    for _ in range(2):
        match how:
            case "silent":
                heard = caller.is_silent()
            case "wrong key":
                heard = caller.presses("7")
            case _:
                heard = caller.says("mmm", confidence="0.1")
    assert code_spelt(the_ticket(house).code, "fi") in heard
    assert caller.verbs == ["Gather"]


def test_a_caller_who_never_presses_a_key_is_left_a_ticket_too(
    caller: Caller, house: Database
) -> None:
    caller.rings()
    caller.is_silent()
    assert "Tunnus on" in caller.is_silent()
    caller.is_silent()
    caller.is_silent()
    assert "Hangup" in caller.verbs
    assert the_ticket(house).contact is None


def test_danger_is_answered_with_112_before_all_else(botless_doors: Doors, opened: Opened) -> None:
    caller = Caller(opened(botless_doors))
    caller.rings()
    caller.presses("1")
    heard = caller.says("äiti ei hengitä")
    assert heard.startswith("Jos joku on nyt vaarassa")
    assert "yksi yksi kaksi" in heard


def test_the_number_is_kept_only_when_the_caller_says_so(caller: Caller, house: Database) -> None:
    caller.rings()
    caller.presses("1", "0", "3")
    assert the_ticket(house).contact is None
    with house.reading() as session:
        call = session.scalars(select(Call)).one()
        assert caller.sid not in call.id
        assert NUMBER[4:] not in str(call.state)


def test_one_key_has_the_desk_ring_back_at_a_booked_time(caller: Caller, house: Database) -> None:
    caller.rings()
    heard = caller.presses("1", "0", "1")
    assert "nolla neljä nolla, yksi kaksi kolme" in heard
    assert "Soitamme sinulle" in caller.presses("1")
    ticket = the_ticket(house)
    assert ticket.contact == NUMBER
    assert "callback" in ticket.tags
    with house.reading() as session:
        assert session.scalars(select(Callback)).one().state == "booked"
        kept = session.scalars(select(Call)).one().state
        assert NUMBER[4:] not in str(kept)
        assert KEYS.ticket_pin(ticket.code) not in str(kept)


def test_another_number_is_keyed_in_and_read_back(caller: Caller, house: Database) -> None:
    caller.number = "anonymous"
    caller.rings()
    caller.presses("2", "0", "2")
    assert caller.is_asked("finishOnKey") == "#"
    assert "inget telefonnummer" in caller.presses("123")
    assert "noll fyra noll" in caller.presses("2", "0409876543")
    assert the_ticket(house).contact == "+358409876543"


def on_shift(house: Database, clock: Clock) -> None:
    clock.at = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)
    with house.writing() as session:
        team = session.scalars(select(Ticket.team_id)).first()
        shift = session.scalars(select(Shift)).first()
        if shift is None:
            one = person(session, "aino")
            session.add(
                Shift(
                    team_id=team or 1,
                    person_id=one.id,
                    weekday=2,
                    starts=datetime(2026, 1, 1, 8).time(),
                    ends=datetime(2026, 1, 1, 16).time(),
                )
            )


def test_a_person_is_rung_while_one_is_on_shift_and_a_ticket_follows_if_nobody_answers(
    open_doors: Doors, opened: Opened, house: Database, clock: Clock
) -> None:
    on_shift(house, clock)
    caller = Caller(opened(open_doors, phone_person="+358291234567"))
    caller.rings()
    caller.presses("1", "0")
    assert caller.verbs == ["Say", "Dial"]
    heard = caller.is_connected("no-answer")
    assert "Tunnus on" in heard
    assert code_spelt(the_ticket(house).code, "fi") in heard


def test_outside_shifts_nobody_is_rung(
    open_doors: Doors, opened: Opened, house: Database, clock: Clock
) -> None:
    on_shift(house, clock)
    clock.at = datetime(2026, 3, 14, 22, 0, tzinfo=UTC)
    caller = Caller(opened(open_doors, phone_person="+358291234567"))
    caller.rings()
    assert "Tunnus on" in caller.presses("1", "0")


def test_who_presses_nought_first_is_asked_the_language_and_then_served(caller: Caller) -> None:
    caller.rings()
    assert caller.languages == {"fi-FI", "sv-SE"}
    caller.presses("0")
    assert "Koden är" in caller.presses("2")


def test_personal_data_said_on_the_telephone_is_masked(caller: Caller, house: Database) -> None:
    caller.rings()
    caller.presses("1")
    caller.says("tunnukseni on 131052-308T ja asia on passi")
    with house.reading() as session:
        said = session.scalars(select(Message.text).where(Message.author == "customer")).all()
    assert not any("131052" in one for one in said)
