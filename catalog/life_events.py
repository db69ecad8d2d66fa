"""Life events: what happens to a person, and the services that it takes, in order, across agencies.

The steps are data/life_events.yml; who answers for each is the catalogue's own rule
(catalog.responsible). A message that tells a whole event is known by its sentence vector.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import BaseModel, ConfigDict, Field

from catalog.language import Language

DATA = Path(__file__).parent / "data"
FILE = DATA / "life_events.yml"
MODEL = DATA / "life_events_model.json"

log = logging.getLogger(__name__)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Kept):
    """One service of the event and what to do there."""

    service: str  # its id in the catalogue
    do: dict[Language, str]
    by: dict[Language, str] | None = None  # when, where a law or the body itself says it
    source: str | None = None  # of `by`
    checked: bool = False  # whether somebody has read the source

    def told(self, language: Language) -> str:
        """What to do, and by when."""
        return " ".join([self.do[language], *([self.by[language]] if self.by else [])])


class LifeEvent(_Kept):
    """What has happened, the words that it is met with, and its steps in order."""

    name: dict[Language, str]
    words: dict[Language, str]
    steps: tuple[Step, ...] = Field(min_length=2)


@cache
def life_events() -> Mapping[str, LifeEvent]:
    """Every event, by its name in the data. Raises ValidationError where the data is not whole."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return MappingProxyType({name: LifeEvent.model_validate(row) for name, row in rows.items()})


@dataclass(frozen=True)
class LifeEventModel:
    """Which event a message tells as a whole, if any.

    A multinomial logistic model, fitted by `python -m eval.fit_life_events`: log-odds of each event
    against "no event, or one need of it".
    """

    encoder: str  # the name of the encoder whose vectors it was fitted on
    events: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]  # a row for each event
    biases: tuple[float, ...]
    threshold: float  # a log-odds

    @classmethod
    def read(cls, path: Path = MODEL) -> LifeEventModel:
        kept = json.loads(path.read_text("utf-8"))
        rows = tuple(tuple(row) for row in kept["weights"])
        told = (kept["encoder"], tuple(kept["events"]), rows, tuple(kept["biases"]))
        return cls(*told, kept["threshold"])

    def save(self, path: Path = MODEL) -> None:
        path.write_text(json.dumps(asdict(self)) + "\n", "utf-8")

    def log_odds(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Of unit vectors, as queries, shape (messages, width): shape (messages, events)."""
        rows = np.array(self.weights)
        odds: npt.NDArray[np.float64] = vectors @ rows.T + np.array(self.biases)
        return odds

    def event(self, vector: npt.NDArray[np.float32]) -> str | None:
        """The event that a message tells, by its vector, shape (width,)."""
        odds = self.log_odds(vector[None])[0]
        best = int(odds.argmax())
        return self.events[best] if odds[best] >= self.threshold else None


@lru_cache(maxsize=4)  # the catalogue is rebuilt often; the warning is for once
def shipped_for(encoder_name: str) -> LifeEventModel | None:
    """The shipped model, or None where it was fitted for another encoder."""
    model = LifeEventModel.read()
    if model.encoder == encoder_name:
        return model
    log.warning(
        "Life events were fitted for %s, not for %s: none is recognised",
        model.encoder,
        encoder_name,
    )
    return None
