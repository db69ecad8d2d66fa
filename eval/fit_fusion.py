"""Fits how the search's scores are fused; run as `python -m eval.fit_fusion`.

A conditional logit over all services and "none of them", by maximum likelihood on the development
questions. Those that were written with the catalogue at hand are searched in an index that knows
only KEPT of the customers' phrases: they come from the same hands, and with all phrases at work
the fit would trust them more than strangers' words deserve. The strangers' questions are searched
in the whole index. What it writes is catalog/data/fusion.json.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from api.database import Database, sqlite_url
from api.settings import PROJECT, Settings
from catalog import encoder, search_rows
from catalog.find import FEATURES, Finder
from catalog.fusion import Fusion, centred
from catalog.indexes import indexes
from catalog.load import load_shipped
from catalog.reach import Reach
from catalog.search_rows import Rows
from catalog.vectors import VectorCache
from eval.questions_data import Question, development, passers, strangers

KEPT = 0.4
PENALTY = 3e-4  # on the squared weights; none on the alternative "none"

Floats = npt.NDArray[np.float64]


def thinned(rows: Rows, share: float) -> Rows:
    """The same rows with only this share of the phrases, chosen by their hash: no chance in it."""
    kept = tuple(row for row in rows.rows if row.kind != "phrase" or _place(row.text) < share)
    return replace(rows, rows=kept)


def _place(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def finder_over(rows: Rows, fusion: Fusion) -> Finder:
    settings = Settings()
    chosen = encoder.load(settings.encoder)
    cache = VectorCache(settings.data_dir / "vectors.db")
    at = indexes(rows, chosen, cache, lambda done, total: None)
    return Finder(rows, at, chosen, 0, fusion, Reach.open_to_all(len(rows.service_ids)))


def catalogue_rows() -> Rows:
    """The shipped catalogue as the search reads it, whatever this desk has loaded beside it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "shipped.db"))
        database.migrate()
        load_shipped(database.writing, PROJECT / "nlu_data", lambda line: None)
        with database.reading() as session:
            rows = search_rows.read(session)
        database.dispose()
    return rows


def features_of(finder: Finder, questions: Sequence[Question]) -> npt.NDArray[np.float32]:
    """Shape (questions, services, features)."""
    return np.stack([finder.features(q.text, q.language)[0] for q in questions])


def targets(finder: Finder, questions: Sequence[Question]) -> Floats:
    """Shape (questions, services + 1): one where the service is right; the last is "none"."""
    position = {service_id: index for index, service_id in enumerate(finder.service_ids)}
    wanted = np.zeros((len(questions), len(position) + 1))
    for row, question in zip(wanted, questions, strict=True):
        row[[position[one] for one in question.expect] or [-1]] = 1
    return wanted


def fit(features: npt.NDArray[np.float32], wanted: Floats) -> Fusion:
    scale = tuple(float(one) for one in features.std(axis=(0, 1)))
    seen = np.stack([centred(one, scale) for one in features])
    count = len(scale)
    result = minimize(
        _loss,
        np.zeros(count + 1),
        args=(seen, wanted),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * count + [(None, None)],
    )
    weights = tuple(round(float(one), 4) for one in result.x[:-1])
    return Fusion(FEATURES, tuple(round(s, 6) for s in scale), weights, round(result.x[-1], 4))


def _loss(given: Floats, seen: Floats, wanted: Floats) -> tuple[float, Floats]:
    utility = np.concatenate([seen @ given[:-1], np.full((len(seen), 1), given[-1])], axis=1)
    grown = np.exp(utility - utility.max(axis=1, keepdims=True))
    chance = grown / grown.sum(axis=1, keepdims=True)
    right = (chance * wanted).sum(axis=1) + 1e-30
    slope = chance - chance * wanted / right[:, None]
    towards = np.einsum("qs,qsf->f", slope[:, :-1], seen) / len(seen)
    held = np.append(given[:-1], 0.0)
    loss = -np.log(right).mean() + PENALTY * float(held @ held)
    return loss, np.append(towards, slope[:, -1].mean()) + 2 * PENALTY * held


def any_fusion() -> Fusion:
    """A fusion to look at features through; its probabilities mean nothing."""
    ones = (1.0,) * len(FEATURES)
    return Fusion(FEATURES, ones, ones, 0.0)


def main() -> None:
    rows = catalogue_rows()
    parts = [(thinned(rows, KEPT), development()), (rows, [*strangers(), *passers()])]
    features, wanted = [], []
    for some, questions in parts:
        finder = finder_over(some, any_fusion())
        features.append(features_of(finder, questions))
        wanted.append(targets(finder, questions))
    fusion = fit(np.concatenate(features), np.concatenate(wanted))
    fusion.save()
    for name, weight in zip(fusion.features, fusion.weights, strict=True):
        print(f"{name:20} {weight:7.3f}")
    print(f"{'none':20} {fusion.none:7.3f}")


if __name__ == "__main__":
    main()
