"""How slow this machine is just now, for tests that hold the product to a time."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable

NOMINAL = 0.0135  # seconds of the processor that the piece of work takes on an idle two-core server
TRIES = 9
PATIENCE = 60.0  # seconds in which a quiet moment may come


def slowness() -> float:
    """How much longer a fixed piece of work takes than on an idle two-core server; 1 at least.

    A core that is shared with another busy one gives each about half, and the processor's time
    counts that half as whole.
    """
    return max(1.0, min(_piece() for _ in range(TRIES)) / NOMINAL)


def least(taken: Callable[[], float], allowed: float) -> float:
    """The least of what is measured, in seconds of an idle two-core server. Tried again for a while
    where it is over what is allowed: work beside it makes it more, and nothing makes it less."""
    found, until = math.inf, time.monotonic() + PATIENCE
    while found >= allowed and time.monotonic() < until:
        found = min(found, min(taken() for _ in range(TRIES)) / slowness())
    return found


def _piece() -> float:
    began = time.thread_time()
    for number in range(300):
        told = json.dumps({str(one): [one, f"{one:x}"] for one in range(number, number + 30)})
        sorted(json.loads(told).items(), key=lambda item: item[0])
    return time.thread_time() - began
