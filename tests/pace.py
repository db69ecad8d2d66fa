"""How slow this machine is just now, for tests that hold the product to a time."""

from __future__ import annotations

import json
import time

NOMINAL = 0.0135  # seconds of the processor that the piece of work takes on an idle two-core server
TRIES = 9


def slowness() -> float:
    """How much longer a fixed piece of work takes than on an idle two-core server; 1 at least.

    A core that is shared with another busy one gives each about half, and the processor's time
    counts that half as whole.
    """
    return max(1.0, min(_piece() for _ in range(TRIES)) / NOMINAL)


def _piece() -> float:
    began = time.thread_time()
    for number in range(300):
        told = json.dumps({str(one): [one, f"{one:x}"] for one in range(number, number + 30)})
        sorted(json.loads(told).items(), key=lambda item: item[0])
    return time.thread_time() - began
