"""`luukku ask`: questions through the whole path, on a scratch database and a bot of their own."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from api.contract import LONGEST_MESSAGE, ChatIn, ChatOut, Language
from api.database import sqlite_url
from api.doors import Doors
from api.front_desk import FrontDesk
from api.prepare import NotPrepared, prepare, train
from api.run import free_port, running
from api.settings import Settings

TOGETHER = 4  # questions in the air at once
BOT_WITHIN = 300.0  # seconds for the bot to start before the batch is given up
BEST = 5

Say = Callable[[str], None]


class BotNeverReady(NotPrepared):
    pass


class Question(BaseModel):
    question: str
    lang: Language | None = None
    municipality: str | None = None


def batch(settings: Settings, asked: Path, answered: Path, say: Say) -> int:
    """Answers each line of `asked`, in order, as a conversation of its own."""
    lines = [line for line in asked.read_text("utf-8").splitlines() if line.strip()]
    questions = [Question.model_validate_json(line) for line in lines]
    results = asyncio.run(_all(settings, questions, say))
    with answered.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(result, ensure_ascii=False) + "\n" for result in results)
    return 0


async def _all(settings: Settings, questions: list[Question], say: Say) -> list[dict[str, Any]]:
    limit = asyncio.Semaphore(TOGETHER)
    done = 0

    async with scratch_desk(settings, say) as doors:

        async def one(question: Question) -> dict[str, Any]:
            nonlocal done
            async with limit:
                told = await _answer(doors.front, question)
            done += 1
            if done % 50 == 0 or done == len(questions):
                say(f"{done} of {len(questions)} questions")
            return told

        return await asyncio.gather(*(one(question) for question in questions))


async def single(
    settings: Settings,
    question: str,
    language: Language | None,
    municipality: str | None,
    show: Say,
) -> int:
    """Answers one question and shows what a customer would read."""
    asked = Question(question=question, lang=language, municipality=municipality)
    async with scratch_desk(settings, lambda line: None) as doors:
        told = await _answer(doors.front, asked)
    show(told["reply"])
    show(json.dumps({k: v for k, v in told.items() if k != "reply"}, ensure_ascii=False))
    return 0


@asynccontextmanager
async def scratch_desk(settings: Settings, say: Say) -> AsyncIterator[Doors]:
    """A whole desk with a database that is thrown away; model, encoder and vectors are kept."""
    await asyncio.to_thread(train, settings, say)
    with tempfile.TemporaryDirectory(prefix="luukku-ask-") as folder:
        apart = settings.model_copy(
            update={
                "database_url": sqlite_url(Path(folder) / "scratch.db"),
                "demo": True,  # somebody must be able to own what is not answered
                "host": "127.0.0.1",
                "port": free_port(),
                "actions_port": 0,
                "bot_port": 0,
                # A loaded machine must not turn answers into tickets when answers are studied.
                "bot_time_limit": 20.0,
            }
        )
        await asyncio.to_thread(prepare, apart, say)
        async with running(apart, say, train=lambda: None) as opened:
            say("waiting for the bot")
            await _bot_ready(opened.doors.bot.ready)
            yield opened.doors


async def _bot_ready(ready: Callable[[], Any]) -> None:
    try:
        async with asyncio.timeout(BOT_WITHIN):
            while not await ready():
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise BotNeverReady("the bot did not start; its log is in DATA_DIR/logs") from None


async def _answer(front: FrontDesk, question: Question) -> dict[str, Any]:
    began = time.perf_counter()
    text = question.question.strip()[:LONGEST_MESSAGE] or "?"
    told: ChatOut = await front.take(
        ChatIn(
            conversation_id=None,
            message_id=uuid.uuid4().hex,
            text=text,
            language=question.lang,
            municipality=question.municipality,
            page=None,
        )
    )
    best = [{"id": one.id, "score": one.score} for one in told.outcome.services[:BEST]]
    return {
        "outcome": told.outcome.kind,
        "services": best,
        "lang": told.language,
        "reply": "\n".join(reply.text for reply in told.replies),
        "ms": round((time.perf_counter() - began) * 1000, 1),
    }
