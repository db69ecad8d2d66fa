"""The door for clients of Rasa's REST channel: the same desk, and nobody reads another's talk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.doors import Doors
from api.rasa_rest import MOST_A_MINUTE
from desk.models import Conversation, Ticket
from tests.api.conftest import free_port
from tests.api.test_pages_browser import with_services
from tests.kept import everything_kept

BOTIUM = "botium-core@1.15.13"
PATH = "/webhooks/rest/webhook"
PERSON = "Haluan asioida ihmisen kanssa"
OWN = "3f1c9a52-6a0e-4a7b-9b0d-0f6c2d7a1e55"
TALK = Path(__file__).with_name("botium_talk.cjs")


@pytest.fixture
def open_door(doors: Doors) -> Doors:
    """Three services, a bot that answers, and the door open."""
    opened = with_services(doors)
    settings = opened.settings.model_copy(update={"rasa_rest": True})
    return replace(opened, settings=settings)


@pytest.fixture
def client(open_door: Doors) -> TestClient:
    return TestClient(create_app(open_door))


def say(client: TestClient, message: str, sender: str = OWN, **more: Any) -> list[dict[str, Any]]:
    answer = client.post(PATH, json={"sender": sender, "message": message} | more)
    assert answer.status_code == 200, answer.text
    said: list[dict[str, Any]] = answer.json()
    return said


def texts(said: list[dict[str, Any]]) -> str:
    return "\n".join(one["text"] for one in said)


def talks(doors: Doors) -> list[Conversation]:
    with doors.desk.reading() as session:
        return list(session.scalars(select(Conversation).order_by(Conversation.opened_at)))


def from_network(doors: Doors, host: str) -> TestClient:
    return TestClient(create_app(doors), client=(host, 50_000))


# --- the same desk ---


def test_without_the_setting_there_is_no_such_door(doors: Doors) -> None:
    client = TestClient(create_app(doors))
    assert client.post(PATH, json={"sender": OWN, "message": "hei"}).status_code == 404
    assert client.get("/webhooks/rest/").status_code == 404


def test_an_answer_comes_in_rasas_shape_and_a_button_goes_on(
    client: TestClient, open_door: Doors
) -> None:
    assert client.get("/webhooks/rest/").json() == {"status": "ok"}
    asked = say(client, "tarvitsen asunto-asiassa apua")
    assert {frozenset(one) - {"buttons"} for one in asked} == {frozenset({"recipient_id", "text"})}
    assert {one["recipient_id"] for one in asked} == {OWN}
    buttons = [one for said in asked for one in said.get("buttons", [])]
    assert [one["title"] for one in buttons][:2] == ["Asumistuki", "Vuokra-asunnot"]
    assert "Asumistuki lyhyesti." in texts(say(client, buttons[0]["payload"]))
    assert [one.channel for one in talks(open_door)] == ["api"]


def test_what_cannot_be_answered_is_a_ticket_whose_answer_can_be_found(
    client: TestClient, open_door: Doors
) -> None:
    say(client, "Naapurin kukko kiekuu öisin")
    said = texts(say(client, PERSON))
    with open_door.desk.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
    assert ticket.code in said
    assert open_door.desk.keys.ticket_secret(ticket.code) in said
    assert "/ticket?lang=fi" in said
    assert "tähän keskusteluun" not in said  # nothing comes here by itself
    again = texts(say(client, "Ja kanatkin kotkottavat"))
    assert open_door.desk.keys.ticket_secret(ticket.code) not in again


@pytest.mark.parametrize("language", ["sv", "sv-FI"])
def test_the_client_may_say_language_and_municipality(
    client: TestClient, open_door: Doors, language: str
) -> None:
    told = {"language": language, "municipality": "091", "theme": {"dark": True}}
    assert "Småbarnspedagogik i korthet." in texts(say(client, "dagis", metadata=told))
    assert [one.language for one in talks(open_door)] == ["sv"]


def test_a_clients_own_commands_are_no_customers_words(
    client: TestClient, open_door: Doors
) -> None:
    greeting = texts(say(client, '/get_started{"a": "b"}', metadata={"language": "sv"}))
    assert "automatisk rådgivare" in greeting
    assert say(client, "/session_start") == []
    assert talks(open_door) == []
    say(client, "tarvitsen asunto-apua")
    assert talks(open_door)[0].pending
    assert say(client, "/restart") == []
    assert not talks(open_door)[0].pending


# --- a sender is no key ---


def test_a_sender_goes_on_in_one_conversation_whose_id_it_does_not_tell(
    client: TestClient, open_door: Doors
) -> None:
    for words in ("päiväkoti", "asunto", "kukko kiekuu"):
        say(client, words)
    (talk,) = talks(open_door)
    assert OWN not in talk.id
    assert client.get(f"/api/chat/{OWN}").json() == []


@pytest.mark.parametrize("sender", ["default", "user1", "botium", "", "x" * 15])
def test_a_name_that_many_could_have_keeps_nothing_from_message_to_message(
    client: TestClient, open_door: Doors, sender: str
) -> None:
    first = texts(say(client, PERSON, sender))
    second = texts(say(client, PERSON, sender))
    assert len(talks(open_door)) == 2
    with open_door.desk.reading() as session:
        one, other = session.scalars(select(Ticket).order_by(Ticket.id))
    assert one.code in first
    assert one.code not in second
    assert other.code in second


def test_the_same_sender_from_another_network_is_somebody_else(open_door: Doors) -> None:
    mine, theirs = (from_network(open_door, host) for host in ("203.0.113.5", "198.51.100.7"))
    told = texts(say(mine, PERSON))
    with open_door.desk.reading() as session:
        code = session.scalars(select(Ticket)).one().code
    assert code in told
    for words in ("missä vaiheessa asiani on?", PERSON):
        assert code not in texts(say(theirs, words))
    assert len(talks(open_door)) == 2


def test_one_network_cannot_flood_the_desk_and_no_other_is_shut_out(open_door: Doors) -> None:
    app = create_app(open_door)
    flooding = TestClient(app, client=("203.0.113.5", 1))
    given = {"sender": OWN, "message": "/session_start"}
    statuses = [flooding.post(PATH, json=given).status_code for _ in range(MOST_A_MINUTE + 5)]
    assert (statuses.count(200), statuses.count(429)) == (MOST_A_MINUTE, 5)
    other = TestClient(app, client=("198.51.100.7", 1))
    assert other.post(PATH, json=given).status_code == 200


# --- bad input ---


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sender": OWN},
        {"sender": OWN, "message": ""},
        {"sender": OWN, "message": "  "},
        {"sender": OWN, "message": None},
        {"sender": "x" * 300, "message": "hei"},
        {"sender": OWN, "message": "x" * 20_001},
        {"sender": OWN, "message": "hei", "metadata": "x"},
        {"sender": OWN, "message": "hei", "metadata": {"municipality": 5}},
        [],
    ],
)
def test_what_is_no_message_is_refused_in_both_languages(
    client: TestClient, open_door: Doors, body: Any
) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "fi", "sv"}
    assert talks(open_door) == []


def test_odd_signs_are_taken_and_no_identity_code_is_kept(
    client: TestClient, open_door: Doors
) -> None:
    for words in ("\ud83d\0 päiväkoti", "<script>alert(1)</script>", "/ei{komento", "\u202easunto"):
        sent = json.dumps({"sender": OWN, "message": words})  # half a pair, as ASCII
        answer = client.post(PATH, content=sent, headers={"Content-Type": "application/json"})
        assert answer.status_code == 200, words
    say(client, "Olen 131052-308T ja kukko kiekuu", metadata={"page": "/x?hetu=131052-308T"})
    kept = everything_kept(open_door.database)
    assert "131052-308T" not in kept
    assert "kukko kiekuu" in kept


# --- a real client ---


@pytest.fixture(scope="module")
def botium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with botium-core (114 MB), named by BOTIUM or else from the npm registry."""
    named = os.environ.get("BOTIUM")
    if named:
        return Path(named)
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no npm: botium-core has not talked with the desk")
    folder = tmp_path_factory.mktemp("botium")
    asked = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", BOTIUM]
    got = subprocess.run(asked, cwd=folder, capture_output=True, timeout=400, check=False)
    if got.returncode:
        pytest.skip("botium-core cannot be had: it has not talked with the desk")
    return folder


@pytest.fixture
def address(open_door: Doors) -> Iterator[str]:
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(create_app(open_door), port=port, log_level="warning"))
    thread = threading.Thread(target=running.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    open_door.listeners.close()
    running.should_exit = True
    thread.join(20)


def test_botium_asks_presses_a_button_and_gets_a_ticket(
    botium: Path, address: str, open_door: Doors
) -> None:
    sender = uuid.uuid4().hex
    wanted = ['tarvitsen "asunto-asiassa" apua', "#1", PERSON]
    done = subprocess.run(
        ["node", str(TALK), address + PATH, sender, *wanted],
        env=os.environ | {"NODE_PATH": str(botium / "node_modules")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    line = next(one for one in done.stdout.splitlines() if one.startswith("TALK "))
    asked, pressed, handed = json.loads(line.removeprefix("TALK "))
    assert pressed["sent"] == "Vuokra-asunnot"
    assert asked["heard"][-1]["buttons"][0]["text"] == "Asumistuki"
    assert "Vuokra-asunnot lyhyesti." in texts(pressed["heard"])
    with open_door.desk.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
    assert ticket.code in texts(handed["heard"])
    assert asked["sent"] == wanted[0]
    assert len(talks(open_door)) == 1
