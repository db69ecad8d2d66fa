"""How often a service is what somebody asks for, estimated by readers of the list: 0 to 5."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "demand.csv"
UNJUDGED = 2.0  # a service that nobody has judged counts as asked for seldom, not never
# One of the agencies' own, which their staff alone can mean, is what they mostly write about.
OWN_UNJUDGED = 4.0


def demand(service_ids: Sequence[str], internal: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The demand for each of these services, shape (services,), 0 to 5.

    `internal` tells, likewise for each, whether it is for the agencies' own staff.
    """
    judged = _judged()
    return np.array(
        [
            judged.get(one, OWN_UNJUDGED if own else UNJUDGED)
            for one, own in zip(service_ids, internal, strict=True)
        ],
        dtype=np.float32,
    )


@cache
def _judged() -> dict[str, float]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return {row["service"]: float(row["demand"]) for row in csv.DictReader(lines)}
