"""Tables of `python -m eval.fit_intents`: what is named rightly, and from what probability on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from actions.intents import Floats
from eval.intents_data import NEED

RIGHT = 0.95
ENOUGH = 10  # messages above a probability; fewer prove nothing
KEPT_NEEDS = (0.95, 0.98, 0.99)

Indices = npt.NDArray[np.int_]


def compared(
    parts: Mapping[str, Floats], wanted: Indices, weights: Floats, intents: Sequence[str]
) -> Iterator[str]:
    """Each part with its needs weighed up until as many are kept: only so are they alike."""
    yield f"{'mean share of the others named rightly':40}" + "".join(
        f"  with {kept:.0%} of needs kept" for kept in KEPT_NEEDS
    )
    for name, logs in parts.items():
        figures = [_others_named(logs, wanted, weights, intents.index(NEED), k) for k in KEPT_NEEDS]
        yield f"{name:40}" + "".join(f"{one:24.1%}" for one in figures)


def _others_named(logs: Floats, wanted: Indices, weights: Floats, need: int, kept: float) -> float:
    is_need = wanted == need
    ahead = np.delete(logs, need, axis=1).max(axis=1) - logs[:, need]
    order = np.argsort(ahead[is_need])
    share = np.cumsum(weights[is_need][order]) / weights[is_need].sum()
    lifted = logs.copy()
    lifted[:, need] += ahead[is_need][order][np.searchsorted(share, kept)]
    named = lifted.argmax(axis=1)
    others = sorted(set(wanted) - {need})
    return float(np.mean([(named[wanted == one] == one).mean() for one in others]))


def gates(logs: Floats, wanted: Indices, weights: Floats, intents: Sequence[str]) -> Iterator[str]:
    """By intent: what is named so, and from where on RIGHT of it is right, or no need."""
    yield ""
    yield f"{'':22}                            {RIGHT:.0%} right   {RIGHT:.0%} no need"
    yield f"{'intent':22} right  named so  needs in it  from keeps   from keeps"
    named, shares, need = logs.argmax(axis=1), np.exp(logs.max(axis=1)), intents.index(NEED)
    for one, intent in enumerate(intents):
        so, meant = named == one, weights[wanted == one].sum()
        right = weights[so & (wanted == one)].sum()
        needs = weights[so & (wanted == need)].sum() if one != need else 0.0
        # A gate sends what it refuses to the search: that mends a need and nothing else.
        ways = [so, so & ((wanted == one) | (wanted == need))]
        told = [_gate(shares[way], wanted[way] == one, weights[way], meant) for way in ways]
        yield (
            f"{intent:22} {right / max(weights[so].sum(), 1e-9):5.0%} {right / meant:9.0%} "
            f"{needs / weights[so].sum():12.1%}  {'  '.join(told)}"
        )


def _gate(shares: Floats, right: npt.NDArray[np.bool_], weights: Floats, meant: float) -> str:
    order = np.argsort(-shares)
    correct = np.cumsum((weights * right)[order])
    enough = (np.arange(len(order)) >= ENOUGH) & (correct >= RIGHT * np.cumsum(weights[order]))
    if not enough.any():
        return "never     "
    last = int(np.flatnonzero(enough)[-1])
    return f"{shares[order][last]:.2f} {correct[last] / meant:5.0%}"
