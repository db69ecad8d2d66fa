"""The customer's own matter, over the API and on its page: seen, written to, rated, reopened."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, select
from starlette.requests import Request

from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.guessing import MOST_PER_ADDRESS, MOST_PER_CODE, Guesses, address, guesses
from catalog.models import Promise, PromiseText
from desk import tickets
from desk.customers import REOPEN_WITHIN, add
from desk.models import Message, Person, Team, Ticket
from desk.ratings import CHANGES_WITHIN, low_ratings, rate
from desk.records import Alarm, LedgerEntry
from tests.api.test_postgresql import cluster, loaded, pg, pg_desk  # noqa: F401  (fixtures)
from tests.foundation import Clock, Talk, add_service, person

DATABASES = {"sqlite": ("house", "desk"), "postgresql": ("pg", "pg_desk")}
LOOK, MESSAGE, RATING, REOPEN = "", "/messages", "/rating", "/reopen"


@pytest.fixture
def app(botless_doors: Doors) -> FastAPI:
    return create_app(botless_doors)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def many_guesses(app: FastAPI) -> None:
    """The limit of tries is far off."""
    doors: Doors = app.state.doors
    app.dependency_overrides[guesses] = lambda: Guesses(doors.counts, per_code=100)


@pytest.fixture
def mine(client: TestClient) -> dict[str, str]:
    """Code and secret of a matter that the desk has taken."""
    return taken(client)


def taken(client: TestClient, text: str = "hukkasin passin") -> dict[str, str]:
    message = {"message_id": uuid.uuid4().hex, "text": text, "language": "fi"}
    ticket = client.post("/api/chat", json=message).json()["outcome"]["ticket"]
    return {"code": ticket["code"], "secret": ticket["secret"]}


def call(
    client: TestClient, mine: dict[str, str], what: str = LOOK, body: Any = None, **query: str
) -> Any:
    headers = {"X-Ticket-Secret": mine["secret"]}
    address = f"/api/tickets/{mine['code']}{what}"
    if body is None:
        return client.get(address, headers=headers, params=query)
    return client.post(address, headers=headers, params=query, json=body)


def form(client: TestClient, mine: dict[str, str], what: str = "", **more: str) -> Any:
    language = more.pop("lang", "fi")
    return client.post(f"/ticket{what}", params={"lang": language}, data={**mine, **more})


@pytest.fixture
def answered(house: Database, clock: Clock, mine: dict[str, str]) -> dict[str, str]:
    answer(house, clock, mine)
    return mine


@pytest.fixture
def closed(house: Database, clock: Clock, answered: dict[str, str]) -> dict[str, str]:
    with house.writing() as session:
        ticket = one(session, answered)
        tickets.close(session, ticket, ticket.owner, now=clock())
    return answered


def answer(house: Database, clock: Callable[[], datetime], mine: dict[str, str]) -> None:
    with house.writing() as session:
        ticket = one(session, mine)
        tickets.answer(session, ticket, ticket.owner, "Se löytyi.", now=clock())


def one(session: Any, mine: dict[str, str]) -> Ticket:
    ticket: Ticket = session.scalars(select(Ticket).where(Ticket.code == mine["code"])).one()
    return ticket


# --- what is seen ---


def test_an_open_matter_tells_who_answers_by_when_and_that_the_customer_need_do_nothing(
    client: TestClient, mine: dict[str, str]
) -> None:
    told = call(client, mine).json()
    assert (told["stage"], told["late"], told["turn"]) == ("open", False, "desk")
    assert told["next"] == [
        f"{told['owner']} vastaa sinulle viimeistään torstaina 12.3. klo 12.00.",
        "Nyt on meidän vuoromme. Sinun ei tarvitse tehdä mitään.",
    ]
    assert told["may"] == ["message"]


def test_what_happens_next_is_told_in_the_language_asked_for(
    client: TestClient, mine: dict[str, str]
) -> None:
    told = call(client, mine, language="sv").json()
    assert told["language"] == "sv"
    assert told["next"][0].startswith(f"{told['owner']} svarar dig senast torsdag")


def test_a_late_matter_says_sorry_and_names_who_has_it_now(
    client: TestClient, house: Database, clock: Clock, mine: dict[str, str]
) -> None:
    clock.forward(days=2)
    told = call(client, mine).json()
    assert told["late"]
    assert told["next"][0].startswith("Olemme pahoillamme. Lupasimme vastata viimeistään torstaina")
    with house.writing() as session:
        ticket = one(session, mine)
        other = session.scalars(select(Person).where(Person.id != ticket.owner_id)).first()
        assert other is not None
        session.add(
            Alarm(
                ticket_id=ticket.id,
                kind="overdue_lead",
                due_at=ticket.due_at,
                person_id=other.id,
                raised_at=clock(),
            )
        )
        name = other.name
    assert f"{name} huolehtii nyt siitä" in call(client, mine).json()["next"][1]


def test_a_matter_handed_on_names_the_new_owner_and_who_answers_until_it_is_accepted(
    client: TestClient, house: Database, mine: dict[str, str]
) -> None:
    with house.writing() as session:
        ticket = one(session, mine)
        ticket.handed_by, before = ticket.owner, ticket.owner.name
        ticket.owner = session.scalars(
            select(Person).where(Person.active, Person.id != ticket.owner_id)
        ).all()[-1]
        owner = ticket.owner.name
    told = call(client, mine).json()
    assert told["owner"] == owner
    assert (
        f"Kunnes {owner} on ottanut asian vastaan, siitä vastaa myös {before}." in told["next"][1]
    )


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_protected_owner_is_told_as_the_team_everywhere(
    client: TestClient, house: Database, clock: Clock, mine: dict[str, str], language: str
) -> None:
    with house.writing() as session:
        ticket = one(session, mine)
        ticket.owner.protected = True
        name, team = ticket.owner.name, ticket.team
        shown = team.name_sv if language == "sv" else team.name_fi
    answer(house, clock, mine)
    told = call(client, mine, language=language)
    page = form(client, mine, lang=language)
    again = client.post(
        "/api/chat", json={"message_id": uuid.uuid4().hex, "text": "missä asiani on"}
    )
    assert told.json()["owner"] == shown
    assert shown in page.text
    for seen in (told, page, again):
        assert name not in seen.text


def test_the_handlers_of_a_threat_are_not_named(
    client: TestClient, house: Database, clock: Clock, mine: dict[str, str]
) -> None:
    with house.writing() as session:
        ticket = one(session, mine)
        ticket.tags = [*ticket.tags, "threat"]
        name = ticket.owner.name
    answer(house, clock, mine)
    assert name not in call(client, mine).text
    assert name not in form(client, mine).text


def test_the_services_own_promises_are_told_beside_the_matters_own(
    client: TestClient, house: Database, mine: dict[str, str]
) -> None:
    with house.writing() as session:
        add_service(session, "passi", texts={"fi": "Passi", "sv": "Pass"})
        text = PromiseText(language="sv", text="Beslutet tar oftast två veckor.")
        session.add(
            Promise(service_id="passi", measure="decision", amount=2, unit="weeks", texts=[text])
        )
        one(session, mine).service_id = "passi"
    told = call(client, mine, language="sv").json()
    assert (told["service"], told["promises"]) == ("Pass", ["Beslutet tar oftast två veckor."])
    assert "Beslutet tar oftast två veckor." in form(client, mine, lang="sv").text


# --- what the customer does ---


def test_a_message_to_an_open_matter_is_before_the_owner_and_the_promise_stays(
    client: TestClient, clock: Clock, mine: dict[str, str]
) -> None:
    before = call(client, mine).json()
    clock.forward(hours=5)
    told = call(client, mine, MESSAGE, {"text": "Se oli punainen."}).json()
    assert told["lines"][-1]["text"] == "Se oli punainen."
    assert (told["stage"], told["due_at"]) == ("open", before["due_at"])


def test_a_message_to_an_answered_matter_opens_it_with_a_new_promise(
    client: TestClient, clock: Clock, answered: dict[str, str]
) -> None:
    before = call(client, answered).json()
    assert (before["stage"], before["turn"]) == ("answered", "customer")
    clock.forward(days=5)
    told = call(client, answered, MESSAGE, {"text": "Ei se ollut minun."}).json()
    assert (told["stage"], told["turn"], told["late"]) == ("open", "desk", False)
    assert told["due_at"] > before["due_at"]


def test_the_same_message_sent_twice_is_kept_once(client: TestClient, mine: dict[str, str]) -> None:
    seen = call(client, mine).json()["lines"][-1]["id"]
    for _ in range(2):
        told = call(client, mine, MESSAGE, {"text": "Vielä yksi asia.", "seen": seen}).json()
    assert [line["text"] for line in told["lines"]].count("Vielä yksi asia.") == 1


def test_danger_to_life_in_a_message_is_answered_with_112_and_seen_by_the_owner_at_once(
    client: TestClient, house: Database, mine: dict[str, str]
) -> None:
    told = call(client, mine, MESSAGE, {"text": "apua, mieheni ei hengitä"}).json()
    assert "112" in told["warning"]
    with house.reading() as session:
        assert one(session, mine).priority == "urgent"
    page = form(client, mine, "/message", text="äiti ei hengitä!!")
    assert "112" in page.text


def test_an_answer_is_rated_and_the_rating_can_be_changed_for_a_while(
    client: TestClient, house: Database, clock: Clock, answered: dict[str, str]
) -> None:
    told = call(client, answered, RATING, {"stars": 4, "text": "Kiitos!"}).json()
    assert (told["rating"]["stars"], told["rating"]["text"]) == (4, "Kiitos!")
    clock.forward(days=3)
    assert call(client, answered, RATING, {"stars": 2}).json()["rating"]["stars"] == 2
    clock.at += CHANGES_WITHIN
    late = call(client, answered, RATING, {"stars": 5})
    assert (late.status_code, late.json()["error"]) == (409, "rating_fixed")
    with house.reading() as session:
        assert one(session, answered).rating == 2


def test_a_rating_is_seen_by_the_staff_and_not_among_the_lines_of_the_chat(
    client: TestClient, house: Database, answered: dict[str, str]
) -> None:
    told = call(client, answered, RATING, {"stars": 1, "text": "Ei apua."}).json()
    assert "Ei apua." not in [line["text"] for line in told["lines"]]
    with house.reading() as session:
        [line] = session.scalars(select(Message).where(Message.kind == "rated"))
        assert (line.audience, line.text, line.data["stars"]) == ("staff", "Ei apua.", 1)


def test_there_is_nothing_to_rate_before_an_answer(
    client: TestClient, mine: dict[str, str]
) -> None:
    told = call(client, mine, RATING, {"stars": 5})
    assert (told.status_code, told.json()["error"]) == (409, "nothing_to_rate")


@pytest.mark.parametrize("stars", [0, 6, -1, "paljon", None, 1.5])
def test_a_rating_is_from_one_to_five(
    client: TestClient, answered: dict[str, str], stars: Any
) -> None:
    assert call(client, answered, RATING, {"stars": stars}).status_code == 422


def test_a_closed_matter_takes_no_message_but_can_be_opened_again(
    client: TestClient, clock: Clock, closed: dict[str, str]
) -> None:
    before = call(client, closed).json()
    assert (before["turn"], before["may"]) == ("nobody", ["reopen", "rating"])
    assert call(client, closed, MESSAGE, {"text": "vielä"}).status_code == 409
    clock.forward(days=20)
    told = call(client, closed, REOPEN, {"text": "Se oli väärä passi."}).json()
    assert (told["stage"], told["owner"], told["closed_at"]) == ("open", before["owner"], None)
    assert told["due_at"] > before["due_at"]
    assert told["lines"][-1]["kind"] == "reopened"


def test_a_matter_closed_over_sixty_days_ago_is_told_the_way_to_new_help(
    client: TestClient, clock: Clock, closed: dict[str, str]
) -> None:
    clock.at += REOPEN_WITHIN + timedelta(seconds=1)
    late = call(client, closed, REOPEN, {"text": "vielä"})
    assert (late.status_code, late.json()["error"]) == (409, "reopen_too_late")
    told = call(client, closed).json()
    assert "reopen" not in told["may"]
    assert told["next"][-1] == "Jos tarvitset vielä apua, kirjoita uusi viesti keskusteluun."


@pytest.mark.parametrize("given", DATABASES)
def test_one_message_sent_by_many_presses_at_once_is_kept_once_with_one_promise(
    request: pytest.FixtureRequest, given: str
) -> None:
    database, desk = (request.getfixturevalue(name) for name in DATABASES[given])
    ticket = Talk(desk).write("haluan ihmisen", "ask_person").ticket
    assert ticket is not None
    mine = {"code": ticket.code}
    answer(database, desk.now, mine)

    def press(_: int) -> None:
        with database.writing() as session:
            add(session, one(session, mine), "Ei auttanut.", now=desk.now(), seen=0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, range(8)))
    with database.reading() as session:
        lines = session.scalars(select(Message.text).where(Message.text == "Ei auttanut.")).all()
        promised = session.scalars(
            select(LedgerEntry.event)
            .where(LedgerEntry.ticket_code == ticket.code)
            .order_by(LedgerEntry.id)
        ).all()
    assert (len(lines), list(promised)) == (1, ["given", "kept", "given"])


@pytest.mark.parametrize("given", DATABASES)
def test_low_ratings_are_found_for_their_lead(request: pytest.FixtureRequest, given: str) -> None:
    database, desk = (request.getfixturevalue(name) for name in DATABASES[given])
    ticket = Talk(desk).write("haluan ihmisen", "ask_person").ticket
    assert ticket is not None
    answer(database, desk.now, {"code": ticket.code})
    with database.writing() as session:
        line = rate(session, one(session, {"code": ticket.code}), 1, "", now=desk.now())
        assert low_ratings(session, line.data["lead_id"]) == [line]


# --- the page, without a script ---


def test_everything_can_be_done_with_forms_and_no_address_holds_code_or_secret(
    client: TestClient, house: Database, clock: Clock, mine: dict[str, str]
) -> None:
    page = form(client, mine, "/message", text="Se oli punainen.", seen="1")
    assert "Viestisi on perillä." in page.text
    answer(house, clock, mine)
    page = form(client, mine, "/rating", stars="5", text="Hyvä!")
    assert "Kiitos, arviosi on tallessa." in page.text
    assert "Arviosi: 5/5, Erittäin hyvin." in page.text
    with house.writing() as session:
        ticket = one(session, mine)
        tickets.close(session, ticket, ticket.owner, now=clock())
    page = form(client, mine, "/reopen", text="Se katosi taas.", seen="1", lang="sv")
    assert "Ditt ärende har öppnats på nytt." in page.text
    assert "Väntar på vårt svar" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for secret in mine.values():
        assert secret not in str(page.url)
        assert f"?{secret}" not in page.text
        assert f"={secret}" not in page.text


@pytest.mark.parametrize("what", ["/message", "/rating", "/reopen"])
def test_a_forms_address_opened_anew_asks_for_code_and_secret(
    client: TestClient, what: str
) -> None:
    page = client.get(f"/ticket{what}", params={"lang": "sv"})
    assert str(page.url).endswith("/ticket?lang=sv")
    assert 'name="secret"' in page.text


def test_what_was_written_is_not_lost_when_the_matter_was_closed_meanwhile(
    client: TestClient, closed: dict[str, str]
) -> None:
    page = form(client, closed, "/message", text="Odottakaa vielä!", seen="1")
    assert page.status_code == 409
    assert ">Odottakaa vielä!</textarea>" in page.text
    assert "Avaa asia uudelleen" in page.text


@pytest.mark.parametrize(
    ("what", "sent", "told"),
    [
        ("/message", {"text": " \n "}, "Kirjoita ensin viesti."),
        ("/message", {"text": "a" * 20_001}, "Viesti on liian pitkä."),
        ("/rating", {}, "Valitse ensin, auttoiko vastaus."),
        ("/rating", {"stars": "9"}, "Valitse ensin, auttoiko vastaus."),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_on_the_matters_own_page(
    client: TestClient, answered: dict[str, str], what: str, sent: dict[str, str], told: str
) -> None:
    page = form(client, answered, what, **sent)
    assert page.status_code == 422
    assert told in page.text
    assert "Sinulle on vastattu" in page.text


def test_a_low_rating_tells_who_sees_it_and_what_to_do(
    client: TestClient, answered: dict[str, str]
) -> None:
    page = form(client, answered, "/rating", stars="1", text="")
    assert "myös tiimin vetäjä" in page.text
    assert "Jos jokin jäi kesken, kirjoita siitä yllä" in page.text


def test_markup_in_what_people_write_stays_text(
    client: TestClient, answered: dict[str, str]
) -> None:
    form(client, answered, "/message", text="<script>alert(1)</script>", seen="0")
    page = form(client, answered, "/rating", stars="3", text="</textarea><b>x")
    assert "<script>alert" not in page.text
    assert "<b>x" not in page.text


# --- nobody else's ---


def tries(mine: dict[str, str], other: dict[str, str]) -> dict[str, dict[str, str]]:
    return {
        "a wrong secret": {"code": mine["code"], "secret": "aaaaaaaaaa"},
        "another matter's secret": {"code": mine["code"], "secret": other["secret"]},
        "no secret": {"code": mine["code"], "secret": ""},
        "a code of nobody's": {"code": "LK-000-0000", "secret": mine["secret"]},
        "a wrong check digit": {"code": "LK-123-4567", "secret": mine["secret"]},
        "no code": {"code": "x", "secret": mine["secret"]},
    }


@pytest.mark.parametrize("what", [LOOK, MESSAGE, RATING, REOPEN])
def test_every_door_answers_alike_whichever_of_code_and_secret_is_wrong(
    app: FastAPI, client: TestClient, mine: dict[str, str], what: str
) -> None:
    many_guesses(app)
    body = {LOOK: None, RATING: {"stars": 1}}.get(what, {"text": "Hei"})
    answers = [call(client, pair, what, body) for pair in tries(mine, taken(client)).values()]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1


@pytest.mark.parametrize("what", ["", "/message", "/rating", "/reopen"])
def test_every_form_answers_alike_whichever_of_code_and_secret_is_wrong(
    app: FastAPI, client: TestClient, mine: dict[str, str], what: str
) -> None:
    many_guesses(app)
    pages = {
        form(client, pair, what, text="Hei", stars="1").text.replace(f'value="{pair["code"]}"', "")
        for pair in tries(mine, taken(client)).values()
    }
    assert len(pages) == 1


def test_a_wrong_pair_takes_the_same_work_whichever_is_wrong(
    client: TestClient, house: Database, mine: dict[str, str]
) -> None:
    asked: list[str] = []
    event.listen(house.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    work = []
    for pair in tries(mine, mine | {"secret": "bbbbbbbbbb"}).values():
        asked.clear()
        call(client, pair)
        work.append([one for one in asked if "FROM" in one])
    assert {len(one) for one in work} == {1}


def test_guessing_the_secret_of_a_code_is_slowed_down_and_then_let_go_on(
    client: TestClient, clock: Clock, mine: dict[str, str]
) -> None:
    wrong = mine | {"secret": "aaaaaaaaaa"}
    statuses = [call(client, wrong).status_code for _ in range(MOST_PER_CODE + 1)]
    assert statuses == [404] * MOST_PER_CODE + [429]
    refused = call(client, mine)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert form(client, mine).status_code == 429
    clock.forward(minutes=1)
    assert call(client, mine).status_code == 200


def test_a_code_that_does_not_exist_is_slowed_down_like_one_that_does(client: TestClient) -> None:
    nobodys = {"code": "LK-000-0000", "secret": "aaaaaaaaaa"}
    statuses = [call(client, nobodys).status_code for _ in range(MOST_PER_CODE + 1)]
    assert statuses == [404] * MOST_PER_CODE + [429]


def test_going_through_the_codes_from_one_address_is_slowed_down(
    client: TestClient, mine: dict[str, str]
) -> None:
    codes = [f"{number:07d}" for number in range(MOST_PER_ADDRESS + 1)]
    statuses = [call(client, {"code": one, "secret": mine["secret"]}).status_code for one in codes]
    assert statuses == [404] * MOST_PER_ADDRESS + [429]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("testclient", "testclient"),
    ],
)
def test_tries_are_counted_by_network_and_never_by_this_machine_s_own(
    host: str, counted: str
) -> None:
    assert address(Request({"type": "http", "client": (host, 1)})) == counted


def test_looking_often_at_ones_own_matter_is_not_slowed_down(
    client: TestClient, mine: dict[str, str]
) -> None:
    for _ in range(MOST_PER_ADDRESS + 5):
        assert call(client, mine).status_code == 200
    call(client, mine | {"secret": "wrong"})
    assert call(client, mine).status_code == 200


def test_the_team_of_a_demo_matter_is_named_in_both_languages(
    client: TestClient, house: Database, mine: dict[str, str]
) -> None:
    with house.reading() as session:
        team = session.get_one(Team, one(session, mine).team_id)
    assert call(client, mine, language="fi").json()["team"] == team.name_fi
    assert call(client, mine, language="sv").json()["team"] == team.name_sv


def test_the_chat_shows_what_was_written_on_the_matters_page(
    client: TestClient, house: Database, mine: dict[str, str]
) -> None:
    call(client, mine, MESSAGE, {"text": "Se oli punainen."})
    with house.reading() as session:
        conversation = one(session, mine).conversation_id
        assert person(session, "eero").active
    said = [line["text"] for line in client.get(f"/api/chat/{conversation}").json()]
    assert said[-1] == "Se oli punainen."
