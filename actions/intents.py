"""What kind of message it is: the bot's word, the sentence's meaning and the search together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from desk.outcomes import MOST_CHOICES

FILE = Path(__file__).with_name("intents.npz")
LEAST = 1e-4  # a probability smaller than this says no more than this one
SUREST = 0.999  # one nearer to 0 or 1 says no more than this one
FACTS = (
    "ask_hours",
    "ask_how_to_apply",
    "ask_place",
    "ask_price",
    "ask_processing_time",
    "ask_what_to_bring",
)

Floats = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float32]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IntentModel:
    """How probably a message is of each intent, 0 to 1, all together 1.

    Fitted by `python -m eval.fit_intents` on development messages that no part of it had learnt,
    a half of them needs. It means nothing for another encoder's vectors.
    """

    encoder: str  # the name of the encoder whose vectors it was fitted on
    examples: str  # fingerprint of the intents' examples that it learnt
    intents: tuple[str, ...]
    weights: Floats  # of the sentence vector; shape (intents, width)
    bias: Floats  # shape (intents,)
    prior: Floats  # shape (intents,)
    heard: float  # weight of the logarithm of the bot's confidence
    meant: float  # weight of the logarithm of the sentence vector's probability
    search: Floats  # weights of the search's two log-odds, see `evidence`; shape (intents, 2)

    @classmethod
    def shipped(cls) -> IntentModel:
        with np.load(FILE) as kept:
            return cls(
                encoder=str(kept["encoder"]),
                examples=str(kept["examples"]),
                intents=tuple(str(one) for one in kept["intents"]),
                weights=kept["weights"].astype(np.float64),
                bias=kept["bias"],
                prior=kept["prior"],
                heard=float(kept["heard"]),
                meant=float(kept["meant"]),
                search=kept["search"],
            )

    def save(self, path: Path = FILE) -> None:
        np.savez_compressed(
            path,
            encoder=self.encoder,
            examples=self.examples,
            intents=self.intents,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            prior=self.prior,
            heard=self.heard,
            meant=self.meant,
            search=self.search,
        )

    def probabilities(
        self,
        guesses: Mapping[str, float],
        vector: Vector,
        scores: Sequence[float],
    ) -> dict[str, float]:
        """For the bot's confidences, a unit vector of the encoder and the services' probabilities.

        An intent that the bot does not name counts as all but impossible to it.
        """
        heard = heard_as(guesses, self.intents)
        meant = log_shares(self.weights @ vector + self.bias)
        weighed = self.prior + self.heard * heard + self.meant * meant
        shares = np.exp(log_shares(weighed + self.search @ evidence(scores)))
        return dict(zip(self.intents, (float(one) for one in shares), strict=True))


def heard_as(guesses: Mapping[str, float], intents: Sequence[str]) -> Floats:
    """The logarithms of the bot's confidences, in the order of these intents."""
    return np.log(np.array([guesses.get(one, 0.0) for one in intents]) + LEAST)


def evidence(scores: Sequence[float]) -> Floats:
    """What the search says: the log-odds that its first is meant, and that one of three is."""
    return np.array([_log_odds(max(scores, default=0.0)), _log_odds(sum(scores[:MOST_CHOICES]))])


def log_shares(weighed: Floats) -> Floats:
    """The logarithms of what adds up to one, along the last axis."""
    held = weighed - weighed.max(axis=-1, keepdims=True)
    shares: Floats = np.log(np.exp(held) / np.exp(held).sum(axis=-1, keepdims=True) + LEAST)
    return shares


def _log_odds(probability: float) -> float:
    held = min(max(probability, 1 - SUREST), SUREST)
    return float(np.log(held / (1 - held)))


def shipped_for(encoder_name: str) -> IntentModel | None:
    """The shipped model, or None where it was fitted for another encoder."""
    model = IntentModel.shipped()
    if model.encoder == encoder_name:
        return model
    log.warning(
        "The model of intents was fitted for %s, not for %s: the bot alone names them",
        model.encoder,
        encoder_name,
    )
    return None
