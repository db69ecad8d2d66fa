"""Tickets change hands and colleagues help, on the staff's pages."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from desk.models import Absence, Message, Person, Ticket
from tests.foundation import PASSWORD, Talk, person

FIELD = re.compile(r'name="(form_token|seen|seen_owner)" value="([^"]*)"')

type Console = Callable[[str], "Desk"]


class Desk:
    """One member of staff's browser."""

    def __init__(self, doors: Doors, client: TestClient, login: str) -> None:
        self.doors, self.client = doors, client
        form = {"login": login, "password": PASSWORD}
        assert client.post("/staff/login?lang=fi", data=form).status_code == 200

    def see(self, path: str) -> str:
        return html.unescape(self.client.get(f"/staff{path}").text)

    def do(self, page: str, what: str, **form: str) -> Response:
        """Opens the page and sends one of its forms."""
        found = dict(FIELD.findall(self.client.get(f"/staff{page}").text))
        return self.client.post(f"/staff{what}?lang=fi", data=found | form)

    def on(self, code: str, what: str, **form: str) -> Response:
        return self.do(f"/tickets/{code}", f"/tickets/{code}/{what}", **form)


@pytest.fixture
def console(botless_doors: Doors) -> Iterator[Console]:
    with TestClient(create_app(botless_doors)) as first:
        yield lambda login: Desk(botless_doors, TestClient(first.app), login)


def matter(doors: Doors, text: str, owner: str = "eero", language: str = "fi") -> str:
    told = Talk(doors.desk, language).write(text, "ask_person")
    assert told.ticket is not None
    with doors.desk.writing() as session:
        session.get_one(Ticket, told.ticket.id).owner = person(session, owner)
    return told.ticket.code


def of_code(doors: Doors, code: str) -> Ticket:
    with doors.desk.reading() as session:
        return session.scalars(select(Ticket).where(Ticket.code == code)).one()


def id_of(doors: Doors, login: str) -> int:
    with doors.desk.reading() as session:
        return person(session, login).id


def lines(doors: Doors, code: str, kind: str) -> list[Message]:
    with doors.desk.reading() as session:
        wanted = select(Message).join(Ticket).where(Ticket.code == code, Message.kind == kind)
        return list(session.scalars(wanted.order_by(Message.id)))


# --- whose it is ---


def test_two_who_take_the_same_ticket_one_has_it_and_the_other_sees_who(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi", owner="maria")
    eero, otso = console("eero"), console("otso")
    token = dict(FIELD.findall(otso.client.get(f"/staff/tickets/{code}").text))
    assert "Asia on nyt vastuullasi." in eero.on(code, "take-over").text
    late = otso.client.post(f"/staff/tickets/{code}/take-over?lang=fi", data=token)
    assert late.status_code == 409
    assert "Asiasta vastaa jo Eero Ek (demo)." in html.unescape(late.text)
    assert of_code(botless_doors, code).owner_id == id_of(botless_doors, "eero")


def test_a_transfer_tells_the_customer_who_and_by_when_in_their_language(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Var finns rådgivningen?", language="sv")
    before = of_code(botless_doors, code).due_at
    to = f"person:{id_of(botless_doors, 'maria')}"
    done = console("eero").on(code, "transfer", receiver=to, reason="Teidän tiimillenne.")
    assert "Asia on siirretty" in done.text
    (line,) = lines(botless_doors, code, "transferred")
    assert line.text.startswith("Ditt ärende sköts nu av Maria Malm (demo), ")
    assert "Du får svar som utlovat: senast" in line.text
    assert of_code(botless_doors, code).due_at == before
    maria = console("maria").see(f"/tickets/{code}?lang=fi")
    assert "Teidän tiimillenne." in maria
    assert "Eero Ek (demo) siirsi asian sinulle" in maria


def test_the_receiver_accepts_and_who_handed_on_is_free(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    to = f"person:{id_of(botless_doors, 'maria')}"
    console("eero").on(code, "transfer", receiver=to, reason="Sinun alaasi.")
    maria = console("maria")
    assert code in maria.see("?show=handed&lang=fi")
    assert "Otit asian vastaan." in maria.on(code, "accept").text
    assert of_code(botless_doors, code).handed_by_id is None
    assert code not in maria.see("?show=handed&lang=fi")


def test_a_refused_transfer_keeps_what_was_written(console: Console, botless_doors: Doors) -> None:
    code = matter(botless_doors, "Koira karkasi")
    refused = console("eero").on(code, "transfer", receiver="", reason="Pitkä perustelu")
    assert refused.status_code == 422
    page = html.unescape(refused.text)
    assert "Valitse, kenelle asia siirretään." in page
    assert "Pitkä perustelu</textarea>" in page
    empty = console("eero").on(code, "transfer", receiver="team:1", reason=" ")
    assert empty.status_code == 422
    assert '<option value="team:1" selected>' in empty.text


@pytest.mark.parametrize(
    "receiver", ["team:x", "person:²", "person:9999999", "robot:1", "service:"]
)
def test_a_receiver_that_is_none_is_refused_by_name(
    console: Console, botless_doors: Doors, receiver: str
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    refused = console("eero").on(code, "transfer", receiver=receiver, reason="Syy")
    assert refused.status_code == 422
    assert of_code(botless_doors, code).owner_id == id_of(botless_doors, "eero")


def test_nowhere_is_there_a_way_to_reject_a_ticket(console: Console, botless_doors: Doors) -> None:
    """burokratt-forward-rejected"""
    code = matter(botless_doors, "Koira karkasi")
    assert console("eero").on(code, "reject").status_code == 405
    assert "Asiaa ei voi hylätä" in console("eero").see(f"/tickets/{code}?lang=fi")


def test_a_protected_persons_name_is_not_told_to_the_customer(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi", owner="maria")
    with botless_doors.desk.writing() as session:
        person(session, "eero").protected = True
    eero = console("eero")
    eero.on(code, "take-over")
    eero.on(code, "take")
    told = [
        one.text for kind in ("transferred", "taken") for one in lines(botless_doors, code, kind)
    ]
    assert len(told) == 2
    assert not any("Eero" in one for one in told)


# --- among colleagues ---


def test_a_note_is_for_the_staff_alone_and_codes_in_it_are_masked(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    console("eero").on(code, "note", text="Soitin. Hetu 131052-308T tarkistettu.")
    (line,) = lines(botless_doors, code, "note")
    assert line.audience == "staff"
    assert "131052-308T" not in line.text
    assert "Vain henkilökunnalle" in console("eero").see(f"/tickets/{code}?lang=fi")


def test_help_is_asked_for_given_and_comes_back_by_itself(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    eero, maria = console("eero"), console("maria")
    day = (botless_doors.desk.now() + timedelta(days=2)).date().isoformat()
    asked = {"helper": str(id_of(botless_doors, "maria")), "goal": "Tarkista säännöt", "day": day}
    refused = eero.on(code, "ask", done_when="", **asked)
    assert refused.status_code == 422
    assert "Tarkista säännöt</textarea>" in html.unescape(refused.text)
    assert "Pyyntö on lähetetty." in eero.on(code, "ask", done_when="Kohta löytyy", **asked).text
    assert "Tarkista säännöt" in maria.see("?show=help&lang=fi")
    page = maria.see(f"/tickets/{code}?lang=fi")
    assert "Sinulta on pyydetty apua" in page
    (subtask,) = re.findall(r'name="subtask" value="(\d+)"', page)
    done = maria.on(code, "help-done", subtask=subtask, result="Kohta 4 §.")
    assert "Tulos on välitetty." in done.text
    assert "Kohta 4 §." in eero.see(f"/tickets/{code}?lang=fi")


def test_a_ticket_does_not_close_while_a_colleague_works_on_it(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    eero = console("eero")
    day = (botless_doors.desk.now() + timedelta(days=2)).date().isoformat()
    helper = str(id_of(botless_doors, "maria"))
    eero.on(code, "ask", helper=helper, goal="Tarkista", done_when="Selvä", day=day)
    refused = eero.on(code, "close", text="Valmista tuli.")
    assert refused.status_code == 409
    assert "Valmista tuli." in refused.text
    assert of_code(botless_doors, code).stage == "open"


# --- search ---


def test_search_finds_by_code_by_subject_and_by_the_customers_words(
    console: Console, botless_doors: Doors
) -> None:
    talk = Talk(botless_doors.desk)
    told = talk.write("Äitini tarvitsee kyydin sairaalaan", "ask_person")
    talk.write("Hän käyttää pyörätuolia", "ask_person")
    other = matter(botless_doors, "Koira karkasi")
    assert told.ticket is not None
    eero, code = console("eero"), told.ticket.code
    for words in (code, code.lower().replace("-", " "), "äiti", "KYYDIN sairaala", "pyörätuol"):
        page = eero.see(f"?find={words}&lang=fi")
        assert code in page, words
        assert other not in page, words
    for nothing in ("olematon", '"', "' or 1=1", "* :", "kyydin koira"):
        assert "Haulla ei löytynyt asioita." in eero.see(f"?find={nothing}&lang=fi"), nothing


# --- absences ---


def absences_of(doors: Doors, login: str) -> list[Absence]:
    with doors.desk.reading() as session:
        wanted = select(Absence).join(Person, Person.id == Absence.person_id)
        return list(session.scalars(wanted.where(Person.login == login)))


def test_an_absence_moves_the_open_tickets_to_the_substitute_at_once(
    console: Console, botless_doors: Doors
) -> None:
    code = matter(botless_doors, "Koira karkasi")
    first = botless_doors.desk.now().date().isoformat()
    last = (botless_doors.desk.now() + timedelta(days=5)).date().isoformat()
    maria = str(id_of(botless_doors, "maria"))
    done = console("eero").do("/absences", "/absences", first=first, last=last, substitute=maria)
    assert "Siirtyneitä asioita: 1." in done.text
    assert of_code(botless_doors, code).owner_id == int(maria)
    (line,) = lines(botless_doors, code, "transferred")
    assert line.text.startswith("Asiaasi hoitaa nyt Maria Malm (demo)")
    (kept,) = absences_of(botless_doors, "eero")
    assert (kept.ends_at - kept.starts_at).days == 6


@pytest.mark.parametrize(
    ("first", "last", "substitute", "said"),
    [
        ("2026-03-12", "2026-03-11", "", "Viimeinen päivä on ennen ensimmäistä."),
        ("2026-03-01", "2026-03-02", "", "Poissaolo on kokonaan menneisyydessä."),
        ("2026-03-12", "2036-03-12", "", "Poissaolo on liian pitkä"),
        ("huomenna", "2026-03-12", "", "Valitse ensimmäinen poissaolopäivä."),
        ("2026-03-12", "2026-03-12", "me", "Kukaan ei voi sijaistaa itseään."),
        ("2026-03-12", "2026-03-12", "999999", "Tätä sijaista ei voi valita."),
    ],
)
def test_an_absence_that_cannot_be_is_refused_and_kept_in_the_form(
    console: Console, botless_doors: Doors, first: str, last: str, substitute: str, said: str
) -> None:
    chosen = str(id_of(botless_doors, "eero")) if substitute == "me" else substitute
    refused = console("eero").do(
        "/absences", "/absences", first=first, last=last, substitute=chosen
    )
    assert refused.status_code == 422
    assert said in html.unescape(refused.text)
    assert f'value="{last}"' in refused.text
    assert absences_of(botless_doors, "eero") == []


def test_substitutes_of_each_other_are_warned_of(console: Console, botless_doors: Doors) -> None:
    eero, maria = (str(id_of(botless_doors, one)) for one in ("eero", "maria"))
    days = {"first": "2026-03-16", "last": "2026-03-18"}
    console("eero").do("/absences", "/absences", substitute=maria, **days)
    console("maria").do("/absences", "/absences", substitute=eero, **days)
    assert "Sijaiset sijaistavat toisiaan." in console("eero").see("/absences?lang=fi")


def test_pressing_twice_announces_once_and_an_absence_can_be_taken_back(
    console: Console, botless_doors: Doors
) -> None:
    eero = console("eero")
    for _ in range(2):
        eero.do("/absences", "/absences", first="2026-03-16", last="2026-03-16")
    (kept,) = absences_of(botless_doors, "eero")
    eero.do("/absences", "/absences/cancel", absence=str(kept.id))
    assert absences_of(botless_doors, "eero") == []


def test_a_clerk_sets_nobody_elses_absence_and_a_lead_their_teams(
    console: Console, botless_doors: Doors
) -> None:
    days = {"first": "2026-03-16", "last": "2026-03-16"}
    johan, sanna = (str(id_of(botless_doors, one)) for one in ("johan", "sanna"))
    maria, aino = console("maria"), console("aino")
    assert maria.do("/absences", "/absences", person=johan, **days).status_code == 403
    assert aino.do("/absences", "/absences", person=sanna, **days).status_code == 403
    assert aino.do("/absences", "/absences", person=johan, **days).status_code == 200
    (kept,) = absences_of(botless_doors, "johan")
    assert maria.do("/absences", "/absences/cancel", absence=str(kept.id)).status_code == 403


# --- people and promises ---


def test_an_admin_changes_roles_and_they_hold_at_once(
    console: Console, botless_doors: Doors
) -> None:
    otso = console("otso")
    form = {"person": str(id_of(botless_doors, "otso")), "role": "auditor", "protected": "1"}
    console("eero").do("/people", "/people/roles", **form)
    assert "Lupaukset" in otso.see("/ledger?lang=fi")
    with botless_doors.desk.reading() as session:
        assert person(session, "otso").protected


def test_an_admin_cannot_lock_themselves_out(console: Console, botless_doors: Doors) -> None:
    form = {"person": str(id_of(botless_doors, "eero")), "role": "clerk"}
    eero = console("eero")
    assert eero.do("/people", "/people/roles", **form).status_code == 422
    assert eero.do("/people", "/people/left", person=form["person"]).status_code == 422
    assert eero.client.get("/staff/people").status_code == 200


def test_who_leaves_leaves_no_ticket_behind(console: Console, botless_doors: Doors) -> None:
    code = matter(botless_doors, "Koira karkasi", owner="maria")
    maria = console("maria")
    console("eero").do("/people", "/people/left", person=str(id_of(botless_doors, "maria")))
    assert of_code(botless_doors, code).owner_id != id_of(botless_doors, "maria")
    assert maria.client.get("/staff").status_code == 401


def test_an_auditor_sees_that_the_book_of_promises_is_whole(
    console: Console, botless_doors: Doors
) -> None:
    matter(botless_doors, "Koira karkasi")
    checked = console("antti").do("/ledger", "/ledger")
    assert "Kirja on eheä" in html.unescape(checked.text)
