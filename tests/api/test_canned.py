"""Ready answers: kept by leads and keepers, offered where they fit, never sent by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.app import create_app
from api.database import Database
from api.doors import Doors
from catalog.demo import ensure_demo as ensure_network
from desk import canned, demo_canned, demo_network
from desk.canned import For, Words
from desk.door_records import CannedAnswer
from desk.errors import CannedRefused
from desk.models import Message, Team, Ticket
from tests.api.test_roles import TOKEN
from tests.foundation import PASSWORD, WEDNESDAY_NOON, Talk, add_service, person

GOOD = {
    "title_fi": "Kiitos",
    "title_sv": "Tack",
    "text_fi": "Kiitos! Tunnus {code}, {name}.",
    "text_sv": "Tack! Kod {code}, {name}.",
}


@pytest.fixture
def client(botless_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(botless_doors), follow_redirects=True) as client:
        yield client


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


def words(text: str = "Hei {name}", sv: str | None = None, title: str = "Otsikko") -> Words:
    return Words(title, f"{title} sv", text, text if sv is None else sv)


def put(session: Session, words: Words, whom: For | None = None) -> CannedAnswer:
    eero = person(session, "eero")
    return canned.put(session, words, whom or For(), by=eero, now=WEDNESDAY_NOON)


def at_work(client: TestClient) -> str:
    client.post("/staff/login", data={"login": "eero", "password": PASSWORD})
    token = TOKEN.search(client.get("/staff/absences").text)
    assert token is not None
    return token[1]


def matter(doors: Doors, language: str = "fi", service_id: str | None = None) -> str:
    told = Talk(doors.desk, language).write("Missä lähin neuvola on?", "ask_person")
    assert told.ticket is not None
    with doors.desk.writing() as session:
        ticket = session.get_one(Ticket, told.ticket.id)
        ticket.service_id = service_id
        return ticket.code


def ticket_of(session: Session, code: str) -> Ticket:
    return session.scalars(select(Ticket).where(Ticket.code == code)).one()


def use(client: TestClient, code: str, number: object, text: str = "", lang: str = "fi") -> Any:
    form = {"form_token": at_work(client), "canned_id": str(number), "text": text}
    return client.post(f"/staff/tickets/{code}/canned", params={"lang": lang}, data=form)


# --- what can be kept ---


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (words(" "), "missing"),
        (words(title=" "), "missing"),
        (words("a" * 5_001), "text_long"),
        (words(title="a" * 121), "title_long"),
        (words("Hei {nimi}"), "place"),
        (words("Hei {name.__class__}"), "place"),
        (words("Hei {0}"), "place"),
        (words("Hei {"), "brace"),
        (words("Hei {{name}}"), "brace"),
        (words("Hei {code}", "Hej"), "places_differ"),
    ],
)
def test_a_ready_answer_that_could_not_be_filled_is_not_kept(
    session: Session, given: Words, reason: str
) -> None:
    with pytest.raises(CannedRefused) as refused:
        put(session, given)
    assert refused.value.reason == reason
    assert canned.every(session) == []


@pytest.mark.parametrize(
    "whom", [For(service_id="none"), For(team_id=999), For(service_id="x", team_id=1)]
)
def test_a_ready_answer_is_for_somebody_that_is_there(session: Session, whom: For) -> None:
    add_service(session, "x")
    with pytest.raises(CannedRefused):
        put(session, words(), whom)


def test_what_is_filled_in_is_never_read_for_places_again(session: Session) -> None:
    kept = put(session, words("{name} {code}"))
    values = {"name": "{code} <b>", "code": "LK-1", "service": ""}
    assert canned.filled(kept, "fi", values) == "{code} <b> LK-1"


def test_the_service_comes_first_then_the_team_then_everybody(
    house: Database, botless_doors: Doors
) -> None:
    with house.writing() as session:
        add_service(session, "oma")
        add_service(session, "muu")
    code = matter(botless_doors, service_id="oma")
    with house.writing() as session:
        ticket = ticket_of(session, code)
        other = session.scalars(select(Team).where(Team.id != ticket.team_id).limit(1)).one()
        for title, whom in (
            ("A kaikille", For()),
            ("B tiimille", For(team_id=ticket.team_id)),
            ("C palvelulle", For(service_id="oma")),
            ("D toiselle palvelulle", For(service_id="muu")),
            ("E toiselle tiimille", For(team_id=other.id)),
        ):
            put(session, words(title=title), whom)
        titles = [one.title_fi for one in canned.offered(session, ticket)]
    assert titles == ["C palvelulle", "B tiimille", "A kaikille"]


def test_an_answer_that_names_the_service_is_not_offered_where_there_is_none(
    house: Database, botless_doors: Doors
) -> None:
    code = matter(botless_doors)
    with house.writing() as session:
        put(session, words("Palvelu {service}"))
        assert canned.offered(session, ticket_of(session, code)) == []


# --- on a ticket's page ---


def test_a_chosen_answer_comes_after_what_was_written_and_is_not_sent(
    client: TestClient, botless_doors: Doors, house: Database
) -> None:
    with house.writing() as session:
        number = put(session, Words(**GOOD)).id
    code = matter(botless_doors)
    assert "Kiitos</option>" in client_page(client, code)
    page = use(client, code, number, "Hei Maija!")
    assert f"Hei Maija!\n\nKiitos! Tunnus {code}, Eero Ek (demo).</textarea>" in page.text
    with house.reading() as session:
        said = select(func.count()).where(Message.author == "staff", Message.kind == "text")
        assert session.scalar(said) == 0


def client_page(client: TestClient, code: str) -> str:
    at_work(client)
    return client.get(f"/staff/tickets/{code}?lang=fi").text


def test_the_answer_is_in_the_customers_language_whatever_the_staffs_page_is_in(
    client: TestClient, botless_doors: Doors, house: Database
) -> None:
    with house.writing() as session:
        number = put(session, Words(**GOOD)).id
    page = use(client, matter(botless_doors, "sv"), number, lang="fi")
    assert ">Tack! Kod LK-" in page.text
    assert "Tack</option>" in page.text


def test_a_protected_person_is_not_named_by_a_ready_answer(
    client: TestClient, botless_doors: Doors, house: Database
) -> None:
    with house.writing() as session:
        number = put(session, words("Terveisin {name}")).id
        person(session, "eero").protected = True
    page = use(client, matter(botless_doors), number)
    assert "Terveisin " in page.text
    assert "Terveisin Eero" not in page.text


@pytest.mark.parametrize("number", ["", "x", "999"])
def test_a_choice_that_is_none_keeps_what_was_written(
    client: TestClient, botless_doors: Doors, number: str
) -> None:
    page = use(client, matter(botless_doors), number, "Hei Maija!")
    assert page.status_code == 422
    assert ">Hei Maija!</textarea>" in page.text


def test_markup_in_a_ready_answer_stays_text(
    client: TestClient, botless_doors: Doors, house: Database
) -> None:
    with house.writing() as session:
        number = put(session, words("</textarea><script>x</script>", title="<b>x")).id
    page = use(client, matter(botless_doors), number).text
    assert "<script>x" not in page
    assert "<b>x" not in page + client.get("/staff/canned").text


# --- the page where they are kept ---


def save(client: TestClient, lang: str = "fi", **fields: str) -> Any:
    form = {"form_token": at_work(client), "whom": "everybody"} | GOOD | fields
    return client.post("/staff/canned", params={"lang": lang}, data=form)


def test_a_lead_writes_changes_and_removes_a_ready_answer(
    client: TestClient, house: Database
) -> None:
    assert "Valmis vastaus on tallennettu." in save(client).text
    with house.reading() as session:
        number = canned.every(session)[0].id
    form = client.get(f"/staff/canned?edit={number}&lang=sv").text
    assert "Ändra det färdiga svaret" in form
    assert 'value="Kiitos"' in form
    save(client, id=str(number), title_fi="Kiitoksia")
    with house.reading() as session:
        assert [one.title_fi for one in canned.every(session)] == ["Kiitoksia"]
        by = canned.every(session)[0].changed_by_id
        assert by == person(session, "eero").id
    gone = {"form_token": at_work(client), "id": str(number)}
    page = client.post("/staff/canned/remove?lang=fi", data=gone)
    assert "Valmis vastaus on poistettu." in page.text
    assert "Valmiita vastauksia ei vielä ole." in page.text
    assert "Tätä valmista vastausta ei enää ole." in save(client, id=str(number)).text


@pytest.mark.parametrize(
    ("fields", "lang", "told"),
    [
        ({"text_sv": ""}, "sv", "Skriv rubriken och svaret på båda språken."),
        ({"text_fi": "Hei {nimi}"}, "fi", "{nimi} ei täyty itsestään."),
        ({"text_fi": "Hei"}, "sv", "finns bara på det ena språket"),
        ({"whom": "team:²"}, "fi", "Valitse, kenen käyttöön"),
        ({"whom": ""}, "fi", "Valitse, kenen käyttöön"),
    ],
)
def test_what_is_amiss_is_told_and_what_was_written_is_kept(
    client: TestClient, fields: dict[str, str], lang: str, told: str
) -> None:
    page = save(client, lang, **fields)
    assert page.status_code == 422
    assert told in page.text
    assert 'value="Kiitos"' in page.text


def test_a_service_is_found_by_words_and_then_chosen(
    client: TestClient, house: Database, planted: Any
) -> None:
    with house.writing() as session:
        add_service(session, "neuvola")
    planted.plant("neuvola", ("neuvola", 0.9))
    form = {"form_token": at_work(client), "service_words": "Neuvola"} | GOOD
    page = client.post("/staff/canned/find?lang=fi", data=form)
    assert '<option value="service:neuvola" selected>Koepalvelu</option>' in page.text
    assert 'value="Kiitos"' in page.text
    save(client, whom="service:neuvola")
    with house.reading() as session:
        assert canned.every(session)[0].service_id == "neuvola"


# --- the demo ---


def test_the_demos_answers_come_once_and_go_with_it(session: Session) -> None:
    ensure_network(session, now=WEDNESDAY_NOON)
    for _ in range(2):
        demo_canned.ensure_demo(session, now=WEDNESDAY_NOON)
    kept = canned.every(session)
    assert len(kept) == 5
    assert all("(demo)" in one.title_fi and "(demo)" in one.title_sv for one in kept)
    own = put(session, words())
    demo_canned.retire_demo(session)
    assert canned.every(session) == [own]


def test_the_demo_network_goes_though_a_ready_answer_is_for_its_service(session: Session) -> None:
    ensure_network(session, now=WEDNESDAY_NOON)
    service = "de300000-0000-4000-8000-000000000001"
    put(session, words(), For(service_id=service))
    demo_network.retire(session)
    assert canned.every(session) == []
