"""The one bounded pool: database work and finding never block the event loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Executor


async def in_pool[**P, T](
    pool: Executor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    loop = asyncio.get_running_loop()
    # With the request's own context: a line that the work logs is one of its request.
    context = contextvars.copy_context()
    return await loop.run_in_executor(pool, lambda: context.run(work, *args, **kwargs))
