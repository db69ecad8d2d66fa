"""Several bots behind one app: each conversation has its own, and a dead one costs no turn."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api import bot_pool
from api.bot_client import BotClient, BotSilent
from api.bot_pool import BotPool, bot_of
from api.settings import Settings

KEY, TALKS = "key", [f"talk-{number}" for number in range(60)]


@dataclass
class Bot:
    """A real HTTP server in a bot's place."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    pause: threading.Event | None = None  # answers once it is set
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}"

    def start(self, port: int = 0) -> None:
        bot = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bot.heard.append(json.loads(body))
                if bot.pause is not None:
                    bot.pause.wait(10)
                self._say(bot.status)

            def do_GET(self) -> None:
                self._say(200 if bot.pause is None else 503)

            def _say(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    def talks(self) -> list[str]:
        return [one["sender"] for one in self.heard]


@pytest.fixture
def bots() -> Iterator[list[Bot]]:
    made = [Bot(), Bot(), Bot()]
    for one in made:
        one.start()
    yield made
    for one in made:
        one.stop()


def pool_of(bots: list[Bot], *, limit: float = 2.0) -> BotPool:
    return BotPool({one.url: BotClient(one.url, KEY, limit, actions_port=4711) for one in bots})


async def ask(pool: BotPool, talk: str) -> str:
    """How the turn ended: "closed", or the reason for the ticket."""
    try:
        await pool.turn(sender=talk, text="hei", turn_id=1, language="fi")
    except BotSilent as silent:
        return silent.reason
    return "closed"


def test_a_conversation_stays_at_its_bot_and_all_bots_have_some(bots: list[Bot]) -> None:
    async def evening() -> None:
        for pool in (pool_of(bots), pool_of(bots[::-1])):  # two apps agree without a word
            for talk in TALKS:
                assert await ask(pool, talk) == "closed"
            await pool.close()

    asyncio.run(evening())
    for one in bots:
        assert len(set(one.talks())) > len(TALKS) // 6
        assert sorted(one.talks()) == sorted(one.talks()[: len(one.talks()) // 2] * 2)


def test_each_turn_names_the_door_where_its_action_is_carried_out(bots: list[Bot]) -> None:
    async def evening() -> None:
        pool = pool_of(bots)
        await ask(pool, "a")
        await pool.close()

    asyncio.run(evening())
    assert [one["actions_port"] for bot in bots for one in bot.heard] == [4711]


def test_where_a_bot_is_gone_others_have_its_conversations_and_the_rest_stay(
    bots: list[Bot],
) -> None:
    async def evening() -> list[str]:
        pool = pool_of(bots)
        for talk in TALKS:
            await ask(pool, talk)
        await asyncio.to_thread(bots[0].stop)
        ended = [await ask(pool, talk) for talk in TALKS]
        bots[0].start(int(pool_name(pool, 0).rpartition(":")[2]))
        await pool.close()
        return ended

    before = [bot.talks for bot in bots]
    assert asyncio.run(evening()) == ["closed"] * len(TALKS)
    homeless = set(before[0]())
    for bot in bots[1:]:
        counts = {talk: bot.talks().count(talk) for talk in set(bot.talks())}
        assert {talk for talk, count in counts.items() if count == 1} <= homeless
    assert sum(len(bot.talks()) for bot in bots) == 2 * len(TALKS)


def pool_name(pool: BotPool, number: int) -> str:
    return list(pool._bots)[number]


def test_a_bot_that_hangs_costs_one_turn_and_is_asked_again_when_it_answers(
    bots: list[Bot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_pool, "PROBE", 0.1)
    hung, thawed = bots[0], threading.Event()

    async def evening() -> tuple[list[str], list[str]]:
        pool = pool_of(bots, limit=0.3)
        hung.pause = thawed
        ended = [await ask(pool, talk) for talk in TALKS]
        thawed.set()
        hung.pause = None
        await asyncio.sleep(0.5)
        hung.heard.clear()
        after = [await ask(pool, talk) for talk in TALKS]
        await pool.close()
        return ended, after

    ended, after = asyncio.run(evening())
    assert ended.count("bot_slow") == 1
    assert ended.count("closed") == len(TALKS) - 1
    assert after == ["closed"] * len(TALKS)
    assert hung.heard


def test_a_bot_that_answers_with_an_error_is_taken_at_its_word(bots: list[Bot]) -> None:
    for one in bots:
        one.status = 500

    async def evening() -> str:
        pool = pool_of(bots)
        ended = await ask(pool, "a")
        await pool.close()
        return ended

    assert asyncio.run(evening()) == "bot_wrong"
    assert sum(len(one.heard) for one in bots) == 1


def test_with_no_bot_at_all_the_desk_hears_so_at_once() -> None:
    urls = [f"http://127.0.0.1:{port}" for port in (1, 2)]

    async def evening() -> tuple[str, bool]:
        pool = BotPool({url: BotClient(url, KEY, 2.0) for url in urls})
        ended = await ask(pool, "a"), await pool.ready()
        await pool.close()
        return ended

    assert asyncio.run(evening()) == ("bot_down", False)


def test_the_settings_say_whether_the_bots_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_PORTS", raising=False)
    assert isinstance(bot_of(Settings(), "http://127.0.0.1:5", KEY, 7), BotClient)
    monkeypatch.setenv("BOT_PORTS", "5005, 5006")
    assert Settings().bots == [5005, 5006]
    assert isinstance(bot_of(Settings(), "http://127.0.0.1:5", KEY, 7), BotPool)
    monkeypatch.setenv("BOT_PORTS", "localhost:5005")
    with pytest.raises(ValueError, match="bot_ports"):
        Settings()
