"""Danger to life seen by the meaning of a message, beside the patterns of `catalog.danger`.

A logistic model on the sentence vector. It is fitted for one encoder and means nothing to another.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "danger_model.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DangerModel:
    """How probably a message tells of danger to life now, and from where on that is an alarm.

    Fitted by `python -m eval.fit_danger` on nlu_data; the probability leans on the share of
    dangerous messages there, far greater than in life, so only the threshold gives it a meaning.
    """

    encoder: str  # the name of the encoder whose vectors it was fitted on
    weights: tuple[float, ...]
    bias: float
    threshold: float  # a probability, 0 to 1

    @classmethod
    def shipped(cls) -> DangerModel:
        kept = json.loads(FILE.read_text("utf-8"))
        return cls(kept["encoder"], tuple(kept["weights"]), kept["bias"], kept["threshold"])

    def save(self, path: Path = FILE) -> None:
        path.write_text(json.dumps(asdict(self)) + "\n", "utf-8")

    def probability(self, vector: npt.NDArray[np.float32]) -> float:
        """For a unit vector of the encoder it was fitted for, as a query, shape (width,)."""
        return float(1 / (1 + np.exp(-(vector @ np.array(self.weights) + self.bias))))

    def alarms(self, vector: npt.NDArray[np.float32]) -> bool:
        return self.probability(vector) >= self.threshold


@lru_cache(maxsize=4)  # the catalogue is rebuilt often; the warning is for once
def shipped_for(encoder_name: str) -> DangerModel | None:
    """The shipped model, or None where it was fitted for another encoder."""
    model = DangerModel.shipped()
    if model.encoder == encoder_name:
        return model
    log.warning(
        "The danger model was fitted for %s, not for %s: danger is seen by patterns alone",
        model.encoder,
        encoder_name,
    )
    return None
