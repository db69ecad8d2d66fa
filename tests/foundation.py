"""What the app's tests stand on: the shipped catalogue, a real search, a desk with its own clock.

Everything is the product's own but three things, named where they are made: a clock that the test
sets, a search that finds what the test plants, and a bot that reads as the test says.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions import fallback, rules
from actions.desk_action import settle
from actions.first_look import Given, settled_at_once
from actions.hand import Desk, Heard
from actions.replies import Replies
from actions.searching import endangered
from actions.words import Words
from api.bot_client import BotClient
from api.database import Database, sqlite_url
from api.doors import Doors
from api.events import Listeners
from api.front_desk import FrontDesk
from api.pool import in_pool
from api.settings import PROJECT, Settings
from catalog import encoder
from catalog.areas import municipalities
from catalog.codes import DESK_ORGANISATION, put_codes, shipped_codes
from catalog.encoder import Encoder
from catalog.find import Finder, Findings, Found
from catalog.load import load_shipped
from catalog.models import (
    AreaText,
    Channel,
    ChannelText,
    OpeningHours,
    Service,
    ServiceChannel,
    ServiceStatusText,
    ServiceText,
)
from catalog.personal_data import mask
from catalog.places import Municipalities
from catalog.reach import ANYBODY, Asker
from catalog.vectors import VectorCache
from catalog.why import Why
from desk import conversations, turns
from desk.conversations import Place
from desk.demo_staff import ensure_demo
from desk.models import Conversation, Person, Ticket, Turn
from desk.secrets import Keys
from tests.databases import (
    ON_POSTGRESQL,
    Databases,
    PostgresServer,
    SqliteFiles,
    a_copy,
    a_server,
)

PASSWORD = "vain kokeiluun 1"
NLU_DATA = PROJECT / "nlu_data"
KEPT = PROJECT / "var"  # encoder and vectors, as `make run` keeps them
WEDNESDAY_NOON = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)  # 12.00 in Helsinki
NOBODY_LISTENS = "http://127.0.0.1:1"
TIME_LIMIT = 5.0


# --- the database ---


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped catalogue and the demo staff in a SQLite file, by the real migrations."""
    path = tmp_path_factory.mktemp("template") / "luukku.db"
    stock(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this run's own."""
    with a_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresServer) -> str:
    """The same on that server."""
    url = postgresql.empty(Path())
    stock(url)
    postgresql.settle(url)
    return url


def stock(url: str) -> None:
    """The shipped catalogue and the demo staff, as a desk's first start brings them."""
    database = Database(url)
    database.migrate()
    report = load_shipped(database.writing, NLU_DATA, lambda line: None)
    assert not report.bad, report.bad[:3]
    with database.writing() as session:
        ensure_demo(session, PASSWORD, now=WEDNESDAY_NOON)
    database.dispose()  # SQLite's last connection brings the write-ahead log into the file


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Where this run's databases live: SQLite files, or PostgreSQL by TEST_DATABASE."""
    if not ON_POSTGRESQL:
        return SqliteFiles()
    server: PostgresServer = request.getfixturevalue("postgresql")
    return server


@pytest.fixture(scope="session")
def stocked(request: pytest.FixtureRequest) -> str:
    """The URL of the shipped catalogue with the demo staff, to be copied, not opened."""
    if ON_POSTGRESQL:
        return str(request.getfixturevalue("postgresql_template"))
    return sqlite_url(request.getfixturevalue("template"))


@pytest.fixture(scope="session")
def coded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the tables by the real migrations with the code lists alone, to be copied."""
    url = databases.empty(tmp_path_factory.mktemp("coded"))
    database = Database(url)
    database.migrate()
    with database.writing() as session:
        put_codes(session, shipped_codes())
    database.dispose()
    yield url
    databases.forget(url)


@pytest.fixture(scope="session")
def staffed(
    databases: Databases, coded: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of the code lists and the demo staff, with no service, to be copied."""
    url = databases.copy(coded, tmp_path_factory.mktemp("staffed"))
    database = Database(url)
    with database.writing() as session:
        ensure_demo(session, PASSWORD, now=datetime.now(UTC))
    database.dispose()
    yield url
    databases.forget(url)


@pytest.fixture(scope="session")
def catalogue(
    databases: Databases, stocked: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The shipped catalogue with the demo staff, for tests that only look."""
    with a_copy(databases, stocked, tmp_path_factory.mktemp("catalogue")) as database:
        yield database


@pytest.fixture
def house(databases: Databases, stocked: str, tmp_path: Path) -> Iterator[Database]:
    """A database of this test's own, with the shipped catalogue and the demo staff."""
    with a_copy(databases, stocked, tmp_path) as database:
        yield database


# --- the search ---


@pytest.fixture(scope="session")
def real_encoder() -> Encoder:
    return encoder.load(KEPT / "encoder")


@pytest.fixture(scope="session")
def vector_cache() -> VectorCache:
    """The project's own, which `luukku prepare` fills: embedding 22,000 texts takes minutes."""
    return VectorCache(KEPT / "vectors.db")


@pytest.fixture(scope="session")
def real_finder(catalogue: Database, real_encoder: Encoder, vector_cache: VectorCache) -> Finder:
    """The real search over the whole shipped catalogue."""
    with catalogue.reading() as session:
        return Finder.build(session, real_encoder, vector_cache, lambda done, total: None)


@lru_cache
def shipped_places() -> Municipalities:
    """Every municipality of the code list, by its names."""
    named: dict[str, dict[str, str]] = {}
    for row in shipped_codes()[AreaText]:
        kind, _, code = row["area_id"].partition(":")
        if kind == "municipality":
            named.setdefault(code, {})[row["language"]] = row["name"]
    return Municipalities.from_rows((code, one["fi"], one["sv"]) for code, one in named.items())


@dataclass
class PlantedFinder:
    """Finds what the test planted for a word of the question, else what was planted for "".

    For tests of what is done with findings; the search itself is tested on `real_finder`.
    """

    revision: int = 1
    planted: dict[str, Findings] = field(default_factory=dict)
    service_ids: tuple[str, ...] = ()
    places: Municipalities = field(default_factory=shipped_places)
    encoder_name: str = "planted"

    def plant(self, word: str, *found: tuple[str, float], understood: bool = True) -> None:
        services = tuple(Found(service_id, score) for service_id, score in found)
        self.planted[word] = Findings(services, understood)

    def find(
        self, question: str, language: str, asker: Asker = ANYBODY, limit: int = 5
    ) -> Findings:
        for word, findings in self.planted.items():
            if word and word in question.lower():
                return findings
        return self.planted.get("", Findings((), understood=False))

    def in_danger(self, text: str) -> bool:
        return False

    def why(self, *_: object, **__: object) -> tuple[Why, ...]:
        return ()


# --- the desk ---


@dataclass
class Clock:
    """Stands where the test put it."""

    at: datetime = WEDNESDAY_NOON

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def planted() -> PlantedFinder:
    return PlantedFinder()


@lru_cache
def replies() -> Replies:
    return Replies.from_folder(NLU_DATA / "replies")


@lru_cache
def words() -> Words:
    return Words.from_folder(NLU_DATA)


def a_desk(
    database: Database, clock: Callable[[], datetime], finder: object, pool: ThreadPoolExecutor
) -> Desk:
    return Desk(
        writing=database.writing,
        reading=database.reading,
        finder=lambda: finder,  # type: ignore[arg-type,return-value]
        replies=replies(),
        words=words(),
        rules=actions_by_intent(),
        intents=None,  # what is planted has no meaning to weigh
        keys=Keys(b"k" * 32),
        now=clock,
        pool=pool,
    )


@pytest.fixture
def desk(house: Database, clock: Clock, planted: PlantedFinder) -> Iterator[Desk]:
    """A desk on the shipped catalogue, with a clock and findings that the test sets."""
    with ThreadPoolExecutor(8) as pool:
        yield a_desk(house, clock, planted, pool)


@pytest.fixture
def finding_desk(desk: Desk, real_finder: Finder) -> Desk:
    """The desk with the real search."""
    return replace(desk, finder=lambda: real_finder)


# --- a talk with the desk, without doors ---


@lru_cache
def actions_by_intent() -> dict[str, str]:
    return rules.actions_by_intent(NLU_DATA)


@dataclass(frozen=True)
class Told:
    """What came of one message."""

    turn: Turn
    ticket: Ticket | None
    conversation: Conversation

    @property
    def kind(self) -> str | None:
        return self.turn.kind

    @property
    def said(self) -> str:
        return "\n".join(reply["text"] for reply in self.turn.replies)

    @property
    def buttons(self) -> list[str]:
        return [
            str(choice["value"])
            for reply in self.turn.replies
            for choice in reply.get("choices", [])
        ]


@dataclass
class Talk:
    """One customer's conversation; every message is a real turn, closed by the real action."""

    desk: Desk
    language: str = "fi"
    municipality_id: str | None = None
    conversation_id: str | None = None

    def write(
        self,
        text: str,
        intent: str = "find_service",
        confidence: float = 0.95,
        given: Given | None = None,
    ) -> Told:
        """The message is kept, looked at, read as `intent` and settled."""
        turn_id = self.open(text, given)
        settle(self.desk, actions_by_intent()[intent], Heard(turn_id, intent, confidence))
        return self.told(turn_id)

    def open(self, text: str, given: Given | None = None) -> int:
        """The message is kept, and settled only where no bot is needed."""
        with self.desk.writing() as session:
            turn = turns.begin(
                session,
                self._conversation(session),
                message_id=uuid.uuid4().hex,
                text=mask(text).text,
                text_hash=self.desk.keys.text_hash(text),
                now=self.desk.now(),
            )
            hand = fallback.unheard(session, turn, self.desk)
            danger = endangered(self.desk, turn.text, hand.language)
            settled_at_once(hand, given, danger)
            return turn.id

    def told(self, turn_id: int) -> Told:
        with self.desk.reading() as session:
            turn = session.get_one(Turn, turn_id)
            ticket = session.get(Ticket, turn.ticket_id) if turn.ticket_id else None
            if ticket is not None:
                assert ticket.owner.name
                assert ticket.team.code
            return Told(turn, ticket, session.get_one(Conversation, turn.conversation_id))

    def _conversation(self, session: Session) -> Conversation:
        if self.conversation_id is not None:
            return session.get_one(Conversation, self.conversation_id)
        begun = conversations.begin(
            session,
            language=self.language,
            place=Place(self.municipality_id),
            now=self.desk.now(),
        )
        self.conversation_id = begun.id
        return begun


@pytest.fixture
def talk(desk: Desk) -> Talk:
    return Talk(desk)


@pytest.fixture
def samtal(desk: Desk) -> Talk:
    """A conversation in Swedish."""
    return Talk(desk, language="sv")


def person(session: Session, login: str) -> Person:
    return session.scalars(select(Person).where(Person.login == login)).one()


# --- doors ---


class DirectBot:
    """Stands in for Rasa where the bot's part is not tested: reads each message as `intent` says
    and calls the real action, in this process."""

    def __init__(self, desk: Desk, intent: Callable[[str], str] = lambda text: "find_service"):
        self._desk = desk
        self._intent = intent
        self.heard: list[str] = []

    async def turn(self, *, sender: str, text: str, turn_id: int, language: str) -> None:
        self.heard.append(text)
        intent = self._intent(text)
        heard = Heard(turn_id, intent, 0.95)
        await in_pool(self._desk.pool, settle, self._desk, actions_by_intent()[intent], heard)

    async def ready(self) -> bool:
        return True

    async def close(self) -> None:
        pass


def doors_over(
    database: Database, desk: Desk, bot: Any, folder: Path, *, time_limit: float = TIME_LIMIT
) -> Doors:
    settings = Settings(data_dir=folder, secret_key="k" * 32)
    with database.reading() as session:
        places = municipalities(session)
    front = FrontDesk(desk, bot, lambda: places, time_limit)
    return Doors(settings, database, desk, bot, front, Listeners(database.reading, desk.pool))


@pytest.fixture
def open_doors(house: Database, desk: Desk, tmp_path: Path) -> Doors:
    """Doors over a bot that takes every message for a question."""
    return doors_over(house, desk, DirectBot(desk), tmp_path)


@pytest.fixture
def botless_doors(house: Database, desk: Desk, tmp_path: Path) -> Doors:
    """Doors over a bot that nobody has started: every message becomes a ticket."""
    bot = BotClient(NOBODY_LISTENS, "key", TIME_LIMIT)
    return doors_over(house, desk, bot, tmp_path)


# --- services of a test's own ---


def add_service(session: Session, service_id: str, **more: Any) -> Service:
    """A service with Finnish and Swedish texts, unless `texts` says otherwise: {"fi": name}."""
    names = more.pop("texts", {"fi": "Koepalvelu", "sv": "Provservice"})
    told = more.pop("status_texts", {})
    service = Service(
        id=service_id,
        keeper_id=DESK_ORGANISATION,
        kind="Service",
        audience="citizens",
        source="test",
        content_hash=service_id,
        texts=[
            ServiceText(language=language, name=name, summary=f"{name}: summary.")
            for language, name in names.items()
        ],
        status_texts=[ServiceStatusText(language=one, text=text) for one, text in told.items()],
        **more,
    )
    session.add(service)
    session.flush()
    return service


def add_channel(
    session: Session, service_id: str, channel_id: str, *hours: OpeningHours, **more: Any
) -> Channel:
    kind = more.pop("kind", "Phone")
    names = more.pop("texts", {"fi": "Neuvonta", "sv": "Rådgivning"})
    channel = Channel(
        id=channel_id,
        kind=kind,
        organisation_id=DESK_ORGANISATION,
        source="test",
        content_hash=channel_id,
        texts=[ChannelText(language=one, name=name, **more) for one, name in names.items()],
        hours=list(hours),
    )
    session.add(channel)
    session.flush()
    session.add(ServiceChannel(service_id=service_id, channel_id=channel_id))
    session.flush()
    return channel
