"""What every door needs, made once at start and kept on the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import Request

from actions.hand import Desk
from api.bot_client import Bot
from api.database import Database
from api.events import Listeners
from api.front_desk import FrontDesk
from api.metrics import Metrics
from api.pool import in_pool
from api.readiness import Readiness
from api.settings import Settings
from api.tries import Counts


@dataclass
class BotModel:
    """The model that the bot was started with; no name before that, or where others start it."""

    name: str | None = None


@dataclass(frozen=True)
class Doors:
    settings: Settings
    database: Database
    desk: Desk
    bot: Bot
    front: FrontDesk
    listeners: Listeners
    bot_model: BotModel = field(default_factory=BotModel)

    @cached_property
    def counts(self) -> Counts:
        """What is counted of tries at these doors; a Redis that processes share is asked first."""
        redis = self.settings.redis_url
        return Counts(self.desk.keys, self.desk.now, redis.get_secret_value() if redis else None)

    @property
    def metrics(self) -> Metrics:
        """What this process counts."""
        return self.front.metrics

    @cached_property
    def readiness(self) -> Readiness:
        """Whether each part works; one look serves all who ask at once."""
        return Readiness(self.settings, self.database, self.desk, self.bot)

    async def work[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs blocking work (a database session, finding) outside the event loop."""
        return await in_pool(self.desk.pool, work, *args, **kwargs)


def doors(request: Request) -> Doors:
    """FastAPI dependency: the doors of this application."""
    kept = request.app.state.doors
    assert isinstance(kept, Doors)
    return kept


def made_once[T](request: Request, name: str, kind: type[T], make: Callable[[], T]) -> T:
    """What this application makes when it is first asked for, and keeps under this name."""
    state = request.app.state
    if not hasattr(state, name):
        setattr(state, name, make())
    made = getattr(state, name)
    assert isinstance(made, kind)
    return made
