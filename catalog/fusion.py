"""Several scores become one probability per service, and one that none is meant."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "fusion.json"
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fusion:
    """A conditional logit over the services and the alternative that none of them is meant.

    Each feature is centred on the question's mean over all services and divided by `scale`;
    `weights` are never negative, so a better match cannot lower a service. Trained by
    `python -m eval.fit_fusion` on the development questions.
    """

    features: tuple[str, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    none: float  # utility of "none of these services"

    @classmethod
    def shipped(cls) -> Fusion:
        kept = json.loads(FILE.read_text("utf-8"))
        return cls(
            features=tuple(kept["features"]),
            scale=tuple(kept["scale"]),
            weights=tuple(kept["weights"]),
            none=kept["none"],
        )

    def save(self, path: Path = FILE) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    def probabilities(
        self, features: npt.NDArray[np.float32], possible: npt.NDArray[np.bool_] | None = None
    ) -> Array:
        """For features of shape (services, features): probabilities, shape (services,).

        They sum to less than one; the rest is the probability that none is meant. A service that
        is not `possible` (shape (services,); all are when none is given) has probability 0.
        """
        utility = centred(features, self.scale) @ np.array(self.weights)
        if possible is not None:
            utility = np.where(possible, utility, -np.inf)
        top = max(float(utility.max(initial=self.none)), self.none)
        grown = np.exp(utility - top)
        return np.asarray(grown / (grown.sum() + np.exp(self.none - top)))

    def points(self, features: npt.NDArray[np.float32]) -> Array:
        """What each index adds to each service, of the features' shape.

        A service's sum is its utility in `probabilities`: two services' sums differ by the
        logarithm of the ratio of their probabilities.
        """
        return np.asarray(centred(features, self.scale) * np.array(self.weights))

    def worth(self, feature: str) -> float:
        """Points for one unit of this feature's score."""
        at = self.features.index(feature)
        return self.weights[at] / self.scale[at]


def centred(features: npt.NDArray[np.float32], scale: tuple[float, ...]) -> Array:
    """Features as the model sees them: relative to the question's average service."""
    wide = features.astype(np.float64)
    return np.asarray((wide - wide.mean(axis=0)) / np.array(scale))
