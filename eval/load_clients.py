"""Customers who ask at a steady pace, whoever waits for whom; and as fast as they are answered."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from sqlalchemy import select

from actions.desk_action import DECIDES
from api.database import Database
from desk.models import Turn
from eval.questions_data import Question

PATIENCE = 30.0  # seconds for one answer
AT_ONCE = 400  # open requests; a desk that is further behind than this has lost


@dataclass
class Asked:
    """What came of the questions."""

    seconds: list[float] = field(default_factory=list)  # from when each was due to be sent
    failures: Counter[str] = field(default_factory=Counter)
    message_ids: list[str] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.seconds) / (self.ended - self.began)

    def within(self, share: float) -> float:
        """Seconds that this share of the answers do not exceed (nearest rank)."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


class Customers:
    """Everybody who asks, at several apps by turns, each question in a conversation of its own."""

    def __init__(self, apps: Sequence[str], questions: Sequence[Question]) -> None:
        self._apps: Iterator[str] = itertools.cycle(apps)
        self._questions: Iterator[Question] = itertools.cycle(questions)

    async def at_pace(self, per_second: float, seconds: float) -> Asked:
        """An open loop: a slow answer keeps nobody from asking, and counts from when it was due."""
        asked, loop = Asked(), asyncio.get_running_loop()
        async with _http() as http, asyncio.TaskGroup() as tasks:
            asked.began = time.perf_counter()
            begun, count = loop.time(), int(per_second * seconds)
            for number in range(count):
                due = begun + number / per_second
                await asyncio.sleep(max(0.0, due - loop.time()))
                late = loop.time() - due
                tasks.create_task(self._ask(http, asked, late))
        asked.ended = time.perf_counter()
        return asked

    async def as_answered(self, clients: int, seconds: float) -> Asked:
        """A closed loop: so many customers, each of whom asks again as soon as answered."""
        asked = Asked(began=time.perf_counter())
        until = time.perf_counter() + seconds

        async def one(http: ClientSession) -> None:
            while time.perf_counter() < until:
                await self._ask(http, asked, 0.0)

        async with _http() as http, asyncio.TaskGroup() as tasks:
            for _ in range(clients):
                tasks.create_task(one(http))
        asked.ended = time.perf_counter()
        return asked

    async def _ask(self, http: ClientSession, asked: Asked, late: float) -> None:
        question, key = next(self._questions), uuid.uuid4().hex
        body = {"message_id": key, "text": question.text, "language": question.language}
        began = time.perf_counter()
        try:
            async with http.post(f"{next(self._apps)}/api/chat", json=body) as answer:
                await answer.read()
        except (ClientError, TimeoutError) as error:
            asked.failures[type(error).__name__] += 1
            return
        if answer.status != HTTPStatus.OK:
            asked.failures[f"HTTP {answer.status}"] += 1
            return
        asked.seconds.append(late + time.perf_counter() - began)
        asked.message_ids.append(key)


def _http() -> ClientSession:
    """aiohttp: httpx takes four times the processor for a request, from the desk beside it."""
    return ClientSession(
        connector=TCPConnector(limit=AT_ONCE),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=PATIENCE),
    )


def not_decided(database: Database, asked: Asked) -> Counter[str]:
    """Of the answers, those that no action decided: by what closed their turns instead."""
    wanted = set(asked.message_ids)
    with database.reading() as session:
        rows = session.execute(select(Turn.message_id, Turn.closed_by)).tuples()
        closed = {key: by for key, by in rows if key in wanted}
    by = Counter(closed.get(key) or "never closed" for key in wanted)
    return Counter({name: count for name, count in by.items() if name not in DECIDES})
