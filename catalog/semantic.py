"""Finding by meaning: sentence vectors of texts and of customers' phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from catalog.encoder import Encoder, Kind
from catalog.search_rows import Row
from catalog.vectors import VectorCache

Scores = npt.NDArray[np.float32]
RIDGE = 0.2  # chosen on the strangers' development questions
BEST = 3  # phrases: one alike may be chance, three are a pattern


class Vectors:
    """The vectors of some rows, grouped by service."""

    def __init__(
        self,
        rows: Sequence[Row],
        services: int,
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        ordered = sorted(rows, key=lambda row: row.service)
        self.services = services
        self.rows = cache.vectors(encoder, [row.text for row in ordered], kind, progress)
        owners = np.array([row.service for row in ordered], dtype=np.int64)
        self._starts = np.flatnonzero(np.r_[owners.size > 0, owners[1:] != owners[:-1]])
        self._owners = owners[self._starts]
        self.each = owners
        self._padded = self._by_service(len(owners))

    def best(self, query: npt.NDArray[np.float32], missing: Scores | float) -> Scores:
        """Each service's best cosine, shape (services,); `missing` where it has no row."""
        found = np.maximum.reduceat(self.rows @ query, self._starts)
        return self._spread(found, missing)

    def best_three(self, query: npt.NDArray[np.float32], missing: Scores) -> Scores:
        """The mean of each service's three best cosines; `missing` where it has no row."""
        cosines = np.append(self.rows @ query, np.float32(np.nan))[self._padded]
        best = -np.sort(-cosines, axis=1)[:, :BEST]  # the padding, not a number, sorts last
        return self._spread(np.nanmean(best, axis=1, dtype=np.float32), missing)

    def _by_service(self, count: int) -> npt.NDArray[np.int64]:
        """Row numbers per service, padded with `count`, shape (owners, longest)."""
        ends = np.append(self._starts, count)[1:]
        numbers = self._starts[:, None] + np.arange((ends - self._starts).max(initial=0))
        return np.asarray(np.where(numbers < ends[:, None], numbers, count))

    def _spread(self, found: Scores, missing: Scores | float) -> Scores:
        spread = np.broadcast_to(missing, (self.services,)).astype(np.float32)
        spread[self._owners] = found
        return spread


class Head:
    """A linear reading of the vectors: ridge regression from a text's vector to its service.

    Where the nearest phrase asks what is alike in everything, this weighs the directions that
    tell services apart; the two miss different questions.
    """

    def __init__(self, *parts: Vectors) -> None:
        rows = np.concatenate([part.rows for part in parts]).astype(np.float64)
        owners = np.concatenate([part.each for part in parts])
        services = parts[0].services
        self._middle = rows.mean(axis=0)
        seen = rows - self._middle
        # A service with many phrases counts for more, but less than in proportion.
        weight = 1 / np.sqrt(np.bincount(owners, minlength=services)[owners])
        weighted = (seen * weight[:, None]).T
        sums = np.zeros((services, seen.shape[1]))
        np.add.at(sums, owners, weighted.T)
        ridge = weighted @ seen + RIDGE * np.eye(seen.shape[1])
        self._weights = np.linalg.solve(ridge, sums.T).astype(np.float32)

    def scores(self, query: npt.NDArray[np.float32]) -> Scores:
        """How much the query looks like each service's texts, shape (services,)."""
        return np.asarray((query - self._middle.astype(np.float32)) @ self._weights)
