"""The desk grown to two apps and two bots: nobody notices, not even where one of them dies."""

from __future__ import annotations

import asyncio
import os
import re
import uuid
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from actions.desk_action import DECIDES
from api.database import Database
from desk.models import Message, Ticket, Turn
from eval.load_servers import NotInstalled
from eval.load_servers import redis as a_redis
from tests.databases import PostgresServer, a_server
from tests.e2e.several import Several, running
from tests.e2e.streams import Stream

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="(\d+)"')
CHATS, EACH, HANDS = 24, 10, 4
HEARD_WITHIN = 20.0  # seconds after the last line


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with a_server() as started:
        yield started


@pytest.fixture(scope="module")
def several(
    server: PostgresServer,
    prepared: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Several]:
    folder = tmp_path_factory.mktemp("several")
    with ExitStack() as stack:
        try:
            redis = stack.enter_context(a_redis())
        except NotInstalled as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            warnings.warn(str(missing), stacklevel=1)
            pytest.skip(str(missing))
        yield stack.enter_context(running(folder, server.empty(folder), redis))


@dataclass
class Chat:
    """A conversation that waits for a person."""

    conversation: str
    ticket: str


async def write(app: str, text: str, conversation: str | None = None) -> dict[str, Any]:
    body = {"conversation_id": conversation, "message_id": uuid.uuid4().hex, "text": text}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        answer = await http.post(f"{app}/api/chat", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def waiting(several: Several) -> list[Chat]:
    """Chats begun at both apps, each with its ticket."""
    apps = list(several.apps)
    told = [await write(apps[n % len(apps)], "haluan puhua ihmisen kanssa") for n in range(CHATS)]
    return [Chat(one["conversation_id"], str(one["outcome"]["ticket"]["code"])) for one in told]


class Clerk:
    """Somebody of the staff with one log-in, which every app knows."""

    def __init__(self, several: Several) -> None:
        self._several = several
        self._http = httpx.AsyncClient(timeout=60, trust_env=False)

    async def log_in(self) -> None:
        password = (self._several.folder / "demo-password").read_text().strip()
        form = {"login": "aino", "password": password}
        first = next(iter(self._several.apps))
        assert (await self._http.post(f"{first}/staff/login", data=form)).status_code == 303

    async def answer(self, app: str, ticket: str, text: str) -> bool:
        """Whether the app said that it was written; where it died over it, nobody knows."""
        page = await self._asked("GET", f"{app}/staff/tickets/{ticket}")
        if page is None:
            return False
        token, seen = TOKEN.search(page.text), SEEN.search(page.text)
        assert token is not None, page.text[:500]
        assert seen is not None
        form = {"form_token": token[1], "seen": seen[1], "text": text}
        done = await self._asked("POST", f"{app}/staff/tickets/{ticket}/answer", data=form)
        return done is not None and done.status_code == 303

    async def _asked(self, method: str, url: str, **more: Any) -> httpx.Response | None:
        try:
            return await self._http.request(method, url, **more)
        except httpx.TransportError:
            return None


async def answer_all(
    several: Several, chats: list[Chat], *, killed: str | None = None
) -> set[tuple[str, str]]:
    """Several hands answer at once, by both apps in turns; what was confirmed comes back."""
    clerk, confirmed, done = Clerk(several), set(), 0
    await clerk.log_in()

    async def hand(mine: list[Chat]) -> None:
        nonlocal done
        for count in range(EACH):
            for chat in mine:
                apps = list(several.apps)
                text = f"{chat.ticket} sana {'abcdefghij'[count]}"
                if await clerk.answer(apps[(count + done) % len(apps)], chat.ticket, text):
                    confirmed.add((chat.conversation, text))
                done += 1
                if killed in several.apps and done > CHATS * EACH // 3:
                    several.kill_app(killed)

    await asyncio.gather(*(hand(chats[number::HANDS]) for number in range(HANDS)))
    return confirmed


def kept(several: Several, chats: list[Chat]) -> dict[str, list[tuple[int, str]]]:
    """The staff's lines of each conversation, as the database has them in the end."""
    database = Database(several.database)
    with database.reading() as session:
        rows = session.execute(
            select(Message.conversation_id, Message.id, Message.text)
            .where(Message.author == "staff", Message.audience == "customer")
            .order_by(Message.id)
        ).tuples()
        found: dict[str, list[tuple[int, str]]] = {one.conversation: [] for one in chats}
        for conversation, number, text in rows:
            if conversation in found:
                found[conversation].append((number, text))
    database.dispose()
    return found


async def evening(several: Several, *, kill: bool) -> tuple[list[Stream], set[tuple[str, str]]]:
    """Every chat is answered while its stream is open, each stream at the app that did not begin
    its chat; in the middle one app may die."""
    chats, apps = await waiting(several), list(several.apps)
    streams = [
        Stream(chat.conversation, apps[::-1] if number % 2 == 0 else apps)
        for number, chat in enumerate(chats)
    ]
    listening = [asyncio.create_task(one.listen()) for one in streams]
    await asyncio.gather(*(one.open.wait() for one in streams))
    confirmed = await answer_all(several, chats, killed=apps[0] if kill else None)
    truth = await asyncio.to_thread(kept, several, chats)
    until = asyncio.get_running_loop().time() + HEARD_WITHIN
    while sum(len(one.heard) for one in streams) < sum(map(len, truth.values())):
        if asyncio.get_running_loop().time() > until:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # a line that came twice would come now
    for one in listening:
        one.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    assert {one.conversation: one.heard for one in streams} == truth  # none lost, none doubled
    said = {(talk, text) for talk, lines in truth.items() for _, text in lines}
    assert confirmed <= said
    return streams, confirmed


def test_what_staff_answer_by_either_app_reaches_streams_at_the_other_once(
    several: Several,
) -> None:
    streams, confirmed = asyncio.run(evening(several, kill=False))
    heard = sum(len(one.heard) for one in streams)
    print(f"{heard} lines heard over {len(streams)} streams")
    assert len(confirmed) == CHATS * EACH
    assert not any(one.resumed for one in streams)


def test_both_bots_are_asked_and_where_one_dies_the_other_answers(several: Several) -> None:
    async def ask(count: int) -> list[str]:
        apps = list(several.apps)
        told = [
            await write(apps[n % len(apps)], f"mistä saan passin, kysymys {'abcdefghijklmnop'[n]}")
            for n in range(count)
        ]
        later = [await write(apps[0], "mitä se maksaa", one["conversation_id"]) for one in told[:4]]
        return [one["conversation_id"] for one in told + later]

    before = asyncio.run(ask(12))
    several.kill_bot(next(iter(several.bots)))
    after = asyncio.run(ask(12))
    database = Database(several.database)
    with database.reading() as session:
        turns = select(Turn.closed_by).where(Turn.conversation_id.in_(before + after))
        closed = list(session.scalars(turns))
    database.dispose()
    assert len(closed) == 32
    assert set(closed) <= set(DECIDES), closed


def test_one_app_killed_its_streams_go_on_at_the_other_and_every_matter_is_whole(
    several: Several,
) -> None:
    streams, confirmed = asyncio.run(evening(several, kill=True))
    assert len(several.apps) == 1
    assert any(one.resumed for one in streams)
    assert len(confirmed) > CHATS * EACH // 2
    database = Database(several.database)
    with database.reading() as session:
        assert not list(session.scalars(select(Ticket.id).where(Ticket.owner_id.is_(None))))
    database.dispose()
