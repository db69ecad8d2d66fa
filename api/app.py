"""The public application: every door of the desk on one port."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.cors import CORSMiddleware

from api import chat, lookups, pages, staff
from api.doors import Doors
from api.problems import handle_problems
from api.settings import PROJECT
from api.shield import Shield
from desk.errors import DeskError

SWEEP = 5.0  # seconds between looks for turns that a dead process left open

log = logging.getLogger("luukku")


def create_app(doors: Doors) -> FastAPI:
    """The application over these doors; it opens nothing until it is started."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(doors.listeners.watch()), asyncio.create_task(sweep(doors))]
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
    for router in (chat.router, lookups.router, pages.router, staff.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=PROJECT / "api" / "static"), name="static")
    app.add_middleware(Shield)
    origins = [one.strip() for one in doors.settings.allowed_origins.split(",") if one.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type", "X-Ticket-Secret", "Last-Event-ID"],
        )
    return app


async def sweep(doors: Doors) -> None:
    """Runs as long as the application: an abandoned turn gets its ticket."""
    while True:
        try:
            left = await doors.front.settle_abandoned()
        except (SQLAlchemyError, DeskError) as error:
            # The database may be away, or nobody may own a ticket; the turns wait meanwhile.
            log.error("sweep: %s", type(error).__name__)
        else:
            if left:
                log.warning("abandoned turns handed over: %d", left)
        await asyncio.sleep(SWEEP)
