"""Metrics: true counts on a port of their own, with few labels and nobody's data in them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url, select, text

from actions.hand import Desk
from api import metrics_port, readiness
from api.app import create_app
from api.database import Database
from api.doors import Doors
from api.metrics import FAILURES, METHODS
from api.metrics_port import PATH, create_metrics_app
from api.settings import PROJECT
from api.watching import UNKNOWN
from desk import tickets, webhooks
from desk.door_records import Webhook
from desk.models import CHANNELS, OUTCOMES, Ticket
from desk.records import Notice
from tests.api.test_logs import served
from tests.broken_databases import ruin
from tests.databases import file_of
from tests.e2e.running_desk import until
from tests.foundation import Clock, DirectBot, Talk, doors_over, person

IDENTITY_CODE = "131052-308T"
EMAIL = "salainen.asiakas@esimerkki.fi"
WORDS = "eriskummallinenhuolenaihe"
PLANTED = f"{WORDS} {IDENTITY_CODE} {EMAIL}"
RULES = PROJECT / "deploy" / "prometheus-rules.yml"
DOCUMENT = PROJECT / "docs" / "metrics.md"

Labels = dict[str, str]


@pytest.fixture(autouse=True)
def always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scrape of a test sees what the test has just done."""
    monkeypatch.setattr(metrics_port, "KEPT", 0.0)
    monkeypatch.setattr(readiness, "KEPT", -1.0)


@pytest.fixture
def public(botless_doors: Doors) -> Iterator[TestClient]:
    with TestClient(create_app(botless_doors), raise_server_exceptions=False) as client:
        yield client


def scraped(doors: Doors) -> list[tuple[str, Labels, float]]:
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(exposition(doors))
        for sample in family.samples
    ]


def exposition(doors: Doors) -> str:
    answer = TestClient(create_metrics_app(doors)).get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def value(doors: Doors, name: str, **labels: str) -> float | None:
    found = [v for n, told, v in scraped(doors) if n == name and labels.items() <= told.items()]
    assert len(found) <= 1, (name, labels, found)
    return found[0] if found else None


def send(client: TestClient, text: str, **more: str) -> Any:
    body = {"message_id": uuid.uuid4().hex, "text": text, **more}
    return client.post("/api/chat", json=body).json()


# --- where ---


def test_the_public_port_serves_no_metrics(public: TestClient) -> None:
    for path in (PATH, "/static/../metrics", "/api/metrics", "/staff/metrics"):
        answer = public.get(path)
        assert answer.status_code in (303, 404)
        assert "luukku_" not in answer.text


def test_the_metrics_port_serves_nothing_else(botless_doors: Doors) -> None:
    client = TestClient(create_metrics_app(botless_doors))
    assert client.post(PATH).status_code == 405
    for path in ("/", "/health", "/staff", "/api/services?q=x", "/openapi.json"):
        assert client.get(path).status_code == 404


# --- turns ---


def test_a_turn_is_counted_by_outcome_and_door_once_however_often_it_is_sent(
    botless_doors: Doors, public: TestClient
) -> None:
    body = {"message_id": uuid.uuid4().hex, "text": "moi", "channel": "widget"}
    for _ in range(3):
        assert public.post("/api/chat", json=body).status_code == 200
    send(public, "hukkasin passini")
    counted = "luukku_turn_seconds_count"
    assert value(botless_doors, counted, outcome="handover", channel="widget") == 1
    assert value(botless_doors, counted, outcome="handover", channel="web") == 1
    assert value(botless_doors, "luukku_bot_failures_total", reason="down") == 2
    assert value(botless_doors, "luukku_bot_failures_total", reason="slow") == 0


class FailingBot(DirectBot):
    """Fails as it is told: never answers, or answers and has done nothing."""

    how = "silent"

    async def turn(self, **message: Any) -> None:
        if self.how == "slow":
            raise TimeoutError


@pytest.mark.parametrize("how", ["silent", "slow"])
def test_the_way_the_bot_fails_is_told(
    how: str, house: Database, desk: Desk, tmp_path: Path
) -> None:
    bot = FailingBot(desk)
    bot.how = how
    doors = doors_over(house, desk, bot, tmp_path)
    with TestClient(create_app(doors)) as client:
        send(client, "hukkasin passini")
    told = {r: value(doors, "luukku_bot_failures_total", reason=r) for r in FAILURES.values()}
    assert told == {reason: float(reason == how) for reason in FAILURES.values()}


def test_a_message_that_no_service_fits_is_a_fallback(
    house: Database, desk: Desk, tmp_path: Path
) -> None:
    doors = doors_over(house, desk, DirectBot(desk), tmp_path)
    with TestClient(create_app(doors)) as client:
        first = send(client, "jotain ihan tuntematonta")
        assert first["outcome"]["kind"] == "clarify"  # asked once in other words
        assert value(doors, "luukku_fallbacks_total") == 0
        again = send(client, "yhä tuntematonta", conversation_id=first["conversation_id"])
        assert again["outcome"]["kind"] == "handover"
    assert value(doors, "luukku_fallbacks_total") == 1
    assert value(doors, "luukku_bot_failures_total", reason="silent") == 0


def test_turns_that_a_dead_process_left_are_counted(botless_doors: Doors, talk: Talk) -> None:
    talk.open("hukkasin passini")
    clock = botless_doors.desk.now
    assert isinstance(clock, Clock)
    clock.forward(minutes=1)
    with TestClient(create_app(botless_doors)):  # it looks at its start
        counted = "luukku_bot_failures_total"
        until(lambda: value(botless_doors, counted, reason="abandoned"), 60, "the look")
        assert value(botless_doors, counted, reason="abandoned") == 1


# --- the desk ---


def test_open_and_overdue_tickets_and_the_promises_kept_are_true(
    botless_doors: Doors, talk: Talk, clock: Clock
) -> None:
    assert value(botless_doors, "luukku_promises_kept_ratio") is None
    doors, kept = botless_doors, talk.write("asia", "complaint")
    assert kept.ticket is not None
    others = [Talk(doors.desk).write(f"asia {number}", "complaint") for number in range(3)]
    assert value(doors, "luukku_tickets", stage="open") == 4
    assert value(doors, "luukku_tickets_overdue") == 0
    answer(doors, kept.ticket.code)
    assert value(doors, "luukku_promises_kept_ratio") == 1
    clock.forward(days=10)
    assert value(doors, "luukku_tickets_overdue") == 3
    assert others[0].ticket is not None
    answer(doors, others[0].ticket.code)
    assert value(doors, "luukku_tickets", stage="answered") == 2
    assert value(doors, "luukku_tickets_overdue") == 2
    assert value(doors, "luukku_promises_settled", event="broken") == 1
    assert value(doors, "luukku_promises_kept_ratio") == 0.5
    clock.forward(days=25)  # the kept one is over 30 days old by now
    assert value(doors, "luukku_promises_kept_ratio") == 0


def answer(doors: Doors, code: str) -> None:
    with doors.desk.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.code == code)).one()
        aino = person(session, "aino")
        tickets.answer(session, ticket, person=aino, text="Vastaus.", now=doors.desk.now())


def test_notices_and_deliveries_that_wait_or_failed_are_counted(
    botless_doors: Doors, talk: Talk, clock: Clock
) -> None:
    with botless_doors.desk.writing() as session:
        hook = webhooks.add(session, "https://agency.example/in", [], now=clock())
    ticket = talk.write("asia", "complaint").ticket
    assert ticket is not None
    with botless_doors.desk.writing() as session:
        session.add_all(notice(ticket.id, state, clock) for state in ("waiting", "failed", "sent"))
    clock.forward(minutes=3)
    assert value(botless_doors, "luukku_outbox", outbox="notices", state="waiting") == 1
    assert value(botless_doors, "luukku_outbox", outbox="notices", state="failed") == 1
    waiting = value(botless_doors, "luukku_outbox", outbox="webhooks", state="waiting")
    assert waiting is not None
    assert waiting >= 1
    assert value(botless_doors, "luukku_outbox_due_seconds", outbox="notices") == 180
    with botless_doors.desk.writing() as session:
        session.get_one(Webhook, hook.id).active = False
    assert value(botless_doors, "luukku_outbox", outbox="webhooks", state="waiting") == 0


def notice(ticket_id: int, state: str, clock: Clock) -> Notice:
    return Notice(
        key=uuid.uuid4().hex,
        ticket_id=ticket_id,
        channel="email",
        recipient=EMAIL,
        language="fi",
        template="answered",
        state=state,
        next_at=clock(),
        written_at=clock(),
    )


def bytes_on_disk(house: Database) -> int:
    """What the database's files hold, looked at from outside."""
    if house.engine.dialect.name == "sqlite":
        return file_of(house.url).stat().st_size
    with house.reading() as session:
        number = session.scalar(
            text("select oid from pg_database where datname = current_database()")
        )
    base = Path(str(make_url(house.url).query["host"])) / "data" / "base"
    return sum(file.stat().st_size for file in (base / str(number)).iterdir())


def test_index_database_memory_and_disk_are_told(botless_doors: Doors, house: Database) -> None:
    told = {name: number for name, labels, number in scraped(botless_doors) if not labels}
    assert told["luukku_index_revision"] == 1
    assert told["luukku_catalogue_revision"] >= 1
    assert told["luukku_database_bytes"] == bytes_on_disk(house)
    assert told["process_resident_memory_bytes"] > 10_000_000
    assert told["luukku_disk_free_bytes"] > 0
    assert told["luukku_catalogue_age_seconds"] != 0


def test_a_database_that_is_away_leaves_its_numbers_out(
    botless_doors: Doors, house: Database
) -> None:
    assert value(botless_doors, "luukku_tickets_overdue") == 0
    ruin(house)
    assert value(botless_doors, "luukku_tickets_overdue") is None
    assert value(botless_doors, "luukku_part_ok", part="database") == 0
    assert value(botless_doors, "luukku_index_revision") == 1


def test_an_open_event_stream_is_counted_while_it_is_open(botless_doors: Doors) -> None:
    with served(botless_doors) as at:
        talk = at.http.post("/api/chat", json={"message_id": uuid.uuid4().hex, "text": "moi"})
        path = f"/api/chat/{talk.json()['conversation_id']}/events"
        with at.http.stream("GET", path, headers={"Accept": "text/event-stream"}) as stream:
            lines = stream.iter_lines()  # kept: httpx ends the stream with it
            assert next(lines) == ": open"
            assert value(botless_doors, "luukku_event_streams") == 1
        until(lambda: value(botless_doors, "luukku_event_streams") == 0, 60, "the stream's end")


# --- labels ---


def test_nothing_personal_and_no_address_asked_for_is_a_label(
    botless_doors: Doors, public: TestClient
) -> None:
    public.headers.update({"User-Agent": PLANTED, "Referer": f"http://x/{WORDS}"})
    told = send(public, PLANTED, page=f"https://x.example/{WORDS}", municipality="Helsinki")
    ticket = told["outcome"]["ticket"]
    talk = told["conversation_id"]
    public.get(f"/api/chat/{talk}")
    public.get(f"/api/chat/{talk}/turns/1/why")
    public.get(f"/api/tickets/{ticket['code']}", headers={"X-Ticket-Secret": ticket["secret"]})
    public.get(f"/api/tickets/{IDENTITY_CODE}", headers={"X-Ticket-Secret": WORDS})
    public.get("/api/services", params={"q": PLANTED})
    for path in (WORDS, f"staff/{EMAIL}", f"static/{IDENTITY_CODE}", f"open311/v2/{WORDS}.json"):
        public.get(f"/{path}")
    public.request(WORDS.upper(), "/chat")
    public.post("/staff/login", data={"login": EMAIL, "password": WORDS})
    send(public, "moi", channel=WORDS)
    said = exposition(botless_doors).lower()
    secrets = (IDENTITY_CODE, EMAIL, WORDS, talk, ticket["code"], ticket["secret"], "helsinki")
    assert not [secret for secret in secrets if secret.lower() in said]


def test_wrong_addresses_make_no_new_series(botless_doors: Doors, public: TestClient) -> None:
    public.get("/nowhere")
    public.get("/static/nothing.css")
    before = len(scraped(botless_doors))
    for number in range(50):
        public.get(f"/nowhere/{number}")
        public.get(f"/static/{number}.css")
    assert len(scraped(botless_doors)) == before


def test_every_label_is_one_of_few_known_values(botless_doors: Doors, public: TestClient) -> None:
    declared = {UNKNOWN, "/static/unknown", "/health", "/api/services/{service_id}", "/api/chat"}
    declared |= {"/staff/tickets/{code}", "/ready"}
    for path in ("/health", "/ready", "/nowhere", "/static/x", "/staff/tickets/ABC"):
        public.get(path)
    public.get(f"/api/services/{uuid.uuid4()}")
    send(public, "moi")
    allowed = {
        "route": declared,
        "method": {*METHODS, "other"},
        "outcome": set(OUTCOMES),
        "channel": set(CHANNELS),
        "reason": set(FAILURES.values()),
        "stage": {"open", "answered"},
        "event": {"kept", "broken"},
        "outbox": {"notices", "webhooks"},
        "state": {"waiting", "failed"},
        "part": {"bot", "index", "database", "outbox", "disk"},
    }
    for name, labels, _ in scraped(botless_doors):
        for label, given in labels.items():
            if label in ("le", "status"):
                assert re.fullmatch(r"[\d.]+|\+Inf", given), (name, given)
            else:
                assert given in allowed[label], (name, label, given)


# --- the alerts and the page ---


def names(doors: Doors, public: TestClient) -> set[str]:
    """Every metric that a desk with one turn, one promise and one request gives."""
    send(public, "moi")
    code = send(public, "toinen asia")["outcome"]["ticket"]["code"]
    answer(doors, code)
    return {name for name, _, _ in scraped(doors)}


def test_every_metric_that_an_alert_asks_for_exists(
    botless_doors: Doors, public: TestClient
) -> None:
    there = names(botless_doors, public)
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    assert len(rules) >= 5
    for rule in rules:
        asked = set(re.findall(r"luukku_\w+", rule["expr"]))
        assert asked, rule["alert"]
        assert asked <= there, rule["alert"]
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["do"]
    parts = set(re.findall(r'part="(\w+)"', RULES.read_text("utf-8")))
    assert parts == {"bot", "index", "database", "outbox", "disk"}
    routes = set(re.findall(r'route="([^"]+)"', RULES.read_text("utf-8")))
    assert routes
    assert routes <= {labels.get("route") for _, labels, _ in scraped(botless_doors)}


def test_the_page_lists_every_metric_and_no_other(botless_doors: Doors, public: TestClient) -> None:
    own = {name for name in names(botless_doors, public) if name.startswith("luukku_")}
    families = {re.sub(r"_(bucket|sum|count)$", "", one) for one in own if "_created" not in one}
    listed = set(re.findall(r"^\| `(luukku_\w+)`", DOCUMENT.read_text("utf-8"), re.M))
    assert listed == families
