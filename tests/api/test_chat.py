"""The chat's door: every message ends in an outcome, once, whatever dies on the way."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, String, Text, func, inspect, select, text

from actions.hand import Desk
from api.app import create_app, sweep
from api.contract import LONGEST_MESSAGE, ChatIn
from api.database import Database
from api.doors import Doors
from catalog.base import Base
from desk import conversations
from desk.clock import due
from desk.models import Conversation, Message, Person, Ticket, Turn
from tests.databases import Databases
from tests.foundation import (
    Clock,
    DirectBot,
    PlantedFinder,
    add_service,
    doors_over,
    person,
)
from tests.kept import everything_kept

PHONE, PHONE_KEPT = "040 123 4567", "+358401234567"
EMAIL = "matti.meikalainen@example.org"
CODE = "131052-308T"  # the Finnish authorities' own example of an identity code


@pytest.fixture
def client(open_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(open_doors)) as client:
        yield client


@pytest.fixture
def botless(botless_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(botless_doors)) as client:
        yield client


def body(said: str, talk: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    before = {"conversation_id": talk["conversation_id"]} if talk else {}
    return {"message_id": uuid.uuid4().hex, "text": said, **before, **more}


def write(client: TestClient, said: str, talk: dict[str, Any] | None = None, **more: Any) -> Any:
    answer = client.post("/api/chat", json=body(said, talk, **more))
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(told: dict[str, Any]) -> str:
    return "\n".join(reply["text"] for reply in told["replies"])


def count(database: Database, table: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_question_is_answered_in_the_form_of_the_contract(
    client: TestClient, house: Database, planted: PlantedFinder
) -> None:
    with house.writing() as session:
        add_service(session, "s1", texts={"fi": "Passi", "sv": "Pass"})
    planted.plant("passi", ("s1", 0.87654321))
    told = write(client, "mistä saan passin")
    assert set(told) == {"conversation_id", "language", "replies", "outcome"}
    assert told["language"] == "fi"
    assert told["outcome"]["kind"] == "answer"
    assert told["outcome"]["services"] == [{"id": "s1", "name": "Passi", "score": 0.8765}]
    assert told["outcome"]["ticket"] is None


def test_without_a_bot_every_message_becomes_an_owned_ticket(
    botless: TestClient, clock: Clock
) -> None:
    told = write(botless, "mistä saan passin")
    ticket = told["outcome"]["ticket"]
    assert told["outcome"]["kind"] == "handover"
    assert datetime.fromisoformat(ticket["due_at"]) == due(clock())
    assert ticket["owner"]
    for part in (ticket["code"], ticket["secret"], ticket["owner"], "Minä hoidan tämän"):
        assert part in said(told)


def test_without_a_bot_the_answer_is_swedish_to_who_writes_swedish(botless: TestClient) -> None:
    told = write(botless, "jag har tappat mitt pass och behöver ett nytt")
    assert told["language"] == "sv"
    assert "Jag tar hand om det här" in said(told)


def test_danger_shows_112_and_leaves_a_ticket_even_with_no_bot(
    botless: TestClient, house: Database
) -> None:
    told = write(botless, "äiti ei hengitä!!")
    assert "112" in said(told)
    assert told["outcome"]["ticket"]["owner"]
    with house.reading() as session:
        assert session.scalars(select(Ticket)).one().reason == "danger"


def test_the_same_message_again_gets_the_same_answer_with_the_secret(botless: TestClient) -> None:
    message = body("haluan ihmisen")
    first = botless.post("/api/chat", json=message).json()
    again = botless.post("/api/chat", json=message).json()
    assert again == first
    assert first["outcome"]["ticket"]["secret"]


def test_the_same_message_again_opens_nothing_more(botless: TestClient, house: Database) -> None:
    message = body("haluan ihmisen")
    for _ in range(4):
        botless.post("/api/chat", json=message)
    assert [count(house, table) for table in (Conversation, Turn, Ticket)] == [1, 1, 1]


def test_another_text_under_the_same_id_is_refused(botless: TestClient) -> None:
    message = body("haluan ihmisen")
    botless.post("/api/chat", json=message)
    refused = botless.post("/api/chat", json=message | {"text": "jotain muuta"})
    assert refused.status_code == 409
    assert refused.json()["error"] == "message_id_reused"


def test_a_later_message_about_the_ticket_is_not_told_the_secret_again(
    botless: TestClient,
) -> None:
    first = write(botless, "hukkasin passin")
    later = write(botless, "ja lompakon", first)
    assert later["outcome"]["ticket"]["code"] == first["outcome"]["ticket"]["code"]
    assert later["outcome"]["ticket"]["secret"] is None
    assert first["outcome"]["ticket"]["secret"] not in said(later)


@pytest.mark.parametrize("round_", range(3))
def test_two_posts_of_one_message_at_the_same_time_are_one_turn_and_one_ticket(
    botless: TestClient, house: Database, round_: int
) -> None:
    message = body("haluan ihmisen")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: botless.post("/api/chat", json=message), range(4)))
    assert [one.status_code for one in answers] == [200] * 4
    assert len({one.text for one in answers}) == 1
    assert [count(house, table) for table in (Conversation, Turn, Ticket)] == [1, 1, 1]


class SlowBot(DirectBot):
    """Reads the message, and answers when it is too late."""

    def __init__(self, desk: Desk, seconds: float) -> None:
        super().__init__(desk)
        self._seconds = seconds
        self.done = threading.Event()

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        task = asyncio.create_task(self._late(sender, text, turn_id, language))
        await asyncio.shield(task)

    async def _late(self, sender: str, text: str, turn_id: int, language: str) -> None:
        await asyncio.sleep(self._seconds)
        await super().turn(sender=sender, text=text, turn_id=turn_id, language=language)
        self.done.set()


def test_a_bot_that_is_too_slow_costs_a_ticket_and_its_late_action_changes_nothing(
    house: Database, desk: Desk, planted: PlantedFinder, tmp_path: Path
) -> None:
    with house.writing() as session:
        add_service(session, "s1")
    planted.plant("", ("s1", 0.9))
    bot = SlowBot(desk, 0.6)
    with TestClient(create_app(doors_over(house, desk, bot, tmp_path, time_limit=0.2))) as client:
        message = body("mistä saan passin")
        first = client.post("/api/chat", json=message).json()
        assert first["outcome"]["kind"] == "handover"
        assert bot.done.wait(5)
        assert client.post("/api/chat", json=message).json() == first
    with house.reading() as session:
        assert session.scalars(select(Turn)).one().closed_by == "bot_slow"


def test_a_message_sent_again_while_it_is_worked_on_waits_for_its_outcome(
    house: Database, desk: Desk, planted: PlantedFinder, tmp_path: Path
) -> None:
    with house.writing() as session:
        add_service(session, "s1")
    planted.plant("", ("s1", 0.9))
    bot = SlowBot(desk, 0.5)
    with TestClient(create_app(doors_over(house, desk, bot, tmp_path))) as client:
        message = body("mistä saan passin")
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(client.post, "/api/chat", json=message)
            time.sleep(0.15)
            second = pool.submit(client.post, "/api/chat", json=message)
        assert first.result().json() == second.result().json()
        assert first.result().json()["outcome"]["kind"] == "answer"
        assert count(house, Turn) == 1


class IdleBot(DirectBot):
    """Says that all is well and does nothing."""

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        pass


def test_a_bot_that_runs_no_action_costs_a_ticket(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    with TestClient(create_app(doors_over(house, desk, IdleBot(desk), tmp_path))) as client:
        assert write(client, "moi")["outcome"]["kind"] == "handover"
    with house.reading() as session:
        assert session.scalars(select(Ticket)).one().reason == "bot_no_action"


def test_a_turn_that_a_dead_process_left_open_gets_its_ticket_by_the_sweep(
    botless_doors: Doors, house: Database, clock: Clock
) -> None:
    front = botless_doors.front
    message = ChatIn.model_validate(body("mistä saan passin"))
    front._receive(message, None)  # and here the process dies
    assert asyncio.run(front.settle_abandoned()) == 0  # it may yet be answered
    clock.forward(seconds=16)
    assert asyncio.run(front.settle_abandoned()) == 1
    told = asyncio.run(front.take(message))
    assert told.outcome.kind == "handover"
    assert count(house, Ticket) == 1


def test_the_sweep_goes_on_when_nobody_can_own_for_a_while(
    botless_doors: Doors, house: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.SWEEP", 0.05)
    botless_doors.front._receive(ChatIn.model_validate(body("mistä saan passin")), None)
    clock.forward(seconds=16)
    with house.writing() as session:
        for one in session.scalars(select(Person)):
            one.active = False

    async def swept() -> None:
        task = asyncio.create_task(sweep(botless_doors))
        await asyncio.sleep(0.3)
        assert not task.done()
        with house.writing() as session:
            person(session, "eero").active = True
        await asyncio.sleep(0.5)
        task.cancel()

    asyncio.run(swept())
    assert count(house, Ticket) == 1


# --- a person has the floor ---


def test_burokratt_forward_rejected_nobody_can_refuse_what_was_handed_over(
    botless: TestClient,
) -> None:
    """There is no such word in the whole API."""
    paths = botless.get("/openapi.json").json()["paths"]
    assert not [path for path in paths if "reject" in path or "refuse" in path]


def test_the_bot_hears_nothing_while_a_person_has_the_floor(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    bot = DirectBot(desk, lambda said: "ask_person")
    with TestClient(create_app(doors_over(house, desk, bot, tmp_path))) as client:
        first = write(client, "haluan ihmisen")
        with house.writing() as session:
            talk = session.get_one(Conversation, first["conversation_id"])
            conversations.take_floor(talk, person(session, "eero"))
        later = write(client, "oletko siellä", first)
    assert later["outcome"] == {"kind": "person", "services": [], "ticket": None}
    assert later["replies"] == []
    assert bot.heard == ["haluan ihmisen"]


# --- personal data ---


def test_a_contact_that_was_asked_for_stands_on_the_ticket_and_nowhere_else(
    botless: TestClient, house: Database
) -> None:
    first = write(botless, "haluan ihmisen")
    told = write(botless, PHONE, first)
    assert "Kiitos, yhteystieto" in said(told)
    with house.reading() as session:
        assert session.scalars(select(Ticket.contact)).all() == [PHONE_KEPT]
    rest = everything_kept(house, but="ticket.contact")
    assert "1234567" not in rest
    assert "123 4567" not in rest
    assert "[TEL]" in rest


def test_an_email_within_the_first_message_stands_on_its_ticket_and_nowhere_else(
    botless: TestClient, house: Database
) -> None:
    write(botless, f"tarvitsen uuden passin, vastatkaa osoitteeseen {EMAIL} niin pian kuin voitte")
    with house.reading() as session:
        assert session.scalars(select(Ticket.contact)).all() == [EMAIL]
    assert "meikalainen" not in everything_kept(house, but="ticket.contact")


@pytest.mark.parametrize(
    "written",
    [
        f"hetuni on {CODE} ja haluan passin",
        f"{CODE}",
        f"mieheni {CODE} ei hengitä",
        "kortti 131052 - 308T hukkui",
    ],
)
def test_an_identity_code_in_a_message_stands_nowhere_in_the_database(
    botless: TestClient, house: Database, databases: Databases, written: str
) -> None:
    told = write(botless, written, page=f"https://example.org/?hetu={CODE}")
    write(botless, written, told)
    held = databases.bytes_of(house.url)
    assert b"308T" not in held
    assert b"308t" not in held.lower()
    assert "131052" not in everything_kept(house)


def test_the_bot_is_given_the_masked_text(house: Database, desk: Desk, tmp_path: Path) -> None:
    bot = DirectBot(desk)
    with TestClient(create_app(doors_over(house, desk, bot, tmp_path))) as client:
        write(client, f"numeroni on {PHONE} ja hetuni {CODE}, haluan tietää passista lisää nyt")
    assert PHONE not in bot.heard[0]
    assert CODE not in bot.heard[0]


def test_the_test_of_the_database_reads_every_column_of_text(house: Database) -> None:
    engine: Engine = house.engine
    every = inspect(engine).get_table_names()
    # The search's own tables are SQLite's index of texts that stand, masked, in those read.
    tables = {name for name in every if "_search" not in name} - {"alembic_version"}
    assert tables == set(Base.metadata.tables)
    assert any(isinstance(c.type, Text | String) for c in Base.metadata.tables["turn"].columns)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from service")).scalar()


# --- the conversation ---


def test_an_unknown_conversation_begins_afresh_under_an_id_of_our_own(botless: TestClient) -> None:
    told = write(botless, "moi", {"conversation_id": "x" * 24})
    assert told["conversation_id"] != "x" * 24


def test_a_reloaded_page_reads_the_whole_conversation_with_the_secret(botless: TestClient) -> None:
    first = write(botless, "hukkasin passin")
    lines = botless.get(f"/api/chat/{first['conversation_id']}").json()
    assert lines[0]["author"] == "customer"
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    shown = "\n".join(line["text"] for line in lines)
    assert first["outcome"]["ticket"]["secret"] in shown


def test_a_conversation_that_is_not_there_has_no_lines(botless: TestClient) -> None:
    assert botless.get(f"/api/chat/{'x' * 24}").json() == []


def test_the_language_follows_the_customer_and_the_page_only_begins_it(
    botless: TestClient,
) -> None:
    first = write(botless, "123", language="sv")
    assert first["language"] == "sv"
    later = write(botless, "Haluaisin kuitenkin asioida suomeksi, onko se mahdollista?", first)
    assert later["language"] == "fi"
    assert write(botless, "ok", later)["language"] == "fi"


@pytest.mark.parametrize(
    ("more", "area"),
    [
        ({"municipality": "091"}, "municipality:091"),
        ({"municipality": "Åbo"}, "municipality:853"),
        ({"municipality": "999"}, None),
        ({"municipality": "Ankkalinna"}, None),
        ({}, "municipality:179"),  # named in the text
    ],
)
def test_the_municipality_comes_from_the_page_or_the_text(
    botless: TestClient, house: Database, more: dict[str, str], area: str | None
) -> None:
    text_ = "asun Jyväskylässä ja hukkasin passin" if not more else "hukkasin passin"
    write(botless, text_, **more)
    with house.reading() as session:
        assert session.scalars(select(Conversation.municipality_id)).one() == area


def test_a_ticket_from_aland_is_due_by_alands_calendar(botless: TestClient, clock: Clock) -> None:
    clock.at = clock.at.replace(month=6, day=8)
    told = write(botless, "jag har tappat mitt pass", municipality="Mariehamn")
    owed = datetime.fromisoformat(told["outcome"]["ticket"]["due_at"])
    assert owed == clock().replace(day=10)


def test_a_null_character_and_half_an_emoji_cost_nobody_the_answer(botless: TestClient) -> None:
    assert write(botless, "pas\x00si")["outcome"]["kind"] == "handover"
    halved = botless.post(
        "/api/chat",
        content=b'{"message_id": "aaaaaaaa", "text": "\\ud83d"}',
        headers={"Content-Type": "application/json"},
    )
    assert halved.status_code in (200, 422)


def test_the_longest_message_is_taken_and_a_longer_one_told_to_be_shorter(
    botless: TestClient,
) -> None:
    assert write(botless, "ä" * LONGEST_MESSAGE)["outcome"]["kind"] == "handover"
    refused = botless.post("/api/chat", json=body("ä" * (LONGEST_MESSAGE + 1)))
    assert refused.status_code == 422
    assert refused.json()["error"] == "too_long"


def test_many_customers_at_once_all_get_an_outcome(botless: TestClient, house: Database) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda n: write(botless, f"asia numero {n}"), range(48)))
    assert {one["outcome"]["kind"] for one in told} == {"handover"}
    assert len({one["outcome"]["ticket"]["code"] for one in told}) == 48
    with house.reading() as session:
        owners = list(session.scalars(select(Ticket.owner_id)))
    assert max(owners.count(one) for one in set(owners)) <= 25  # spread over the two on duty


def test_a_first_message_says_once_that_an_automaton_answers(
    client: TestClient, house: Database
) -> None:
    first = write(client, "hukkasin passin")
    assert "automaattinen neuvoja" in said(first)
    assert "automaattinen neuvoja" not in said(write(client, "ja lompakon", first))
    assert count(house, Message) >= 4


def test_what_the_bot_hears_names_turn_language_and_sender(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    heard: list[tuple[str, str, int, str]] = []

    class Recorder(DirectBot):
        async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
            heard.append((sender, text, turn_id, language))

    doors = doors_over(house, desk, Recorder(desk), tmp_path)
    with TestClient(create_app(replace(doors))) as client:
        first = write(client, "hej, jag vill ansöka om pass")
        write(client, "och ett id-kort", first)
    assert heard[0][3] == "sv"
    assert heard[0][0] == heard[1][0]  # one memory of the bot's for one conversation
    assert first["conversation_id"] not in heard[0][0]  # and no secret of the customer's
