"""What every door needs, made once at start and kept on the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request

from actions.hand import Desk
from api.bot_client import BotClient
from api.database import Database
from api.events import Listeners
from api.front_desk import FrontDesk
from api.pool import in_pool
from api.settings import Settings


@dataclass
class BotModel:
    """The model that the bot was started with; no name before that, or where others start it."""

    name: str | None = None


@dataclass(frozen=True)
class Doors:
    settings: Settings
    database: Database
    desk: Desk
    bot: BotClient
    front: FrontDesk
    listeners: Listeners
    bot_model: BotModel = field(default_factory=BotModel)

    async def work[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs blocking work (a database session, finding) outside the event loop."""
        return await in_pool(self.desk.pool, work, *args, **kwargs)


def doors(request: Request) -> Doors:
    """FastAPI dependency: the doors of this application."""
    kept = request.app.state.doors
    assert isinstance(kept, Doors)
    return kept
