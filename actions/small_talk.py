"""Whether a message is small talk: the classifier's word and the search's, weighed together."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("small_talk.json")
SUREST = 0.999  # a probability nearer to 0 or 1 says no more than this one


@dataclass(frozen=True)
class SmallTalkGate:
    """How probably a message that is named small talk is that, and from where on it is believed.

    Fitted by `python -m eval.fit_small_talk` on development messages. It weighs the whole message
    twice: by what the classifier makes of it, and by how likely the search finds a service meant.
    """

    classifier: float  # weight of the log-odds of the classifier's confidence
    search: float  # weight of the log-odds that one of the first three services is meant
    bias: float
    threshold: float  # a probability, 0 to 1

    @classmethod
    def read(cls, path: Path = FILE) -> SmallTalkGate:
        return cls(**json.loads(path.read_text("utf-8")))

    def save(self, path: Path = FILE) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    def probability(self, confidence: float, found: float) -> float:
        """For the classifier's confidence and the search's sum of its first three, 0 to 1 each."""
        weighed = self.classifier * log_odds(confidence) + self.search * log_odds(found)
        return 1 / (1 + math.exp(-(weighed + self.bias)))

    def believes(self, confidence: float, found: float) -> bool:
        return self.probability(confidence, found) >= self.threshold


def log_odds(probability: float) -> float:
    held = min(max(probability, 1 - SUREST), SUREST)
    return math.log(held / (1 - held))


@lru_cache(maxsize=1)
def shipped() -> SmallTalkGate:
    return SmallTalkGate.read()
