"""Fits how messages are read; run as `python -m eval.fit_intents HEARD`.

HEARD is what `python -m bot.hearing HEARD` heard, message by message, from models that had not
learnt it. In the same folds a logistic regression on the sentence vectors learns the intents, and
the search is asked; then the three are weighed by a conditional logit, needs weighing as much as
all else together. Writes actions/intents.npz, and prints what each part and the whole name rightly
on messages that it had not learnt, and from what probability on an intent can be believed;
actions/desk_action.py takes its gates from there.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from actions.intents import FACTS, Floats, IntentModel, evidence, heard_as, log_shares
from api.settings import Settings
from catalog import encoder
from catalog.find import Finder
from catalog.fusion import Fusion
from catalog.vectors import VectorCache
from eval.fit_fusion import KEPT, catalogue_rows, finder_over, thinned
from eval.intents_data import EXAMPLES, NEED, Message, fingerprint, heard_in
from eval.intents_gates import Indices, compared, gates

STRENGTH = 10.0  # sklearn's C of the vectors' regression
PENALTY = 1e-3  # on the squared priors
NEEDS_IN_LIFE = 0.5  # share of the weight; the rest is each other intent's example alike

# The search weighs alike within a group, and not for a need: the others are measured against it.
WISHES = ("ask_invoice", "call_me_back", "complaint", "emergency", "feedback", "my_ticket")


@dataclass(frozen=True)
class Seen:
    """What each of the three makes of the messages."""

    heard: Floats  # logarithms of the bot's confidences, shape (messages, intents)
    meant: Floats  # logarithms of the vectors' probabilities, shape (messages, intents)
    search: Floats  # log-odds, shape (messages, 2)

    def of(self, some: npt.NDArray[np.bool_]) -> Seen:
        return Seen(*(getattr(self, one.name)[some] for one in fields(self)))


@dataclass(frozen=True)
class Weights:
    """Of the conditional logit; `flat` is how the optimiser holds them."""

    prior: Floats
    heard: float
    meant: float
    groups: Floats  # shape (groups, 2)

    @classmethod
    def of(cls, flat: Floats, intents: int) -> Weights:
        groups = flat[intents + 2 :].reshape(-1, 2)
        return cls(flat[:intents], flat[intents], flat[intents + 1], groups)


class Vectors:
    """Sentence vectors of messages, each read once."""

    def __init__(self) -> None:
        settings = Settings()
        self.encoder = encoder.load(settings.encoder)
        self._cache = VectorCache(settings.data_dir / "vectors.db")

    def of(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self._cache.vectors(self.encoder, texts, "query")


def groups_of(intents: Sequence[str]) -> npt.NDArray[np.float64]:
    """Which group each intent is in, one-hot; a need in none. Shape (intents, groups)."""
    rows = [(one in FACTS, one in WISHES, one not in (*FACTS, *WISHES, NEED)) for one in intents]
    return np.array(rows, dtype=np.float64)


def fit_meaning(
    told: Sequence[tuple[str, str]], words: Sequence[str], vectors: Vectors
) -> LogisticRegression:
    """From intents and texts, and the customers' words as needs, as many as the bot learns."""
    texts = [text for _, text in told] + [*words]
    meant = [intent for intent, _ in told] + [NEED] * len(words)
    model = LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
    return model.fit(vectors.of(texts), meant)


def seen_of(
    told: Sequence[Message], words: Sequence[str], intents: Sequence[str], vectors: Vectors
) -> Seen:
    """What the three make of messages that they had not learnt."""
    meant = np.zeros((len(told), len(intents)))
    asked = vectors.of([one.text for one in told])
    for fold in sorted({one.fold for one in told}):
        taught = {
            (one.meant, one.text) for one in told if one.source == EXAMPLES and one.fold != fold
        }
        model = fit_meaning(sorted(taught), words, vectors)
        here = np.array([one.fold == fold for one in told])
        meant[here] = log_shares(model.decision_function(asked[here]))
    heard = np.array([heard_as(one.guesses, intents) for one in told])
    return Seen(heard, meant, _searched(told))


def _searched(told: Sequence[Message]) -> Floats:
    """The whole catalogue's word; of the development questions only what few phrases say."""
    rows = catalogue_rows()
    whole = finder_over(rows, Fusion.shipped())
    few = finder_over(thinned(rows, KEPT), Fusion.shipped())
    known: dict[tuple[str, str], Floats] = {}
    for one in told:
        if (one.source, one.text) not in known:
            finder = few if one.source == "development" else whole
            known[one.source, one.text] = _evidence_for(one, finder)
    return np.array([known[one.source, one.text] for one in told])


def _evidence_for(one: Message, finder: Finder) -> Floats:
    return evidence([found.score for found in finder.find(one.text, one.language).services])


def weights_of(told: Sequence[Message]) -> Floats:
    """What each message counts for; a need asked in each fold counts once."""
    times: dict[tuple[str, str, str], int] = {}
    for one in told:
        times[one.key] = times.get(one.key, 0) + 1
    once = np.array([1 / times[one.key] for one in told])
    needs = np.array([one.meant == NEED for one in told])
    of_needs, of_others = once[needs].sum(), once[~needs].sum()
    return once * np.where(needs, NEEDS_IN_LIFE / of_needs, (1 - NEEDS_IN_LIFE) / of_others)


def fit(seen: Seen, wanted: Indices, weights: Floats, groups: Floats) -> Weights:
    intents = len(groups)
    begin = np.zeros(intents + 2 + 2 * groups.shape[1])
    begin[intents : intents + 2] = 0.5
    given = (seen, wanted, weights / weights.sum(), groups)
    result = minimize(_loss, begin, args=given, jac=True, method="L-BFGS-B")
    return Weights.of(result.x, intents)


def weighed(seen: Seen, given: Weights, groups: Floats) -> Floats:
    """Logarithms of the probabilities, shape (messages, intents)."""
    search = seen.search @ (groups @ given.groups).T
    return log_shares(given.prior + given.heard * seen.heard + given.meant * seen.meant + search)


def _loss(
    flat: Floats, seen: Seen, wanted: Indices, weights: Floats, groups: Floats
) -> tuple[float, Floats]:
    given = Weights.of(flat, len(groups))
    logs = weighed(seen, given, groups)
    rows = np.arange(len(wanted))
    slope = np.exp(logs)
    slope[rows, wanted] -= 1
    slope *= weights[:, None]
    loss = -float(weights @ logs[rows, wanted]) + PENALTY * float(given.prior @ given.prior)
    towards = np.concatenate(
        [
            slope.sum(axis=0) + 2 * PENALTY * given.prior,
            [(slope * seen.heard).sum(), (slope * seen.meant).sum()],
            ((slope @ groups).T @ seen.search).ravel(),
        ]
    )
    return loss, towards


def held_out(told: Sequence[Message], seen: Seen, wanted: Indices, groups: Floats) -> Floats:
    """What the whole makes of each message, weighed without the messages of its fold."""
    logs = np.zeros_like(seen.heard)
    weights = weights_of(told)
    folds = np.array([one.asked_in for one in told])
    for fold in sorted(set(folds)):
        rest, here = folds != fold, folds == fold
        fitted = fit(seen.of(rest), wanted[rest], weights[rest], groups)
        logs[here] = weighed(seen.of(here), fitted, groups)
    return logs


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m eval.fit_intents", description=__doc__)
    reader.add_argument("heard", type=Path)
    told, words = heard_in(reader.parse_args().heard)
    vectors = Vectors()
    examples = sorted({(one.meant, one.text) for one in told if one.source == EXAMPLES})
    meaning = fit_meaning(examples, words, vectors)
    intents = [str(one) for one in meaning.classes_]
    seen, groups = seen_of(told, words, intents, vectors), groups_of(intents)
    wanted = np.array([intents.index(one.meant) for one in told])
    weights = weights_of(told)
    whole = fit(seen, wanted, weights, groups)
    IntentModel(
        encoder=vectors.encoder.name,
        examples=fingerprint(),
        intents=tuple(intents),
        weights=meaning.coef_,
        bias=meaning.intercept_,
        prior=whole.prior,
        heard=whole.heard,
        meant=whole.meant,
        search=groups @ whole.groups,
    ).save()
    print(
        f"weights: heard {whole.heard:.2f}, meant {whole.meant:.2f}, search {whole.groups.round(2)}"
    )
    together = held_out(told, seen, wanted, groups)
    parts = {"the bot": seen.heard, "meaning": seen.meant, "together": together}
    print("\n".join(compared(parts, wanted, weights, intents)))
    print("\n".join(gates(together, wanted, weights, intents)))


if __name__ == "__main__":
    main()
