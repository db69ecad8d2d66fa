"""The public application: every door of the desk on one port."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.cors import CORSMiddleware

from api import (
    accessibility_pages,
    callback_doors,
    callback_pages,
    chat,
    file_pages,
    files,
    lookups,
    map_pages,
    open311,
    pages,
    passing_doors,
    passing_pages,
    phone_jambonz,
    phone_twiml,
    privacy,
    proof,
    rasa_rest,
    staff,
    talk_rating,
    ticket_doors,
    widget,
)
from api.callback_state import late_call
from api.doors import Doors
from api.file_problems import handle_file_problems
from api.file_rounds import keep_files
from api.file_taking import most_body
from api.forgetting import keep_forgetting
from api.limits import AddressLimit, handle_too_much
from api.notices import keep_sending
from api.presence import keep_presence
from api.problems import handle_problems
from api.settings import PROJECT
from api.shield import Shield
from api.staff_telling import tell_of, tell_silent, write_notices
from api.watching import Watch
from api.webhook_sender import keep_posting
from desk import alarms, callback_rounds, floors, one_round, rehoming
from desk.errors import DeskError

DOORS = (
    passing_doors,  # before the chat: "continue" is no conversation
    chat,
    lookups,
    ticket_doors,
    privacy,
    pages,
    staff,
    callback_doors,
    callback_pages,
    files,
    file_pages,
    passing_pages,
    map_pages,
    talk_rating,
    widget,
    proof,
    phone_twiml,
    phone_jambonz,
    accessibility_pages,
)
SWEEP = 5.0  # seconds between looks for turns that a dead process left open
ROUND = 60.0  # seconds between looks for what is due soon or late

log = logging.getLogger("luukku")


def create_app(doors: Doors) -> FastAPI:
    """The application over these doors; it opens nothing until it is started."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = (
            keep_presence(doors),
            doors.listeners.watch(),
            sweep(doors),
            rounds(doors),
            keep_sending(doors),
            keep_posting(doors),
            keep_files(doors),
            keep_forgetting(doors),
        )
        tasks = [asyncio.create_task(one) for one in running]
        try:
            yield
        finally:
            doors.listeners.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await doors.bot.close()

    app = FastAPI(
        title="Luukku",
        version="0.1.0",
        summary="The front desk of Finnish public administration.",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere, which no page of ours may; /openapi.json stays.
        docs_url=None,
        redoc_url=None,
    )
    app.state.doors = doors
    handle_problems(app)
    handle_file_problems(app)
    handle_too_much(app)
    for door in DOORS:
        app.include_router(door.router)
    if doors.settings.rasa_rest:
        app.include_router(rasa_rest.router)
    app.mount(open311.BELOW, open311.application(doors))
    app.mount("/static", StaticFiles(directory=PROJECT / "api" / "static"), name="static")
    app.add_middleware(AddressLimit, doors=doors)
    app.add_middleware(Shield, most_with_file=most_body(doors))
    if doors.settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=doors.settings.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Content-Type", "X-Ticket-Secret", "Last-Event-ID"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(Watch, metrics=doors.metrics, mounted=(open311.BELOW, "/static"))
    return app


async def sweep(doors: Doors) -> None:
    """Runs as long as the application: an abandoned turn gets its ticket."""
    await _again_and_again(doors.front.settle_abandoned, SWEEP, "abandoned turns handed over")


async def rounds(doors: Doors) -> None:
    """Runs as long as the application: no matter waits for one who is not there, and staff are
    told of every answer that is due soon or late."""

    async def look() -> int:
        return await doors.work(_look_round, doors)

    await _again_and_again(look, ROUND, "matters moved or alarms raised")


def _look_round(doors: Doors) -> int:
    now = doors.desk.now()
    with doors.desk.writing() as session:
        if not one_round.is_mine(session):
            return 0
        moved = rehoming.sweep(session, tell=tell_of(session, now=now), now=now)
        write_notices(session, moved, now=now)
        silent = floors.give_back_forsaken(session, tell=tell_silent(session, now=now), now=now)
        calls = callback_rounds.look(session, tell=late_call(session, now=now), now=now)
        return len(moved) + len(alarms.raise_due(session, now=now)) + len(calls) + len(silent)


async def _again_and_again(
    work: Callable[[], Awaitable[int]], pause: float, what_was_done: str
) -> None:
    """`work` says how many it found; a failure is told in the log, and the next look comes."""
    while True:
        try:
            found = await work()
        except (SQLAlchemyError, DeskError) as error:
            # The database may be away, or nobody may own a ticket; what waits is found next time.
            log.error("%s: failed: %s", what_was_done, type(error).__name__)
        else:
            if found:
                log.warning("%s: %d", what_was_done, found)
        await asyncio.sleep(pause)
